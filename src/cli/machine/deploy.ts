import { changeVerb } from './change.ts';

export const verb = changeVerb({
  verb: 'deploy',
  summary: 'Run the deploy steps on machines again.',
  examples: ['machine deploy web-1', "machine deploy 'web-*' --detach"],
});
