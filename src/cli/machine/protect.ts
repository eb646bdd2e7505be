import { protectionVerb } from './protection.ts';

export const verb = protectionVerb('protect', 'Protect machines: they are not destroyed or replaced, whoever asks.');
