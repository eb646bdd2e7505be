import { BLOCK_ROUTES } from './api/block.ts';
import { DASHBOARD_ROUTES } from './api/dashboard.ts';
import { IAM_ROUTES } from './api/iam.ts';
import { IMAGE_ROUTES } from './api/images.ts';
import { IPAM_ROUTES } from './api/ipam.ts';
import { IP_ROUTES } from './api/ips.ts';
import { MARKETPLACE_ROUTES } from './api/marketplace.ts';
import { PLACEMENT_GROUP_ROUTES } from './api/placement-groups.ts';
import { PRIVATE_NIC_ROUTES } from './api/private-nics.ts';
import { PRODUCT_ROUTES } from './api/products.ts';
import { SECURITY_GROUP_ROUTES } from './api/security-groups.ts';
import { SERVER_ROUTES } from './api/servers.ts';
import { SNAPSHOT_ROUTES } from './api/snapshots.ts';
import { USER_DATA_ROUTES } from './api/user-data.ts';
import { VOLUME_ROUTES } from './api/volumes.ts';
import { VPC_ROUTES } from './api/vpc.ts';
import { Router } from './router.ts';

/** Every endpoint of the emulated cloud. */
export const ROUTER = new Router([
  ...SERVER_ROUTES,
  ...USER_DATA_ROUTES,
  ...IP_ROUTES,
  ...PRODUCT_ROUTES,
  ...SECURITY_GROUP_ROUTES,
  ...MARKETPLACE_ROUTES,
  ...DASHBOARD_ROUTES,
  ...IAM_ROUTES,
  ...BLOCK_ROUTES,
  ...IMAGE_ROUTES,
  ...IPAM_ROUTES,
  ...PLACEMENT_GROUP_ROUTES,
  ...PRIVATE_NIC_ROUTES,
  ...SNAPSHOT_ROUTES,
  ...VOLUME_ROUTES,
  ...VPC_ROUTES,
]);
