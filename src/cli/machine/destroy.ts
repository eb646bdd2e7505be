import { changeVerb } from './change.ts';

export const verb = changeVerb({
  verb: 'destroy',
  summary: 'Destroy machines and all that they are made of: instances, disks, addresses.',
  examples: ['machine destroy web-1', "machine destroy 'test-*' --yes"],
  options: [{ flags: '--imported', description: 'machines that others made, too' }],
  question: (names) => `Destroy ${names} with all data?`,
});
