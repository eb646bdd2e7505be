import { type Figure, median } from './figure.ts';
import { LIMITS } from './fleet.ts';
import { newHome, openCloud, openScene } from './scene.ts';

const ROUNDS = 3;
const MACHINES = 4;
const DEPLOY = [{ kind: 'script', name: 'trivial.sh', content: '#!/bin/sh\ntrue\n' }] as const;

/** How much later a machine is ready because of one script that does nothing. Both kinds are made at the same time. */
export async function measureDeploy(): Promise<Figure[]> {
  const home = newHome();
  const cloud = await openCloud(home);
  const scene = await openScene(home);
  const plain = {
    name: 'plain',
    provider: 'paris',
    image: 'debian_bookworm',
    size: 'DEV1-S',
    ssh: { port: cloud.sshPort },
  };
  await scene.client.request('POST', '/v1/config', {
    body: {
      providers: [{ name: 'paris', driver: 'scaleway', settings: cloud.settings, limits: LIMITS }],
      profiles: [plain, { ...plain, name: 'scripted', deploy: DEPLOY }],
    },
  });
  for (let round = 1; round <= ROUNDS; round += 1) {
    const make = (profile: string) =>
      scene.create(
        Array.from({ length: MACHINES }, (_, i) => `${profile}-${round}-${i + 1}`),
        profile,
      );
    await Promise.all([make('plain'), make('scripted')]);
  }
  const { items } = await scene.client.request('GET', '/v1/machines');
  const elapsed = (profile: string) =>
    median(
      items.filter((machine) => machine.profile?.name === profile).map((machine) => machine.elapsedMs ?? Number.NaN),
    );
  const [without, scripted] = [elapsed('plain'), elapsed('scripted')];
  await scene.close();
  await cloud.close();
  const note = `${Math.round(scripted)} ms with, ${Math.round(without)} ms without, medians of ${ROUNDS * MACHINES}`;
  return [
    { what: 'one trivial deploy script, per machine', value: (scripted - without) / 1000, unit: 's', limit: 1, note },
  ];
}
