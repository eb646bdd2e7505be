import { printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';
import { configFlags, readBundle, saveBundle } from '../bundle.ts';

export const verb: Verb = {
  summary: 'Check provider and profile files and save them in the controller.',
  options: configFlags,
  examples: ['config load', 'config load -f saltern.yaml', 'config load -c /etc/salt'],
  async run(call) {
    const bundle = await readBundle(call);
    const saved = await saveBundle(await call.client(), bundle);
    await printRows(saved, columns, call.out);
    return 0;
  },
};

const columns = (['kind', 'name', 'change'] as const).map((key) => ({
  key,
  title: key.toUpperCase(),
  value: (row: { readonly kind: string; readonly name: string; readonly change: string }) => row[key],
}));
