import { changeVerb } from './change.ts';

export const verb = changeVerb({
  verb: 'stop',
  summary: 'Stop machines. Their disks stay and may go on costing money.',
  examples: ['machine stop web-1', "machine stop 'web-*' --detach"],
});
