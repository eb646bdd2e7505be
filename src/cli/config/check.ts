import type { Verb } from '../base/verb.ts';
import { mapFlags, readBundle } from '../bundle.ts';

export const verb: Verb = {
  summary: 'Check provider, profile and map files and say what is wrong, where. Saves nothing.',
  options: mapFlags,
  examples: ['config check', 'config check -c /etc/salt -m /etc/salt/cloud.maps.d/web.map'],
  async run(call) {
    const { providers, profiles, maps } = await readBundle(call);
    const machines = maps.reduce((sum, map) => sum + map.machines.length, 0);
    const fleet = maps.length > 0 ? `, ${counted(machines, 'machine')} in ${counted(maps.length, 'map')}` : '';
    const read = `${counted(providers.length, 'provider')}, ${counted(profiles.length, 'profile')}${fleet}`;
    call.stderr.write(`${read}; no errors.\n`);
    return 0;
  },
};

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
