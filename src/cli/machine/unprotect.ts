import { protectionVerb } from './protection.ts';

export const verb = protectionVerb('unprotect', 'Take the protection off machines: they can be destroyed again.');
