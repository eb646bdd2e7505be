import { toSalternError } from '../core/error.ts';
import type { AgentKey } from '../core/machine.ts';
import type { OperationRecord, StepContext } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import { pemFinger } from '../lib/pem-finger.ts';
import { machineOf, setMachine } from './machines.ts';
import { requestOf, sshTarget } from './ssh-target.ts';

/** Where Salt's minion keeps its key: readable by root alone. */
const MINION_KEY = '/etc/salt/pki/minion/minion.pub';

/**
 * Reads the machine's own minion key over the verified connection and holds it against the one that a Salt master accepted.
 * What cannot be read is left open, and said in the log: it is no reason to refuse the machine.
 */
export async function compareAgentKey(
  ports: Ports,
  operation: OperationRecord,
  id: string,
  accepted: { readonly id: string; readonly fingerprint: string },
  { signal, log }: StepContext,
): Promise<AgentKey | null> {
  const { ssh } = await requestOf(ports, id);
  const shell = await ports.bootstrap.shell(await sshTarget(ports, await machineOf(ports, id), ssh), signal);
  const script = `test ! -e ${MINION_KEY} || cat ${MINION_KEY}`;
  const said = await shell.run({ script, sudo: true }, signal).catch(forbidden);
  if (said.code !== 0) {
    log('note', `the minion key could not be read: ${said.stderr.trim()}`);
    return null;
  }
  const fingerprint = pemFinger(said.stdout);
  const standing = fingerprint === null ? 'absent' : fingerprint === accepted.fingerprint ? 'accepted' : 'different';
  const agentKey: AgentKey = { id: accepted.id, fingerprint, standing };
  await setMachine(ports, operation, id, { agentKey });
  log('note', `its minion key against the accepted one of ${accepted.id}: ${standing}`);
  return agentKey;
}

/** A user without sudo is no failure of the import. */
function forbidden(thrown: unknown): { code: number; stdout: string; stderr: string } {
  const error = toSalternError(thrown);
  if (error.code !== 'forbidden') throw error;
  return { code: 1, stdout: '', stderr: error.message };
}
