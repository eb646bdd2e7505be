import { listed } from '../call.ts';
import { ok } from '../house.ts';
import { route } from '../router.ts';

/** /instance/v1/…/dashboard: how much of everything there is in one zone. */
export const DASHBOARD_ROUTES = [
  route('GET', '/instance/v1/zones/:zone/dashboard', (call) => {
    const { world } = call;
    const servers = listed(call, world.servers.all());
    const types = Map.groupBy(servers, (server) => server.commercialType);
    const volumes = listed(call, world.volumes.all());
    const ips = listed(call, world.ips.all()).filter((ip) => !ip.dynamic);
    return ok({
      dashboard: {
        volumes_count: volumes.length,
        running_servers_count: servers.filter((server) => server.state === 'running').length,
        servers_by_types: Object.fromEntries([...types].map(([type, some]) => [type, some.length])),
        images_count: listed(call, world.images.all()).length,
        snapshots_count: listed(call, world.snapshots.all()).length,
        servers_count: servers.length,
        ips_count: ips.length,
        security_groups_count: listed(call, world.securityGroups.all()).length,
        ips_unused: ips.filter((ip) => ip.serverId === null).length,
        volumes_l_ssd_count: volumes.filter((volume) => volume.kind === 'l_ssd').length,
        volumes_l_ssd_total_size: volumes.reduce((sum, volume) => sum + (volume.kind === 'l_ssd' ? volume.size : 0), 0),
        private_nics_count: listed(call, world.privateNics.all()).length,
        placement_groups_count: listed(call, world.placementGroups.all()).length,
      },
    });
  }),
];
