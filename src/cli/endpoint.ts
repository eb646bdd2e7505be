import type { Client } from '../client/client.ts';
import type { Machine, Provider } from '../client/generated.ts';
import { CliError } from './base/errors.ts';
import type { Call } from './base/verb.ts';

/** Which variable of the official tools names the endpoint, by driver. */
const VARIABLES: Readonly<Record<string, string>> = { scaleway: 'SCW_API_URL' };

/**
 * Refuses a command whose environment speaks of another endpoint than the provider's: who has just turned to an emulator or
 * to another cloud does not mean these machines.
 */
export function assertSameEndpoint({ env }: Pick<Call, 'env'>, provider: Provider): void {
  const variable = VARIABLES[provider.driver];
  const named = variable && env[variable];
  if (!variable || !named || provider.scope === null || sameUrl(named, provider.scope.endpoint)) return;
  throw new CliError(
    'conflict',
    `${variable} names ${named}, and provider ${provider.name} is at ${provider.scope.endpoint}`,
    {
      hint: `Unset ${variable}, or use the inventory that belongs to it.`,
    },
  );
}

/** The providers of some machines, each checked; and a line for each that says where they are. */
export async function scopesOf(call: Call, api: Client, machines: readonly Machine[]): Promise<string[]> {
  const names = [...new Set(machines.map((machine) => machine.provider.name))];
  const lines: string[] = [];
  for (const provider of names) {
    const row = await api.request('GET', '/v1/providers/{provider}', { params: { provider } });
    assertSameEndpoint(call, row);
    const { scope } = row;
    lines.push(`${row.name}: ${scope ? `${scope.endpoint}, ${scope.description}` : 'not checked yet'}`);
  }
  return lines;
}

/** The same for machines that are to be made from a profile. */
export async function assertProfilesEndpoint(call: Call, api: Client, profile: string): Promise<void> {
  const { provider } = await api.request('GET', '/v1/profiles/{profile}', { params: { profile } });
  assertSameEndpoint(call, await api.request('GET', '/v1/providers/{provider}', { params: { provider: provider.id } }));
}

function sameUrl(a: string, b: string): boolean {
  return a.replace(/\/+$/, '') === b.replace(/\/+$/, '');
}
