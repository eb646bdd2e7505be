import type { Scene } from './harness.ts';

const ZONE = '/instance/v1/zones/fr-par-1';

export interface MadeByOthers {
  readonly size?: string;
  readonly tags?: readonly string[];
  /** Stays stopped, as it is right after it was made. */
  readonly stopped?: boolean;
  /** cloud-init user data, by name. */
  readonly userData?: Readonly<Record<string, string>>;
}

/** What other people's tools do: instances made through the cloud's own API, with nothing of ours on them. Their native ids. */
export async function madeByOthers(
  scene: Scene,
  names: readonly string[],
  { size = 'DEV1-S', tags = [], stopped = false, userData = {} }: MadeByOthers = {},
): Promise<string[]> {
  const query = 'image_label=debian_bookworm&zone=fr-par-1&type=instance_local&arch=x86_64';
  const { local_images: images } = await ask(scene, 'GET', `/marketplace/v2/local-images?${query}`);
  const [{ id: image }] = images as [{ id: string }];
  const ids: string[] = [];
  for (const name of names) {
    const { server } = await ask(scene, 'POST', `${ZONE}/servers`, { name, commercial_type: size, image, tags });
    const { id } = server as { id: string };
    const { [name]: data } = userData;
    if (data !== undefined) await ask(scene, 'PATCH', `${ZONE}/servers/${id}/user_data/cloud-init`, data);
    if (!stopped) await ask(scene, 'POST', `${ZONE}/servers/${id}/action`, { action: 'poweron' });
    ids.push(id);
  }
  while (
    !stopped &&
    scene.emulator.admin.dump(false).servers.some(({ id, state }) => ids.includes(id) && state !== 'running')
  ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return ids;
}

/** Puts the controller's login key on every machine that is made from now on, as an account's owner does. */
export async function authorizeController(scene: Scene): Promise<void> {
  const { publicKey } = await scene.client.request('GET', '/v1/controller');
  await ask(scene, 'POST', '/iam/v1alpha1/ssh-keys', { name: 'saltern', public_key: publicKey });
}

export async function terminate(scene: Scene, id: string): Promise<void> {
  await ask(scene, 'POST', `${ZONE}/servers/${id}/action`, { action: 'terminate' });
}

/** A volume that hangs on no machine. Answers with its id. */
export async function loneVolume(scene: Scene, name: string): Promise<string> {
  const body = { name, size: 10_000_000_000, volume_type: 'l_ssd' };
  const { volume } = await ask(scene, 'POST', `${ZONE}/volumes`, body);
  return (volume as { id: string }).id;
}

export async function removeVolume(scene: Scene, id: string): Promise<void> {
  await ask(scene, 'DELETE', `${ZONE}/volumes/${id}`);
}

async function ask(
  scene: Scene,
  method: string,
  path: string,
  body?: object | string,
): Promise<Record<string, unknown>> {
  const env = scene.emulator.env();
  const project = { project: env['SCW_DEFAULT_PROJECT_ID'], project_id: env['SCW_DEFAULT_PROJECT_ID'] };
  const response = await fetch(scene.emulator.url + path, {
    method,
    headers: { 'x-auth-token': env['SCW_SECRET_KEY'] ?? '' },
    ...(typeof body === 'string' && { body }),
    ...(typeof body === 'object' && { body: JSON.stringify({ ...project, ...body }) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? {} : JSON.parse(text);
}
