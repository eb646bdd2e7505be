import type { Verb } from '../../base/verb.ts';

/** For the help of `saltern`: the command reads its own words, as Salt Cloud does. */
export const verb: Verb = {
  summary: "Salt Cloud's own command line: -p, -m, -d, -a, -f, -Q, --list-images … (see salt-cloud --help).",
  args: '[words...]',
  examples: ['salt-cloud -Q', 'salt-cloud -p web web-1 web-2', 'salt-cloud -m fleet.map -P -y'],
  async run({ args }) {
    const { run } = await import('./run.ts');
    return run(args);
  },
};
