import type { Call, Fields } from '../call.ts';
import { text } from '../call.ts';
import { invalid, permissionsDenied } from '../errors.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (value: string): boolean => UUID.test(value);

/** The project that a create names, or the key's default; another one is forbidden. */
export function projectOf(call: Call, body: Fields, name: 'project' | 'project_id', resource: string): string {
  const { options } = call.world;
  const asked =
    text(body, name) ?? text(body, name === 'project' ? 'organization' : 'organization_id') ?? options.project;
  if (!isUuid(asked)) throw invalid(name, 'value must be a valid UUID', 'format');
  const mine = asked === options.project || asked === options.organization || options.projects.includes(asked);
  if (!mine || call.sight.foreign) throw permissionsDenied('write', resource);
  return asked;
}
