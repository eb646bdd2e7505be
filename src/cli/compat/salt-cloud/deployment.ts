import type { Machine } from '../../../client/generated.ts';
import type { Bundle, Overrides } from '../../../config/bundle.ts';
import { splitWords } from '../../../config/words.ts';
import { type Ended, errorData } from './follow.ts';
import type { Seen } from './nodes.ts';
import type { Data, DataMap } from './output/data.ts';
import { UsageError } from './parse.ts';
import type { Session } from './session.ts';

type Step = NonNullable<Overrides['deploy']>[number];

/** Machines that were to be made, and how that ended. */
export interface Made extends Ended {
  readonly seen: readonly Seen[];
  /** What ran on the machine of this name. */
  readonly steps: (name: string) => readonly Step[];
}

/** What options mean here that Salt Cloud takes and we have no need of. */
export function deployNotes({ parsed, log }: Session): void {
  if (parsed.flag('parallel')) log.info('Machines are always made in parallel, within the limits of their provider');
  if (parsed.flag('keepTmp')) {
    log.info('Nothing is left in /tmp of the machines; what scripts printed is kept: saltern operation log');
  }
}

/** The steps that a profile's machines are deployed with. */
export function stepsOf(bundle: Bundle, profile: string): readonly Step[] {
  return bundle.profiles.find(({ name }) => name === profile)?.deploy ?? [];
}

/** The profile's deploy steps as `--no-deploy` and `--script-args` change them; null when neither was given. */
export function overridesFor(session: Session, bundle: Bundle, profile: string): Overrides | null {
  const deploy = changedSteps(session, stepsOf(bundle, profile));
  return deploy === null ? null : { deploy };
}

/** The same for steps that a map has changed already. */
export function changedSteps({ parsed }: Session, steps: readonly Step[]): readonly Step[] | null {
  if (parsed.flag('noDeploy')) return [];
  const given = parsed.text('scriptArgs');
  if (given === null) return null;
  const args = splitWords(given);
  if (args === null) throw new UsageError(`option --script-args: a quote is not closed: '${given}'`);
  return steps.map((step) => (step.kind === 'script' ? { ...step, args } : step));
}

/** `{name: {…}}` of a creation: Salt's fields, whether deploy steps ran, and errors inside. */
export function madeData(session: Session, { seen, failureOf, steps }: Made): DataMap {
  const data: Record<string, Data> = {};
  for (const each of seen) {
    const { name, machine } = each;
    const failure = machine && failureOf(machine.id);
    if (failure) session.log.error(`${name}: ${failure.message}`);
    data[name] = failure ? { ...errorData(failure), ...ways(machine) } : created(session, each, steps(name));
  }
  return data;
}

/** What can be done with a machine that stopped half-way. */
function ways(machine: Machine | null): DataMap {
  if (machine === null) return {};
  const { name, can, status, origin } = machine;
  const end = origin === 'enrolled' ? `saltern machine forget ${name}` : `salt-cloud -d ${name}`;
  return can.retry ? { status, 'Go on': `saltern machine retry ${name}`, 'Give up': end } : { status };
}

function created({ parsed }: Session, { full, machine }: Seen, steps: readonly Step[]): DataMap {
  const { machine: inventory, managed, tags, ...fields } = full;
  const deployed = steps.length > 0;
  return {
    ...fields,
    deployed,
    ...(!deployed && { 'No Deploy': "'deploy' is not enabled or there is no script. Not deployed." }),
    ...(parsed.flag('showDeployArgs') && machine && { deploy_kwargs: deployArguments(machine, steps) }),
  };
}

/** With what the machine was deployed, without what scripts, arguments and files hold: secrets may be among it. */
function deployArguments(machine: Machine, steps: readonly Step[]): DataMap {
  return {
    host: machine.address,
    username: machine.sshUser,
    port: machine.sshPort,
    host_keys: machine.hostKeys,
    steps: steps.map((step) => (step.kind === 'script' ? step.name : step.kind === 'file' ? step.path : step.kind)),
  };
}
