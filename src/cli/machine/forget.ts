import { changeVerb } from './change.ts';

export const verb = changeVerb({
  verb: 'forget',
  summary: 'Stop managing machines, which go on: our mark is taken off; enrolled ones are left as they were before.',
  options: [
    {
      flags: '--abandon',
      description: 'only drop enrolled machines from the inventory; what is ours on them stays there',
    },
  ],
  examples: ['machine forget web-1', "machine forget 'rack-*' -y", 'machine forget burnt-1 --abandon'],
  question: (names) => `Stop managing ${names}? They go on running.`,
});
