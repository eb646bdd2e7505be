import type { Verb } from '../base/verb.ts';
import { mapFlags, readBundle } from '../bundle.ts';

export const verb: Verb = {
  summary: 'Check provider, profile and map files and say what is wrong, where. Saves nothing.',
  options: mapFlags,
  examples: ['config check', 'config check -c /etc/salt -m /etc/salt/cloud.maps.d/web.map'],
  async run(call) {
    const { providers, profiles, maps } = await readBundle(call);
    const machines = maps.reduce((sum, map) => sum + map.machines.length, 0);
    const fleet = maps.length > 0 ? `, ${machines} machines in ${maps.length} maps` : '';
    call.stderr.write(`${providers.length} providers, ${profiles.length} profiles${fleet}; no errors.\n`);
    return 0;
  },
};
