import { terminal } from './base/context.ts';
import { printObject } from './base/output.ts';
import type { Verb } from './base/verb.ts';
import { planText } from './map/plan-text.ts';
import { planFlags, planMaps } from './map/request.ts';

/** As diff says it: something differs. */
const CHANGES = 2;

export const verb: Verb = {
  summary: 'Show what applying a map would do, where and why, and what it costs. Changes nothing.',
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
    if (call.out.format === 'table') {
      const { width, colors } = terminal(call.stdout, call.env);
      for (const plan of plans) call.stdout.write(planText(plan, { width, colors }));
    } else {
      const [only] = plans;
      await printObject(plans.length === 1 ? only : plans, [], call.out);
    }
    return plans.some(({ changes }) => changes) ? CHANGES : 0;
  },
};
