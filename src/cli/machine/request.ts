import type { Call, Flag } from '../base/verb.ts';

/** What `create` and `plan` have in common. */
export const requestFlags: readonly Flag[] = [
  { flags: '-p, --profile <name>', description: 'the profile to make them from', required: true },
  { flags: '--image <image>', description: 'another image than the profile’s' },
  { flags: '--size <size>', description: 'another size than the profile’s' },
  { flags: '--location <location>', description: 'another location than the profile’s' },
];

export function requestBody({ args, options }: Call) {
  const optional = (name: string) => (options.text(name) === undefined ? {} : { [name]: options.text(name) });
  return {
    names: [...args],
    profile: options.text('profile') ?? '',
    ...optional('image'),
    ...optional('size'),
    ...optional('location'),
  };
}
