import type { MapPlan } from '../client/generated.ts';
import { terminal } from './base/context.ts';
import { printObject, printRows } from './base/output.ts';
import type { Column } from './base/table.ts';
import type { Verb } from './base/verb.ts';
import { planText } from './map/plan-text.ts';
import { planFlags, planMaps } from './map/request.ts';

/** As diff says it: something differs. */
const CHANGES = 2;

export const verb: Verb = {
  summary:
    'Show what applying a map would do, where and why, and what it costs. Changes nothing. Exit code 0: all is as wanted; 2: there is something to do.',
  args: '[name...]',
  options: planFlags,
  examples: [
    'plan -f fleet.yaml',
    'plan -c /etc/salt -m /etc/salt/cloud.maps.d/web.map --prune',
    'plan -f fleet.yaml web-1 web-2 -o json',
  ],
  async run(call) {
    const planned = await planMaps(call, await call.client());
    const plans = planned.map(({ plan }) => plan);
    const { format } = call.out;
    if (format === 'table') {
      const { width, colors } = terminal(call.stdout, call.env);
      for (const plan of plans) call.stdout.write(planText(plan, { width, colors }));
    } else if (format === 'csv' || format === 'name') {
      await printRows(
        plans.flatMap(({ actions }) => actions),
        columns,
        call.out,
      );
    } else {
      const [only] = plans;
      await printObject(plans.length === 1 ? only : plans, [], call.out);
    }
    return plans.some(({ changes }) => changes) ? CHANGES : 0;
  },
};

const columns: readonly Column<MapPlan['actions'][number]>[] = [
  { key: 'name', title: 'NAME', value: (row) => row.name },
  { key: 'action', title: 'ACTION', value: (row) => row.action },
  { key: 'needs', title: 'NEEDS', value: (row) => row.needs.join(' ') },
  { key: 'provider', title: 'PROVIDER', value: (row) => row.provider },
  { key: 'reason', title: 'REASON', value: (row) => row.reason },
  { key: 'hourly', title: 'PER HOUR', value: (row) => row.price?.hourly },
  { key: 'currency', title: 'CURRENCY', value: (row) => row.price?.currency },
];
