import { namedUuid } from '../random.ts';
import type { Arch, Image } from '../world/types.ts';
import { ZONES } from './zones.ts';

interface ImageFacts {
  readonly label: string;
  readonly name: string;
  readonly description: string;
  readonly categories: readonly string[];
  readonly archs: readonly Arch[];
  /** Past its end of life: left out of lists unless asked for. */
  readonly endOfLife: boolean;
}

const BOTH: readonly Arch[] = ['arm64', 'x86_64'];

const image = (label: string, name: string, archs: readonly Arch[] = BOTH, endOfLife = false): ImageFacts => {
  const description = `${name} for every Instance type of its architecture.`;
  return { label, name, description, categories: ['distribution'], archs, endOfLife };
};

/** What the marketplace offers. */
export const MARKETPLACE: readonly ImageFacts[] = [
  image('almalinux_9', 'AlmaLinux 9'),
  image('centos_stream_9', 'CentOS Stream 9', ['x86_64']),
  image('debian_bullseye', 'Debian Bullseye'),
  image('debian_bookworm', 'Debian Bookworm'),
  image('debian_trixie', 'Debian Trixie'),
  image('docker', 'Docker', ['x86_64']),
  image('fedora_41', 'Fedora 41'),
  image('openvpn', 'OpenVPN', ['x86_64']),
  image('rockylinux_9', 'Rocky Linux 9'),
  image('ubuntu_bionic', 'Ubuntu Bionic Beaver', ['x86_64'], true),
  image('ubuntu_focal', 'Ubuntu 20.04 Focal Fossa'),
  image('ubuntu_jammy', 'Ubuntu 22.04 Jammy Jellyfish'),
  image('ubuntu_jammy_gpu_os_12', 'Ubuntu Jammy GPU OS 12', ['x86_64']),
  image('ubuntu_noble', 'Ubuntu 24.04 Noble Numbat'),
];

/** Organization and project that own every public image. */
export const MARKETPLACE_OWNER = '51b656e3-4865-41e8-adbc-0c45bdd780db';
const PUBLISHED = Date.UTC(2026, 4, 12, 15, 20, 10);

export type LocalImageType = 'instance_local' | 'instance_sbs';

/** One marketplace image in one zone, for one architecture and one kind of root volume. */
export interface LocalImage {
  readonly id: string;
  readonly label: string;
  readonly arch: Arch;
  readonly zone: string;
  readonly type: LocalImageType;
}

export const imageId = (label: string): string => namedUuid(`image ${label}`);
export const versionId = (label: string): string => namedUuid(`version ${label}`);

/** Local images of a label, local storage first as with order_by=type_asc. ARM sizes have block storage only. */
function localImagesOf(facts: ImageFacts): LocalImage[] {
  return ZONES.flatMap((zone) =>
    (['instance_local', 'instance_sbs'] as const).flatMap((type) =>
      facts.archs
        .filter((arch) => type === 'instance_sbs' || arch === 'x86_64')
        .map((arch) => ({
          id: namedUuid(`local ${facts.label} ${zone} ${type} ${arch}`),
          label: facts.label,
          arch,
          zone,
          type,
        })),
    ),
  );
}

export const LOCAL_IMAGES: ReadonlyMap<string, LocalImage> = new Map(
  MARKETPLACE.flatMap(localImagesOf).map((local) => [local.id, local]),
);

export const labelName = (label: string): string => MARKETPLACE.find((one) => one.label === label)?.name ?? label;

/** A marketplace image as the instance API shows it under the local image's id. */
export function publicImage(local: LocalImage): Image {
  const name = labelName(local.label);
  const snapshot = namedUuid(`snapshot ${local.id}`);
  const rootVolume =
    local.type === 'instance_sbs'
      ? { id: snapshot, name: '', volume_type: 'sbs_snapshot' as const, size: 0 }
      : { id: snapshot, name: `snapshot-${local.label}`, volume_type: 'l_ssd' as const, size: 10_000_000_000 };
  return {
    id: local.id,
    place: local.zone,
    project: MARKETPLACE_OWNER,
    organization: MARKETPLACE_OWNER,
    createdAt: PUBLISHED,
    modifiedAt: PUBLISHED,
    visibleAt: 0,
    name,
    tags: [],
    label: local.label,
    arch: local.arch,
    isPublic: true,
    rootVolume,
    extraVolumes: {},
    fromServer: '',
  };
}
