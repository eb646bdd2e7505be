import type { Machine } from '../../client/generated.ts';
import { printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';
import { configFlags, loadNamedFiles } from '../bundle.ts';
import { assertProfilesEndpoint } from '../endpoint.ts';
import { followOrLeave, waitFlags } from '../follow.ts';
import { machineColumns } from './columns.ts';
import { requestBody, requestFlags } from './request.ts';

export const verb: Verb = {
  summary: 'Create machines from a profile, all at once within the provider’s limits.',
  args: '<name...>',
  options: [
    ...requestFlags,
    {
      flags: '--on-failure <what>',
      description: 'what becomes of a machine that fails',
      choices: ['keep', 'retry', 'destroy'],
    },
    ...configFlags,
    ...waitFlags,
  ],
  examples: [
    'machine create web-1 web-2 --profile web',
    'machine create db-1 -p db --size GP1-XS --on-failure destroy',
    'machine create web-3 -p web -f saltern.yaml --detach',
  ],
  async run(call) {
    const api = await call.client();
    await loadNamedFiles(call, api);
    await assertProfilesEndpoint(call, api, call.options.text('profile') ?? '');
    const onFailure = call.options.text('onFailure');
    const body = { ...requestBody(call), ...(onFailure && { onFailure }) };
    const { operation, machines } = await api.request('POST', '/v1/machines', { body: body as never });
    const code = await followOrLeave(call, api, operation.id);
    const rows: Machine[] = [];
    for (const { id } of machines) {
      rows.push(await api.request('GET', '/v1/machines/{machine}', { params: { machine: id } }));
    }
    await printRows(rows, machineColumns, call.out);
    return code;
  },
};
