/** Scaleway's answers, only the fields that are used. Source: the Instance v1, Marketplace v2, IAM v1alpha1 and Block v1 API documents. */
import * as z from 'zod';

const Tags = z.array(z.string()).default([]);

export const Server = z.object({
  id: z.string(),
  name: z.string(),
  project: z.string(),
  arch: z.string(),
  commercial_type: z.string(),
  state: z.string(),
  state_detail: z.string().nullish(),
  tags: Tags,
  image: z.object({ id: z.string().optional(), name: z.string().optional() }).nullish(),
  volumes: z.record(z.string(), z.object({ id: z.string(), volume_type: z.string() })).default({}),
  public_ips: z.array(z.object({ id: z.string(), address: z.string().nullable(), tags: Tags })).default([]),
  private_ip: z.string().nullish(),
  creation_date: z.string().nullish(),
  zone: z.string(),
});
export type Server = z.infer<typeof Server>;
export const ServerAnswer = z.object({ server: Server });
export const ServerPage = z.object({ servers: z.array(Server) });
export type ServerPage = z.infer<typeof ServerPage>;

export const TaskAnswer = z.object({ task: z.object({ id: z.string(), status: z.string() }) });

export const Volume = z.object({
  id: z.string(),
  name: z.string(),
  project: z.string(),
  volume_type: z.string(),
  tags: Tags,
  zone: z.string(),
});
export type Volume = z.infer<typeof Volume>;
export const VolumeAnswer = z.object({ volume: Volume });
export const VolumePage = z.object({ volumes: z.array(Volume) });

export const BlockVolume = z.object({
  id: z.string(),
  name: z.string(),
  project_id: z.string(),
  status: z.string(),
  tags: Tags,
  zone: z.string(),
});
export type BlockVolume = z.infer<typeof BlockVolume>;
export const BlockVolumePage = z.object({ volumes: z.array(BlockVolume), total_count: z.number() });

export const Ip = z.object({
  id: z.string(),
  /** Null for an IPv6 prefix that no machine uses yet. */
  address: z.string().nullable(),
  project: z.string(),
  type: z.string(),
  tags: Tags,
  zone: z.string(),
});
export type Ip = z.infer<typeof Ip>;
export const IpAnswer = z.object({ ip: Ip });
export const IpPage = z.object({ ips: z.array(Ip) });

export const ProductPage = z.object({
  servers: z.record(
    z.string(),
    z.object({
      arch: z.string(),
      ncpus: z.number(),
      ram: z.number(),
      alt_names: z.array(z.string()).default([]),
      volumes_constraint: z.object({ max_size: z.number() }).nullish(),
      hourly_price: z.number().nullish(),
      monthly_price: z.number().nullish(),
      end_of_service: z.boolean().default(false),
    }),
  ),
});
export const AvailabilityPage = z.object({ servers: z.record(z.string(), z.object({ availability: z.string() })) });

/** An image made by the account, or a public one asked for by id. */
export const OwnImage = z.object({
  id: z.string(),
  name: z.string(),
  project: z.string(),
  arch: z.string(),
  public: z.boolean(),
  root_volume: z.object({ volume_type: z.string() }).nullish(),
  creation_date: z.string().nullish(),
  modification_date: z.string().nullish(),
  zone: z.string(),
});
export type OwnImage = z.infer<typeof OwnImage>;
export const OwnImageAnswer = z.object({ image: OwnImage });
export const OwnImagePage = z.object({ images: z.array(OwnImage) });

export const MarketplaceImage = z.object({
  id: z.string(),
  name: z.string(),
  label: z.string(),
  /** Past this day it is in no list, but machines can still be made from it. */
  valid_until: z.string().nullish(),
  created_at: z.string().nullish(),
  updated_at: z.string().nullish(),
});
export type MarketplaceImage = z.infer<typeof MarketplaceImage>;
export const MarketplacePage = z.object({ images: z.array(MarketplaceImage), total_count: z.number() });

/** A marketplace image as one zone and one kind of root volume have it. Its id is what a machine is made from. */
export const LocalImage = z.object({
  id: z.string(),
  arch: z.string(),
  zone: z.string(),
  label: z.string(),
  type: z.string(),
  compatible_commercial_types: z.array(z.string()),
});
export type LocalImage = z.infer<typeof LocalImage>;
export const LocalImagePage = z.object({ local_images: z.array(LocalImage), total_count: z.number() });

export const ApiKey = z.object({ access_key: z.string(), default_project_id: z.string().nullish() });

export const SshKey = z.object({
  id: z.string(),
  name: z.string(),
  public_key: z.string(),
  project_id: z.string(),
  disabled: z.boolean().default(false),
});
export type SshKey = z.infer<typeof SshKey>;
export const SshKeyPage = z.object({ ssh_keys: z.array(SshKey), total_count: z.number() });

/** Every shape that an error comes in: the new standard ones and two older ones. All parts may be missing. */
export const Refusal = z
  .object({
    type: z.string(),
    message: z.string(),
    resource: z.string(),
    resource_id: z.string(),
    current_state: z.string(),
    precondition: z.string(),
    help_message: z.string(),
    reset_seconds: z.number(),
    details: z.array(
      z
        .object({
          argument_name: z.string(),
          reason: z.string(),
          help_message: z.string(),
          resource: z.string(),
          action: z.string(),
          quota: z.number(),
          current: z.number(),
        })
        .partial(),
    ),
    fields: z.record(z.string(), z.array(z.string())),
  })
  .partial();
export type Refusal = z.infer<typeof Refusal>;
