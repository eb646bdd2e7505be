import { printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';
import { machinesOf } from './change.ts';
import { machineColumns } from './columns.ts';

/** Putting machines under protection, and taking it off: at once, without an operation. */
export function protectionVerb(verb: 'protect' | 'unprotect', summary: string): Verb {
  return {
    summary,
    args: '<machine...>',
    examples: [`machine ${verb} db-1`, `machine ${verb} 'db-*'`],
    async run(call) {
      const api = await call.client();
      const found = await machinesOf(call, api);
      const { machines } = await api.request('POST', `/v1/machines/${verb}`, {
        body: { machines: found.map(({ id }) => id) },
      });
      await printRows(machines, machineColumns, call.out);
      return 0;
    },
  };
}
