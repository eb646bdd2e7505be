import { isIPv6 } from 'node:net';
import { factsOf, type Render } from './host.ts';

/** Where Prometheus's node exporter listens. */
const NODE_EXPORTER = 9100;

/** File-based service discovery: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config */
export const prometheus: Render = (hosts) => {
  const targets = hosts.map((host) => {
    const at = isIPv6(host.ssh.host) ? `[${host.ssh.host}]` : host.ssh.host;
    const { id: _, native_id: __, ...facts } = factsOf(host);
    return { targets: [`${at}:${NODE_EXPORTER}`], labels: { machine: host.name, ...facts } };
  });
  return `${JSON.stringify(targets, null, 2)}\n`;
};
