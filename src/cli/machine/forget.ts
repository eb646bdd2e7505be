import { changeVerb } from './change.ts';

export const verb = changeVerb({
  verb: 'forget',
  summary: 'Stop managing machines: our mark is taken off; they go on and go on costing money.',
  examples: ['machine forget web-1'],
  question: (names) => `Stop managing ${names}? They go on running.`,
});
