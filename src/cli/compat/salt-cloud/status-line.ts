import type { OperationDetail } from '../../../client/generated.ts';
import { terminal } from '../../base/context.ts';
import type { Session } from './session.ts';

/** What a person at a terminal sees while machines are worked on: one line on standard error that leaves no trace. */
export interface StatusLine {
  show(operation: OperationDetail): void;
  clear(): void;
}

/** Nothing where it would be in the way: in pipes and files, beside the lines of `-l info`, with `-l quiet`. */
export function openStatusLine({ call: { stderr }, log }: Session): StatusLine {
  const { tty, colors } = terminal(stderr);
  if (!tty || !colors || log.tells('info') || !log.tells('error')) return { show: () => {}, clear: () => {} };
  let shown = '';
  const write = (text: string) => {
    if (text === shown) return;
    shown = text;
    stderr.write(`\r\x1b[K${text}`);
  };
  return {
    show: (operation) => write(lineOf(operation).slice(0, (terminal(stderr).width ?? 80) - 1)),
    clear: () => write(''),
  };
}

/** `1 of 3 done; web-2: ssh answers, web-3: instance runs with an address` */
function lineOf({ children }: OperationDetail): string {
  const open = children.filter(({ endedAt }) => endedAt === null);
  const steps = open.flatMap(({ entityName, step }) => (entityName && step ? [`${entityName}: ${step.name}`] : []));
  const done = children.length > 1 ? `${children.length - open.length} of ${children.length} done; ` : '';
  return steps.length === 0 ? '' : `${done}${steps.join(', ')}`;
}
