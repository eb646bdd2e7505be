import { driverContract } from '../../../test/contract/driver.ts';
import { emulated } from '../../../test/support/emulated-scaleway.ts';

driverContract({ name: 'scaleway, dynamic address', open: () => emulated() });

driverContract({
  name: 'scaleway, reserved address and block storage',
  open: () => emulated({}, { public_ip: 'flexible', root_volume: { type: 'sbs_volume' } }),
});

driverContract({ name: 'scaleway, IPv6 only', open: () => emulated({}, { public_ip: 'ipv6' }) });
