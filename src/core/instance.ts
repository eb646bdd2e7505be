import type { Arch } from './catalog.ts';
import type { SeenResource } from './resource.ts';

/** Where an instance is in its life, in words common to all backends. Each driver maps its own in `statuses.ts`. */
export const INSTANCE_STATUSES = [
  'creating',
  'stopped',
  'starting',
  'running',
  'stopping',
  'destroying',
  'locked',
  'unknown',
] as const;
export type InstanceStatus = (typeof INSTANCE_STATUSES)[number];

export interface Address {
  readonly ip: string;
  readonly family: 4 | 6;
  readonly reach: 'public' | 'private';
}

/** What the backend has, as the driver saw it. */
export interface Instance extends SeenResource {
  readonly status: InstanceStatus;
  readonly size: string;
  readonly image: string | null;
  readonly imageName: string | null;
  readonly arch: Arch | null;
  readonly addresses: readonly Address[];
  readonly tags: readonly string[];
  /** ISO 8601, or null where the backend does not tell. */
  readonly createdAt: string | null;
  /** Where SSH answers when it is not port 22 of the first address (an emulator, a port forward). */
  readonly sshPort?: number;
  /** The host key that SSH must show there, where a person gave it. */
  readonly sshHostKey?: string;
}

/** What is to be made. Names are resolved (`Driver.resolve`) before anything is bought. */
export interface InstanceSpec<Options = unknown> {
  readonly name: string;
  /** The image's native id. */
  readonly image: string;
  readonly size: string;
  readonly location: string;
  /** cloud-init user data, whole. May hold a secret: never logged. */
  readonly userData: string | null;
  readonly tags: readonly string[];
  /** The backend-only settings of the profile, checked by the driver's `Options`. */
  readonly options: Options;
}

/** What a request asks for, in people's words. */
export interface InstanceRequest {
  readonly image: string;
  readonly size?: string;
  readonly location?: string;
}
