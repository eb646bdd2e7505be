import { createHash } from 'node:crypto';

/** What is done to a machine after its first boot, in order. libcloud's deployment kinds, each one recorded step. */
export type DeployStep = FileStep | ScriptStep | SshKeyStep;

export interface FileStep {
  readonly kind: 'file';
  readonly path: string;
  readonly content: string;
  /** Octal text, e.g. `0644`. */
  readonly mode?: string;
  readonly owner?: string;
  readonly sudo?: boolean;
  /** Each `MACHINE_NAME` in the content is replaced by the machine's own name. */
  readonly perMachine?: boolean;
}

/** Stands for the machine's name in a file that is made for each machine. */
export const MACHINE_NAME = '{{ machine }}';

export interface ScriptStep {
  readonly kind: 'script';
  /** What people call it: the file's name. */
  readonly name: string;
  readonly content: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly sudo?: boolean;
  readonly timeoutMs?: number;
  /** What to do when a crash or reboot of the machine leaves open how it ended. `fail` unless said. */
  readonly onInterrupted?: 'fail' | 'again';
}

export interface SshKeyStep {
  readonly kind: 'ssh-key';
  readonly publicKey: string;
  readonly user?: string;
}

/** A short hash of deploy steps: another one means that something in them changed. */
export function deployVersion(steps: readonly DeployStep[]): string {
  return createHash('sha256').update(JSON.stringify(steps)).digest('hex').slice(0, 12);
}

/** What may be shown of a deploy step: no content, no environment. */
export interface DeploySummary {
  readonly kind: DeployStep['kind'];
  readonly name: string;
}

export function summarize(step: DeployStep): DeploySummary {
  switch (step.kind) {
    case 'file':
      return { kind: 'file', name: step.path };
    case 'script':
      return { kind: 'script', name: step.name };
    case 'ssh-key':
      return { kind: 'ssh-key', name: step.publicKey.split(' ')[2] ?? 'ssh key' };
    default:
      return step satisfies never;
  }
}
