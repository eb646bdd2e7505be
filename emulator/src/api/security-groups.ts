import { randomUUID } from 'node:crypto';
import { type Call, count, type Fields, fields, flag, isFields, listed, param, place, text, texts } from '../call.ts';
import { invalid, notFound, preconditionFailed, type Reply } from '../errors.ts';
import { created, instanceList, instanceTime, NO_CONTENT, ok } from '../house.ts';
import { route } from '../router.ts';
import { born } from '../world/store.ts';
import type { Rule, SecurityGroup } from '../world/types.ts';
import { projectOf } from './project.ts';

const GROUPS = '/instance/v1/zones/:zone/security_groups';
const GROUP = `${GROUPS}/:id`;
const RULES = `${GROUP}/rules`;
const RULE = `${RULES}/:rule`;

const find = (call: Call): SecurityGroup => call.world.securityGroups.get(call, param(call, 'id'));

/** /instance/v1/…/security_groups and their rules. */
export const SECURITY_GROUP_ROUTES = [
  route('GET', GROUPS, (call) => {
    defaultSecurityGroup(call, call.world.options.project);
    const groups = listed(call, call.world.securityGroups.all());
    return instanceList(
      call,
      'security_groups',
      groups.map((group) => view(call, group)),
    );
  }),
  route('POST', GROUPS, create),
  route('GET', GROUP, (call) => ok({ security_group: view(call, find(call)) })),
  route('PATCH', GROUP, update),
  route('PUT', GROUP, update),
  route('DELETE', GROUP, remove),
  route('GET', RULES, (call) => ok({ rules: rulesView(call, find(call)) })),
  route('GET', `${GROUPS}/default/rules`, (call) => ok({ rules: mailRules().map((rule) => ruleView(call, rule)) })),
  route('PUT', RULES, replaceRules),
  route('POST', RULES, addRule),
  route('GET', RULE, (call) => ok({ rule: ruleView(call, findRule(call)) })),
  route('PATCH', RULE, (call) => changeRule(call)),
  route('PUT', RULE, (call) => changeRule(call)),
  route('DELETE', RULE, removeRule),
];

/** Every project has one in each zone, made when it is first needed. */
export function defaultSecurityGroup(call: Call, project: string): SecurityGroup {
  const { securityGroups } = call.world;
  const known = securityGroups
    .all()
    .find((group) => group.projectDefault && group.project === project && group.place === place(call));
  if (known) return known;
  const common = { ...born(call, 'Default security group', project), visibleAt: 0 };
  return securityGroups.add({
    ...common,
    ...POLICIES,
    description: 'Auto generated security group.',
    projectDefault: true,
  });
}

const POLICIES = { stateful: true, inbound: 'accept', outbound: 'accept', defaultSecurity: true, rules: [] as Rule[] };

function create(call: Call): Reply {
  const body = fields(call);
  const project = projectOf(call, body, 'project', 'security_groups');
  const group = call.world.securityGroups.add({
    ...born(call, text(body, 'name') ?? `sg-${randomUUID().slice(0, 8)}`, project, texts(body, 'tags') ?? []),
    description: text(body, 'description'),
    stateful: flag(body, 'stateful') ?? true,
    inbound: text(body, 'inbound_default_policy') ?? 'accept',
    outbound: text(body, 'outbound_default_policy') ?? 'accept',
    projectDefault: flag(body, 'project_default') ?? false,
    defaultSecurity: flag(body, 'enable_default_security') ?? true,
    rules: [],
  });
  return created(call, 'security_groups', 'security_group', group.id, view(call, group));
}

function update(call: Call): Reply {
  const group = find(call);
  const body = fields(call);
  group.name = text(body, 'name') ?? group.name;
  group.description = text(body, 'description') ?? group.description;
  group.tags = texts(body, 'tags') ?? group.tags;
  group.stateful = flag(body, 'stateful') ?? group.stateful;
  group.inbound = text(body, 'inbound_default_policy') ?? group.inbound;
  group.outbound = text(body, 'outbound_default_policy') ?? group.outbound;
  group.projectDefault = flag(body, 'project_default') ?? group.projectDefault;
  group.defaultSecurity = flag(body, 'enable_default_security') ?? group.defaultSecurity;
  group.modifiedAt = call.world.clock.now();
  return ok({ security_group: view(call, group) });
}

function remove(call: Call): Reply {
  const group = find(call);
  const isUsed = call.world.servers.all().some((server) => server.securityGroupId === group.id);
  if (isUsed) throw preconditionFailed('group is in use. you cannot delete it.');
  if (group.projectDefault) throw preconditionFailed('default security group cannot be deleted');
  call.world.securityGroups.remove(group.id);
  return NO_CONTENT;
}

/** PUT replaces what the user made and keeps what the cloud put there. */
function replaceRules(call: Call): Reply {
  const group = find(call);
  const asked = fields(call)['rules'];
  if (!Array.isArray(asked)) throw invalid('rules', 'required key not provided', 'required');
  group.rules = asked.filter(isFields).map((rule, index) => newRule(rule, index + 1));
  return ok({ rules: rulesView(call, group) });
}

function addRule(call: Call): Reply {
  const group = find(call);
  const rule = newRule(fields(call), group.rules.length + 1);
  group.rules.push(rule);
  return created(call, `security_groups/${group.id}/rules`, 'rule', rule.id, ruleView(call, rule));
}

function findRule(call: Call): Rule {
  const rule = find(call).rules.find((one) => one.id === param(call, 'rule'));
  if (!rule) throw notFound('instance_security_group_rule', param(call, 'rule'));
  return rule;
}

function changeRule(call: Call): Reply {
  const group = find(call);
  const old = findRule(call);
  const changed = { ...newRule({ ...old, ...fields(call) }, old.position), id: old.id };
  group.rules = group.rules.map((rule) => (rule === old ? changed : rule));
  return ok({ rule: ruleView(call, changed) });
}

function removeRule(call: Call): Reply {
  const group = find(call);
  const old = findRule(call);
  group.rules = group.rules.filter((rule) => rule !== old);
  return NO_CONTENT;
}

const newRule = (body: Fields, position: number): Rule => ({
  id: randomUUID(),
  protocol: text(body, 'protocol') ?? 'TCP',
  direction: text(body, 'direction') ?? 'inbound',
  ip_range: text(body, 'ip_range') ?? '0.0.0.0/0',
  dest_ip_range: null,
  dest_port_from: count(body, 'dest_port_from'),
  dest_port_to: count(body, 'dest_port_to'),
  position,
  editable: true,
  action: text(body, 'action') ?? 'accept',
});

/** Outgoing mail is dropped on every group with default security; nobody can edit these. */
const mailRules = (): Rule[] =>
  ['0.0.0.0/0', '::/0']
    .flatMap((range) => [25, 465, 587].map((port) => ({ range, port })))
    .map(({ range, port }, index) => ({
      ...newRule({ direction: 'outbound', ip_range: range, dest_port_from: port, action: 'drop' }, index + 1),
      id: `11111111-2222-4333-8444-00000000000${index + 1}`,
      editable: false,
    }));

const ruleView = (call: Call, rule: Rule): object => ({ ...rule, zone: place(call) });

const rulesView = (call: Call, group: SecurityGroup): object[] =>
  [...(group.defaultSecurity ? mailRules() : []), ...group.rules].map((rule) => ruleView(call, rule));

function view(call: Call, group: SecurityGroup): object {
  const servers = call.world.servers.all().filter((server) => server.securityGroupId === group.id);
  return {
    id: group.id,
    creation_date: instanceTime(group.createdAt),
    modification_date: instanceTime(group.modifiedAt),
    name: group.name,
    description: group.description,
    organization: call.world.organization,
    project: group.project,
    servers: servers.map((server) => ({ id: server.id, name: server.name })),
    stateful: group.stateful,
    inbound_default_policy: group.inbound,
    outbound_default_policy: group.outbound,
    organization_default: false,
    project_default: group.projectDefault,
    enable_default_security: group.defaultSecurity,
    state: 'available',
    tags: group.tags,
    zone: group.place,
  };
}
