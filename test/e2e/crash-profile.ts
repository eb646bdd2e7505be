/** Where a machine's own log of its deploy scripts is: one line for each run. */
export const RUNS = '/srv/runs';

export const DEPLOY_FILE = { kind: 'file', path: '/etc/motd', content: 'made by a crash test\n' } as const;

/** Takes long enough for a crash to come while it runs, and says when it ran that far. */
const SCRIPT = `#!/bin/sh
set -eu
echo begun
sleep 0.2
cat /etc/machine-id >> ${RUNS}
echo done
`;

/** A reserved address too: it outlives its machine, so that it could leak. */
export const CRASH_PROFILE = {
  deploy: [DEPLOY_FILE, { kind: 'script', name: 'log-run.sh', content: SCRIPT }],
  options: { public_ip: 'flexible' },
} as const;
