import { expect, test } from 'vitest';
import { parseHostList, parseHosts } from './enrol-hosts.ts';

const short = (text: string) =>
  parseHosts(text).map(
    ({ name, user, host, port }) => `${name}=${user ? `${user}@` : ''}${host}${port ? `:${port}` : ''}`,
  );

test.each([
  ['10.0.0.5', ['10-0-0-5=10.0.0.5']],
  ['db-1=10.0.0.5', ['db-1=10.0.0.5']],
  ['web_1.example.org', ['web-1=web_1.example.org']],
  ['db-1=admin@db.example.org:2222', ['db-1=admin@db.example.org:2222']],
  [
    'root@10.0.0.9-11:2222',
    ['10-0-0-9=root@10.0.0.9:2222', '10-0-0-10=root@10.0.0.10:2222', '10-0-0-11=root@10.0.0.11:2222'],
  ],
  ['10.0.0.254-10.0.1.1', ['10-0-0-254=10.0.0.254', '10-0-0-255=10.0.0.255', '10-0-1-0=10.0.1.0', '10-0-1-1=10.0.1.1']],
  ['192.0.2.9/30', ['192-0-2-9=192.0.2.9', '192-0-2-10=192.0.2.10']],
  ['192.0.2.8/31', ['192-0-2-8=192.0.2.8', '192-0-2-9=192.0.2.9']],
  ['192.0.2.8/32', ['192-0-2-8=192.0.2.8']],
  ['web[08-10].example.org', ['web08=web08.example.org', 'web09=web09.example.org', 'web10=web10.example.org']],
  ['web[1,3,9-10]', ['web1=web1', 'web3=web3', 'web9=web9', 'web10=web10']],
  ['r[1-2]-[a,b]', ['r1-a=r1-a', 'r1-b=r1-b', 'r2-a=r2-a', 'r2-b=r2-b']],
  ['rack[01-02]=10.0.0.10-11', ['rack01=10.0.0.10', 'rack02=10.0.0.11']],
  ['six=2001:db8::1', ['six=2001:db8::1']],
  ['six=[2001:db8::1]:2222', ['six=2001:db8::1:2222']],
])('%s', (written, hosts) => {
  expect(short(written)).toEqual(hosts);
});

test.each([
  ['10.0.0.20-10', 'ends before it begins'],
  ['10.0.0.300', 'neither a name nor an address'],
  ['10.0.0.0/8', 'more than 1000'],
  ['10.0.0.0/40', 'no network'],
  ['10.0.0.1-999', 'no end of a range'],
  ['web[1-2', 'bracket'],
  ['web[1..2]', 'no range'],
  ['rack[01-03]=10.0.0.10-11', '3 names for 2 addresses'],
  ['web-1:99999', 'no port'],
  ['ro ot@web-1', 'no user'],
  ['root@-oProxyCommand', 'neither a name nor an address'],
  ['web[1-9999]', 'more than 1000'],
  ['', 'neither a name nor an address'],
])('%s is refused: %s', (written, why) => {
  expect(() => parseHosts(written)).toThrow(why);
});

test('a list has one a line, comments, and the line of what is wrong', () => {
  const list = '# the first rack\nrack-1=10.0.0.1  # spare\n\nadmin@10.0.0.2-3\r\n';
  expect(parseHostList(list, 'hosts').map(({ name }) => name)).toEqual(['rack-1', '10-0-0-2', '10-0-0-3']);
  expect(() => parseHostList('a\nb c@d:0\n', 'hosts')).toThrow(expect.objectContaining({ where: 'hosts:2' }));
});
