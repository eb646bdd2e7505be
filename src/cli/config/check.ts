import type { Verb } from '../base/verb.ts';
import { configFlags, readBundle } from '../bundle.ts';

export const verb: Verb = {
  summary: 'Check provider and profile files and say what is wrong, where. Saves nothing.',
  options: configFlags,
  examples: ['config check', 'config check -c /etc/salt'],
  async run(call) {
    const { providers, profiles } = await readBundle(call);
    call.stderr.write(`${providers.length} providers and ${profiles.length} profiles; no errors.\n`);
    return 0;
  },
};
