import { randomUUID } from 'node:crypto';
import { type Call, type Fields, fields, listed, param, text, texts } from '../call.ts';
import { apiList, apiTime, created, instanceList, NO_CONTENT, ok } from '../house.ts';
import { route } from '../router.ts';
import { born } from '../world/store.ts';
import type { PlacementGroup } from '../world/types.ts';
import { projectOf } from './project.ts';
import { placementGroupView } from './server-view.ts';

const GROUPS = '/instance/v1/zones/:zone/placement_groups';
const GROUP = `${GROUPS}/:id`;
const GROUPS_V2 = '/instance/v2alpha1/zones/:zone/placement-groups';
const GROUP_V2 = `${GROUPS_V2}/:id`;

const find = (call: Call): PlacementGroup => call.world.placementGroups.get(call, param(call, 'id'));
const view = (call: Call) => (group: PlacementGroup) => placementGroupView(call.world, group);
const show = (call: Call, group: PlacementGroup) => ok({ placement_group: view(call)(group) });

/** /instance/v1/…/placement_groups, and the same groups in v2alpha1. */
export const PLACEMENT_GROUP_ROUTES = [
  route('GET', GROUPS, (call) =>
    instanceList(call, 'placement_groups', listed(call, call.world.placementGroups.all()).map(view(call))),
  ),
  route('POST', GROUPS, (call) => {
    const body = fields(call);
    const group = create(call, body, projectOf(call, body, 'project', 'compute_placement_groups'));
    return created(call, 'placement_groups', 'placement_group', group.id, view(call)(group));
  }),
  route('GET', GROUP, (call) => show(call, find(call))),
  route('PATCH', GROUP, (call) => show(call, update(call))),
  route('PUT', GROUP, (call) => show(call, update(call))),
  route('DELETE', GROUP, remove),
  route('GET', `${GROUP}/servers`, (call) => {
    const group = find(call);
    const servers = call.world.servers.all().filter((server) => server.placementGroupId === group.id);
    return ok({ servers: servers.map(({ id, name }) => ({ id, name, policy_respected: true })) });
  }),
  route('GET', GROUPS_V2, (call) =>
    apiList(call, 'placement_groups', listed(call, call.world.placementGroups.all()).map(viewV2)),
  ),
  route('POST', GROUPS_V2, (call) => {
    const body = fields(call);
    return ok(viewV2(create(call, body, projectOf(call, body, 'project_id', 'compute_placement_groups'))));
  }),
  route('GET', GROUP_V2, (call) => ok(viewV2(find(call)))),
  route('PATCH', GROUP_V2, (call) => ok(viewV2(update(call)))),
  route('DELETE', GROUP_V2, remove),
];

const create = (call: Call, body: Fields, project: string): PlacementGroup =>
  call.world.placementGroups.add({
    ...born(call, text(body, 'name') ?? `pg-${randomUUID().slice(0, 8)}`, project, texts(body, 'tags') ?? []),
    policyMode: text(body, 'policy_mode') ?? 'optional',
    policyType: text(body, 'policy_type') ?? 'max_availability',
  });

function update(call: Call): PlacementGroup {
  const group = find(call);
  const body = fields(call);
  const type = text(body, 'policy_type');
  group.name = text(body, 'name') ?? group.name;
  group.tags = texts(body, 'tags') ?? group.tags;
  group.policyMode = text(body, 'policy_mode') ?? group.policyMode;
  if (type !== null && type !== 'unknown_policy_type') group.policyType = type;
  group.modifiedAt = call.world.clock.now();
  return group;
}

function remove(call: Call) {
  const group = find(call);
  for (const server of call.world.servers.all()) {
    if (server.placementGroupId === group.id) server.placementGroupId = null;
  }
  call.world.placementGroups.remove(group.id);
  return NO_CONTENT;
}

const viewV2 = (group: PlacementGroup): object => ({
  project_id: group.project,
  name: group.name,
  id: group.id,
  policy_type: group.policyType,
  tags: group.tags,
  created_at: apiTime(group.createdAt),
  updated_at: apiTime(group.modifiedAt),
  zone: group.place,
});
