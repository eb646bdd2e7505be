export const DIRECTORY = '/var/lib/cloud/instance';
/** There once everything of the first boot has run. */
export const BOOT_FINISHED = `${DIRECTORY}/boot-finished`;
/** How this boot went. */
export const RESULT = '/run/cloud-init/result.json';
