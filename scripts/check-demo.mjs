// After `npm start`: the emulator's own dump holds exactly three instances; in each one's file system lies the deploy
// script's marker with that machine's own id; each pinned host key is the machine's own; the map that it tells to try next
// can be planned. Exits 1 and says why otherwise.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const home = process.env.SALTERN_HOME ?? '.saltern';
const { url } = JSON.parse(readFileSync(`${home}/emulator.json`, 'utf8'));
const dump = await (await fetch(`${url}/_emulator/dump`)).json();
const list = execFileSync('node_modules/node/bin/node', ['bin/saltern', 'machine', 'list', '-o', 'json'], {
  env: { ...process.env, SALTERN_HOME: home },
  encoding: 'utf8',
});
const machines = JSON.parse(list);
const problems = [];
const expect = (truth, text) => truth || problems.push(text);

expect(dump.servers.length === 3, `the cloud holds ${dump.servers.length} instances, not 3`);
expect(machines.length === 3, `the inventory holds ${machines.length} machines, not 3`);
for (const server of dump.servers) {
  const machine = machines.find((each) => each.nativeId === server.id);
  const files = server.machine?.files ?? {};
  const id = files['/etc/machine-id']?.trim();
  expect(machine?.status === 'ready', `${server.name} is ${machine?.status}`);
  expect(
    id && files['/srv/saltern/marker'] === `hello ${id}\n`,
    `${server.name}: wrong marker ${files['/srv/saltern/marker']}`,
  );
  const own = (server.machine?.hostKeys ?? []).map((key) => key.split(' ').slice(0, 2).join(' '));
  expect(
    machine?.hostKeys.length === 1 && own.includes(machine.hostKeys[0]),
    `${server.name}: the pinned host key is not its own`,
  );
}
// What is told to try next: a shell that has read the demo's environment sees the fleet that is wanted. 2: there is more to do.
const plan = `. '${resolve(home)}/demo.sh'; exec "$0" bin/saltern plan -f examples/fleet.yaml -o name`;
const planned = spawnSync('sh', ['-c', plan, 'node_modules/node/bin/node'], { encoding: 'utf8' });
expect(
  planned.status === 2 && planned.stdout.split(/\s+/).includes('web-4'),
  `plan of examples/fleet.yaml: exit code ${planned.status}\n${planned.stdout}${planned.stderr}`,
);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${dump.servers.length} instances checked, ${problems.length} problems\n`);
process.exit(problems.length === 0 ? 0 : 1);
