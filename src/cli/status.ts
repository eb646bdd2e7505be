import type { Controller } from '../client/generated.ts';
import { formatDuration } from '../lib/duration.ts';
import { type Field, printObject } from './base/output.ts';
import type { Verb } from './base/verb.ts';

export const verb: Verb = {
  summary: 'Say which controller answers, whose inventory it keeps and what it does.',
  examples: ['status', 'status -o json'],
  async run({ client, out }) {
    await printObject(await (await client()).request('GET', '/v1/controller'), fields, out);
    return 0;
  },
};

const fields: readonly Field<Controller>[] = [
  { key: 'version', title: 'Version', value: (row) => row.version },
  { key: 'installation', title: 'Installation', value: (row) => row.installation },
  { key: 'dataDir', title: 'Data', value: (row) => row.dataDir },
  { key: 'pid', title: 'Process', value: (row) => row.pid },
  { key: 'uptime', title: 'Up for', value: (row) => formatDuration(row.uptimeMs) },
  { key: 'active', title: 'At work', value: (row) => `${row.activeOperations} operations` },
  { key: 'publicKey', title: 'Public key', value: (row) => row.publicKey },
  { key: 'drivers', title: 'Drivers', value: (row) => row.drivers.map(({ name }) => name).join(', ') },
];
