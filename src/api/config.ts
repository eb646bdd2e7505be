import { z } from 'zod';
import { assertAllowed } from './auth.ts';
import type { ApiContext } from './context.ts';
import { type Api, actorOf, callerOf } from './route.ts';
import { list } from './schemas.ts';

/** Names of providers and profiles, as Salt Cloud's files have them: `alias:driver` is one of several drivers of an alias. */
const ConfigName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,127}(:[\w-]{1,63})?$/, 'must be letters, digits, `_`, `.` and `-`');
const Settings = z.record(z.string(), z.unknown());
const Origin = z.string().default('api').describe('Where it was written: `file:line`.');

/** A provider without its name: the body of a PUT. */
export const ProviderBody = z
  .strictObject({
    driver: z.string(),
    settings: Settings.default({}).describe("The driver's settings, secrets among them; never shown again."),
    limits: z
      .strictObject({
        concurrency: z.number().int().min(1).optional(),
        requestsPerSecond: z.number().positive().optional(),
        burst: z.number().int().min(1).optional(),
      })
      .optional(),
    origin: Origin,
  })
  .meta({ id: 'ProviderBody' });

const DeployStep = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('file'),
      path: z.string().startsWith('/', 'must be a full path'),
      content: z.string(),
      mode: z
        .string()
        .regex(/^0?[0-7]{3,4}$/, 'must be octal, like 0644')
        .optional(),
      owner: z.string().optional(),
      sudo: z.boolean().optional(),
      perMachine: z.boolean().optional().describe('`{{ machine }}` in the content stands for the name of the machine.'),
    }),
    z.strictObject({
      kind: z.literal('script'),
      name: z.string().min(1),
      content: z.string(),
      args: z.array(z.string()).optional(),
      env: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string()).optional(),
      sudo: z.boolean().optional(),
      timeoutMs: z.number().int().positive().optional(),
      onInterrupted: z.enum(['fail', 'again']).optional(),
    }),
    z.strictObject({
      kind: z.literal('ssh-key'),
      publicKey: z.string().regex(/^(ssh|ecdsa|sk)-\S+ \S+/, 'must be an OpenSSH public key'),
      user: z.string().optional(),
    }),
  ])
  .meta({ id: 'DeployStep' });

const Ssh = z.strictObject({
  users: z.array(z.string()).min(1).optional(),
  port: z.number().int().min(1).max(65_535).optional(),
  reach: z.enum(['public', 'private']).optional(),
  timeoutMs: z.number().int().positive().optional(),
  authorizedKeys: z.array(z.string()).optional(),
  jump: z
    .strictObject({
      host: z.string(),
      port: z.number().int().min(1).max(65_535).optional(),
      user: z.string().optional(),
      hostKey: z
        .string()
        .nullish()
        .transform((key) => key ?? null),
    })
    .nullish(),
});

/** A profile without its name: the body of a PUT. */
export const ProfileBody = z
  .strictObject({
    provider: z.string().describe('Name or id.'),
    image: z.string().nullish().describe('Left out only for machines that exist before us.'),
    size: z.string().nullish(),
    location: z.string().nullish(),
    tags: z.array(z.string()).optional(),
    ssh: Ssh.optional(),
    deploy: z.array(DeployStep).optional(),
    userData: z.string().nullish(),
    onFailure: z.enum(['keep', 'retry', 'destroy']).optional(),
    protected: z.boolean().optional().describe('Its machines are protected from being destroyed.'),
    login: z
      .strictObject({
        password: z.string().optional(),
        privateKey: z.string().optional(),
        passphrase: z.string().optional(),
      })
      .nullish()
      .describe("How to get in before the controller's key is there; never shown again."),
    options: Settings.optional(),
    origin: Origin,
  })
  .meta({ id: 'ProfileBody' });

const ProviderConfig = ProviderBody.extend({ name: ConfigName }).meta({ id: 'ProviderConfig' });
const ProfileConfig = ProfileBody.extend({ name: ConfigName }).meta({ id: 'ProfileConfig' });

const ConfigBody = z
  .strictObject({
    providers: z.array(ProviderConfig).default([]),
    profiles: z.array(ProfileConfig).default([]),
  })
  .meta({ id: 'Config' });

const SavedView = z
  .object({
    saved: list(
      z.object({
        kind: z.enum(['provider', 'profile']),
        name: z.string(),
        change: z.enum(['created', 'updated', 'unchanged']),
      }),
    ),
  })
  .meta({ id: 'Saved' });

/** Saving what files say: all of it or nothing. */
export function configRoutes(api: Api, context: ApiContext): void {
  api.post(
    '/v1/config',
    {
      schema: {
        tags: ['config'],
        summary: 'Save providers and profiles, all together',
        body: ConfigBody,
        response: { 200: SavedView },
      },
    },
    (request) => {
      const { providers, profiles } = request.body;
      // Whoever names an endpoint decides where its secrets are sent.
      if (providers.length > 0) assertAllowed(callerOf(request), 'admin', 'saving providers');
      return context.requests.saveConfig(context.world, { providers, profiles, actor: actorOf(request) });
    },
  );
}

/** The name in a PUT's path, checked as in a bundle. */
export const ConfigParams = {
  provider: z.object({ provider: ConfigName }),
  profile: z.object({ profile: ConfigName }),
};
