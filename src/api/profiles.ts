import { z } from 'zod';
import type { Profile } from '../core/profile.ts';
import { ConfigParams, ProfileBody } from './config.ts';
import type { ApiContext } from './context.ts';
import { theProfile } from './lookup.ts';
import { named, namesById } from './machine-view.ts';
import { type Api, actorOf } from './route.ts';
import { list, Named, Time } from './schemas.ts';

const params = z.object({ profile: z.string().describe('Name or id.') });
const tags = ['profiles'];

const ProfileView = z
  .object({
    id: z.string(),
    name: z.string(),
    provider: Named,
    image: z.string().nullable(),
    size: z.string().nullable(),
    location: z.string().nullable(),
    tags: list(z.string()),
    ssh: z.object({
      users: list(z.string()),
      port: z.number().int(),
      reach: z.enum(['public', 'private']),
      timeoutMs: z.number().int(),
      authorizedKeys: list(z.string()),
      jump: z
        .object({ host: z.string(), port: z.number().int(), user: z.string(), hostKey: z.string().nullable() })
        .nullable(),
    }),
    deploy: list(z.object({ kind: z.enum(['file', 'script', 'ssh-key']), name: z.string() })).describe(
      'What its deploy steps are called; what they hold is never shown.',
    ),
    onFailure: z.enum(['keep', 'retry', 'destroy']),
    protected: z.boolean().describe('Its machines are protected from being destroyed.'),
    options: z.record(z.string(), z.unknown()),
    origin: z.string(),
    createdAt: Time,
    updatedAt: Time,
  })
  .meta({ id: 'Profile' });

/** Profiles: reusable machine requests. */
export function profileRoutes(api: Api, context: ApiContext): void {
  const { world, requests } = context;
  const { store } = world.ports;

  async function viewer(): Promise<(profile: Profile) => z.output<typeof ProfileView>> {
    const providers = namesById(await store.providers.list());
    return (profile) => ({ ...profile, provider: named(profile.provider, providers) });
  }

  api.get(
    '/v1/profiles',
    { schema: { tags, summary: 'List profiles', response: { 200: z.object({ items: list(ProfileView) }) } } },
    async () => ({ items: (await store.profiles.list()).map(await viewer()) }),
  );

  api.get(
    '/v1/profiles/:profile',
    { schema: { tags, summary: 'Show a profile', params, response: { 200: ProfileView } } },
    async (request) => (await viewer())(await theProfile(store, request.params.profile)),
  );

  api.put(
    '/v1/profiles/:profile',
    {
      schema: {
        tags,
        summary: 'Save a profile',
        params: ConfigParams.profile,
        body: ProfileBody,
        response: { 200: ProfileView },
      },
    },
    async (request) => {
      const wanted = request.params.profile;
      const name = (await store.profiles.find(wanted))?.name ?? wanted;
      await requests.saveConfig(world, {
        providers: [],
        profiles: [{ ...request.body, name }],
        actor: actorOf(request),
      });
      return (await viewer())(await theProfile(store, name));
    },
  );

  api.delete(
    '/v1/profiles/:profile',
    { schema: { tags, summary: 'Remove a profile', params, response: { 204: z.null() } } },
    async (request, reply) => {
      const { id } = await theProfile(store, request.params.profile);
      await requests.removeProfile(world, { profile: id, actor: actorOf(request) });
      return reply.code(204).send(null);
    },
  );
}
