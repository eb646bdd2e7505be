import { CliError } from '../base/errors.ts';
import type { Call, Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary: 'Add a provider, or change one. A secret is read from the environment, never from the command line.',
  args: '<name>',
  options: [
    { flags: '--driver <driver>', description: 'its driver, e.g. scaleway', required: true },
    { flags: '-s, --set <key=value>', description: 'a setting', repeat: true },
    {
      flags: '-e, --secret <key=VARIABLE>',
      description: 'a setting whose value stands in an environment variable',
      repeat: true,
    },
  ],
  examples: [
    'provider add paris --driver scaleway -e access_key=SCW_ACCESS_KEY -e token=SCW_SECRET_KEY -s zone=fr-par-1',
    'provider add test --driver scaleway -e access_key=KEY -e token=TOKEN -s api_url=http://127.0.0.1:8080',
  ],
  async run(call) {
    const api = await call.client();
    const [provider = ''] = call.args;
    const body = { driver: call.options.text('driver') ?? '', settings: settingsOf(call) };
    const { scope } = await api.request('PUT', '/v1/providers/{provider}', { params: { provider }, body });
    call.stderr.write(
      `Saved ${provider}.${scope ? '' : ` See whether it works: saltern provider check ${provider}`}\n`,
    );
    return 0;
  },
};

function settingsOf({ options, env }: Call): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const given of options.list('set')) {
    const [key, value] = pair(given, '--set');
    settings[key] = value;
  }
  for (const given of options.list('secret')) {
    const [key, variable] = pair(given, '--secret');
    const value = env[variable];
    if (!value) throw new CliError('invalid', `the environment has no ${variable}`, { where: `--secret ${given}` });
    settings[key] = value;
  }
  return settings;
}

function pair(given: string, flag: string): [string, string] {
  const at = given.indexOf('=');
  if (at > 0) return [given.slice(0, at), given.slice(at + 1)];
  throw new CliError('invalid', `${flag} ${given}: expected key=value`);
}
