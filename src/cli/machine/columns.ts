import type { Machine } from '../../client/generated.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { Field } from '../base/output.ts';
import type { Column } from '../base/table.ts';

const TRANSITIONAL = ['requested', 'creating', 'bootstrapping', 'starting', 'stopping', 'rebooting', 'destroying'];

/** How machines stand in a list. */
export const machineColumns: readonly Column<Machine>[] = [
  { key: 'name', title: 'NAME', value: (machine) => machine.name },
  { key: 'status', title: 'STATUS', value: (machine) => machine.status },
  { key: 'address', title: 'ADDRESS', value: (machine) => machine.address, priority: 9 },
  { key: 'provider', title: 'PROVIDER', value: (machine) => machine.provider.name, min: 8, priority: 6 },
  { key: 'size', title: 'SIZE', value: (machine) => machine.size, priority: 5 },
  { key: 'image', title: 'IMAGE', value: (machine) => machine.imageName, min: 10, priority: 3 },
  { key: 'location', title: 'LOCATION', value: (machine) => machine.location, priority: 4 },
  { key: 'elapsed', title: 'ELAPSED', value: elapsed, align: 'right', priority: 7 },
  { key: 'price', title: 'PER HOUR', value: price, align: 'right', priority: 2 },
  { key: 'protected', title: 'PROTECTED', value: (machine) => (machine.protected ? 'yes' : null), priority: 1 },
];

/** How one machine is shown. */
export const machineFields: readonly Field<Machine>[] = [
  { key: 'name', title: 'Name', value: (machine) => machine.name },
  { key: 'id', title: 'Id', value: (machine) => machine.id },
  { key: 'status', title: 'Status', value: (machine) => machine.status },
  { key: 'error', title: 'Error', value: (machine) => machine.error?.message, optional: true },
  { key: 'hint', title: 'Hint', value: (machine) => machine.error?.hint, optional: true },
  { key: 'provider', title: 'Provider', value: (machine) => machine.provider.name },
  { key: 'profile', title: 'Profile', value: (machine) => machine.profile?.name },
  { key: 'origin', title: 'Origin', value: (machine) => machine.origin },
  { key: 'protected', title: 'Protected', value: (machine) => (machine.protected ? 'yes' : null), optional: true },
  { key: 'map', title: 'Map', value: (machine) => machine.map, optional: true },
  { key: 'nativeId', title: 'Native id', value: (machine) => machine.nativeId },
  { key: 'location', title: 'Location', value: (machine) => machine.location },
  { key: 'size', title: 'Size', value: (machine) => machine.size },
  { key: 'image', title: 'Image', value: (machine) => machine.imageName },
  { key: 'arch', title: 'Architecture', value: (machine) => machine.arch },
  { key: 'price', title: 'Price', value: wholePrice },
  {
    key: 'addresses',
    title: 'Addresses',
    value: (machine) => machine.addresses.map(({ ip, reach }) => `${ip} (${reach})`),
  },
  { key: 'ssh', title: 'SSH', value: (machine) => `${machine.sshUser ?? '?'}, port ${machine.sshPort}` },
  { key: 'hostKeys', title: 'Host key', value: (machine) => machine.hostKeys },
  { key: 'hostKeyOrigin', title: 'Known by', value: (machine) => machine.hostKeyOrigin },
  { key: 'agentKey', title: 'Minion key', value: agentKey, optional: true },
  { key: 'createdAt', title: 'Requested', value: (machine) => new Date(machine.createdAt).toISOString() },
  { key: 'elapsed', title: 'Elapsed', value: elapsed },
  { key: 'operation', title: 'Operation', value: (machine) => machine.operation },
];

function elapsed(machine: Machine): string | null {
  if (machine.elapsedMs !== null) return formatDuration(machine.elapsedMs);
  return TRANSITIONAL.includes(machine.status) ? `${formatDuration(Date.now() - machine.createdAt)} …` : null;
}

function agentKey({ agentKey }: Machine): string | null {
  return agentKey && `${agentKey.standing}${agentKey.fingerprint ? `: ${agentKey.fingerprint}` : ''}`;
}

function price(machine: Machine): string | null {
  return machine.price ? `${machine.price.hourly.toFixed(4)} ${machine.price.currency}` : null;
}

function wholePrice({ price }: Machine): string | null {
  if (!price) return null;
  return `${price.hourly.toFixed(4)} ${price.currency}/h, ${price.monthly.toFixed(2)} ${price.currency}/month (${price.asOf})`;
}
