import type { Verb } from './base/verb.ts';

/** Loaded only when asked for, so that a command costs what it needs. */
export interface Entry {
  readonly summary: string;
  load(): Promise<Verb>;
}

export interface Noun {
  readonly summary: string;
  readonly verbs: Readonly<Record<string, Entry>>;
}

function entry(summary: string, load: () => Promise<{ readonly verb: Verb }>): Entry {
  return { summary, load: async () => (await load()).verb };
}

export const nouns: Readonly<Record<string, Noun>> = {
  machine: {
    summary: 'Create, see and end machines',
    verbs: {
      create: entry('Create machines from a profile', () => import('./machine/create.ts')),
      enrol: entry('Enrol machines that exist, by their addresses', () => import('./machine/enrol.ts')),
      plan: entry('Show what creating would do and cost', () => import('./machine/plan.ts')),
      list: entry('List machines', () => import('./machine/list.ts')),
      show: entry('Show everything about a machine', () => import('./machine/show.ts')),
      ssh: entry('Open a shell on a machine, or run a command', () => import('./machine/ssh.ts')),
      deploy: entry('Run the deploy steps again', () => import('./machine/deploy.ts')),
      start: entry('Start stopped machines', () => import('./machine/start.ts')),
      stop: entry('Stop machines', () => import('./machine/stop.ts')),
      reboot: entry('Reboot machines', () => import('./machine/reboot.ts')),
      retry: entry('Go on where a machine stopped', () => import('./machine/retry.ts')),
      protect: entry('Protect machines from being destroyed or replaced', () => import('./machine/protect.ts')),
      unprotect: entry('Take the protection off machines', () => import('./machine/unprotect.ts')),
      destroy: entry('Destroy machines and all that they are made of', () => import('./machine/destroy.ts')),
      forget: entry('Stop managing machines; they go on', () => import('./machine/forget.ts')),
      import: entry('Take over instances that others made', () => import('./machine/import.ts')),
    },
  },
  provider: {
    summary: 'Accounts and endpoints that machines come from',
    verbs: {
      add: entry('Add or change a provider', () => import('./provider/add.ts')),
      list: entry('List providers', () => import('./provider/list.ts')),
      show: entry('Show a provider', () => import('./provider/show.ts')),
      check: entry('Check credentials, scope and the list', () => import('./provider/check.ts')),
      reconcile: entry('Compare the ledger with the backend', () => import('./provider/reconcile.ts')),
      remove: entry('Remove a provider that is not in use', () => import('./provider/remove.ts')),
    },
  },
  profile: {
    summary: 'Reusable machine requests',
    verbs: {
      list: entry('List profiles', () => import('./profile/list.ts')),
      show: entry('Show a profile', () => import('./profile/show.ts')),
      remove: entry('Remove a profile', () => import('./profile/remove.ts')),
    },
  },
  config: {
    summary: 'Provider and profile files',
    verbs: {
      check: entry('Check files and say what is wrong, where', () => import('./config/check.ts')),
      load: entry('Check files and save them in the controller', () => import('./config/load.ts')),
      lint: entry('Say what is wrong, old, or otherwise than in Salt Cloud', () => import('./config/lint.ts')),
      import: entry('Write files of Salt Cloud in our own format', () => import('./config/import.ts')),
    },
  },
  image: {
    summary: 'Images of a provider',
    verbs: { list: entry('List images', () => import('./image/list.ts')) },
  },
  size: {
    summary: 'Sizes of a provider, with price and stock',
    verbs: { list: entry('List sizes', () => import('./size/list.ts')) },
  },
  location: {
    summary: 'Locations of a provider',
    verbs: { list: entry('List locations', () => import('./location/list.ts')) },
  },
  operation: {
    summary: 'What the controller does and did',
    verbs: {
      list: entry('List operations, newest first', () => import('./operation/list.ts')),
      show: entry('Show an operation with its steps', () => import('./operation/show.ts')),
      log: entry('Print the output of its steps', () => import('./operation/log.ts')),
      wait: entry('Follow an operation until it ends', () => import('./operation/wait.ts')),
      cancel: entry('End an operation', () => import('./operation/cancel.ts')),
      retry: entry('Go on from the step that stopped', () => import('./operation/retry.ts')),
    },
  },
  event: {
    summary: 'The history of everything',
    verbs: { list: entry('List events, or watch them come', () => import('./event/list.ts')) },
  },
  webhook: {
    summary: 'Receivers that events are sent to',
    verbs: {
      add: entry('Send events to an address', () => import('./webhook/add.ts')),
      list: entry('List webhooks', () => import('./webhook/list.ts')),
      show: entry('Show a webhook', () => import('./webhook/show.ts')),
      test: entry('Send a made-up event now', () => import('./webhook/test.ts')),
      remove: entry('Remove a webhook', () => import('./webhook/remove.ts')),
    },
  },
  token: {
    summary: 'Access to the API over TCP',
    verbs: {
      create: entry('Make a token; it is shown once', () => import('./token/create.ts')),
      list: entry('List tokens', () => import('./token/list.ts')),
      remove: entry('Remove a token', () => import('./token/remove.ts')),
    },
  },
};

/** Commands without a noun. */
export const topVerbs: Readonly<Record<string, Entry>> = {
  plan: entry('Show what applying a map would do and cost', () => import('./plan.ts')),
  apply: entry('Bring a fleet to what a map wants', () => import('./apply.ts')),
  serve: entry('Run the controller in the foreground', () => import('./serve.ts')),
  stop: entry('Stop the controller', () => import('./stop.ts')),
  status: entry('Say which controller answers and what it does', () => import('./status.ts')),
  inventory: entry('Write the machines for Ansible, salt-ssh, ssh and others', () => import('./inventory.ts')),
  import: entry('Take over the instances that a map names', () => import('./import.ts')),
  recover: entry('Rebuild the inventory from the tags on the backends', () => import('./recover.ts')),
  backup: entry('Write a whole copy of the inventory', () => import('./backup.ts')),
  restore: entry('Put a copy back', () => import('./restore.ts')),
  emulator: entry('Run a cloud on this computer', () => import('./emulator.ts')),
  demo: entry('See it work: three machines on the emulator', () => import('./demo.ts')),
  'salt-cloud': entry("Salt Cloud's own command line", () => import('./compat/salt-cloud/verb.ts')),
  completion: entry('Print shell completion', () => import('./completion.ts')),
};
