/**
 * Places in a step where a test may end the process, to prove that an operation survives it:
 * `before`: recorded as running, the work not begun (an action: its evidence recorded, not started);
 * `during`: a turn of the event loop after the work began; `effect`: the work is done and not recorded; `after`: recorded.
 */
export const CRASH_POINTS = ['before', 'during', 'effect', 'after'] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Called at every point. What it returns is awaited, so that a test can hold an operation there for good. */
export type CrashHook = (operation: string, step: string, point: CrashPoint) => void | Promise<void>;

/**
 * The hook for `SALTERN_CRASH_AT="<operation>:<step>:<point>[:<count>]"`: SIGKILL at the count-th time (the first unless
 * said) that the point is reached. `*` in the step's name stands for any text, such as an id. Null when the text has
 * another form.
 */
export function crashPointFromEnv(value: string | undefined): CrashHook | null {
  const match = /^([^:]+):(.+?):(before|during|effect|after)(?::(\d+))?$/.exec(value ?? '');
  if (!match) return null;
  const [, wanted, pattern = '', at, count = '1'] = match;
  const name = new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`);
  let left = Number(count);
  return (operation, step, point) => {
    if (operation !== wanted || point !== at || !name.test(step)) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}
