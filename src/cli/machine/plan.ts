import type { MachinePlan } from '../../client/generated.ts';
import { type Field, printObject } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';
import { configFlags, loadNamedFiles } from '../bundle.ts';
import { requestBody, requestFlags } from './request.ts';

export const verb: Verb = {
  summary: 'Show what creating would do, where, and what it costs. Changes nothing.',
  args: '<name...>',
  options: [...requestFlags, ...configFlags],
  examples: ['machine plan web-1 web-2 --profile web', 'machine plan web-1 -p web -o json'],
  async run(call) {
    const api = await call.client();
    await loadNamedFiles(call, api);
    const plan = await api.request('POST', '/v1/machines/plan', { body: requestBody(call) as never });
    await printObject(plan, fields, call.out);
    return 0;
  },
};

const fields: readonly Field<MachinePlan>[] = [
  { key: 'provider', title: 'Provider', value: ({ provider }) => `${provider.name} (${provider.endpoint})` },
  { key: 'account', title: 'Account', value: ({ provider }) => provider.account },
  { key: 'project', title: 'Project', value: ({ provider }) => provider.project },
  { key: 'image', title: 'Image', value: ({ image }) => image && `${image.name} (${image.id})` },
  { key: 'size', title: 'Size', value: ({ size }) => size },
  { key: 'location', title: 'Location', value: ({ location }) => location },
  { key: 'price', title: 'Price of each', value: ({ price }) => priceText(price, 1) },
  { key: 'total', title: 'Price of all', value: ({ price, machines }) => priceText(price, toCreate(machines)) },
  { key: 'notes', title: 'Notes', value: ({ notes }) => notes },
  {
    key: 'machines',
    title: 'Machines',
    value: ({ machines }) =>
      machines.map(({ name, action, reason }) => `${action} ${name}${reason ? ` (${reason})` : ''}`),
  },
];

function toCreate(machines: MachinePlan['machines']): number {
  return machines.filter(({ action }) => action === 'create').length;
}

function priceText(price: MachinePlan['price'], times: number): string {
  if (!price) return 'no price known';
  const { hourly, monthly, currency, asOf } = price;
  return `${(hourly * times).toFixed(4)} ${currency}/h, ${(monthly * times).toFixed(2)} ${currency}/month (${asOf})`;
}
