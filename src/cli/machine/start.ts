import { changeVerb } from './change.ts';

export const verb = changeVerb({
  verb: 'start',
  summary: 'Start stopped machines and wait until SSH answers.',
  examples: ['machine start web-1', "machine start 'web-*' --detach"],
});
