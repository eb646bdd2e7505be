import { changeVerb } from './change.ts';

export const verb = changeVerb({
  verb: 'reboot',
  summary: 'Reboot machines once each, proved by their boot id.',
  examples: ['machine reboot web-1', "machine reboot 'web-*' --detach"],
});
