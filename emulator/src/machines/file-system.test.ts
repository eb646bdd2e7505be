import { describe, expect, it } from 'vitest';
import { FileSystem } from './file-system.ts';
import type { Credentials } from './inode.ts';

const ann: Credentials = { uid: 1000, gid: 1000, groups: [1000, 27], umask: 0o022 };
const bob: Credentials = { uid: 1001, gid: 1001, groups: [1001], umask: 0o077 };

function fresh(): FileSystem {
  const files = new FileSystem(() => 0);
  files.mkdir('/home/ann', undefined, { recursive: true });
  files.chown('/home/ann', ann.uid, ann.gid);
  files.mkdir('/tmp');
  files.chmod('/tmp', 0o1777);
  return files;
}

describe('file system of a memory machine', () => {
  it('checks owner, group and others, for files and on the way to them', () => {
    const files = fresh();
    files.write('/home/ann/a', 'text', ann);
    expect(files.text('/home/ann/a', bob)).toBe('text');
    expect(() => files.write('/home/ann/a', 'x', bob)).toThrow('EACCES');
    expect(() => files.write('/home/ann/b', 'x', bob)).toThrow('EACCES');
    files.chmod('/home/ann', 0o700, ann);
    expect(() => files.read('/home/ann/a', bob)).toThrow('EACCES');
    files.install('/etc/shared', 'g', 0o640);
    files.chown('/etc/shared', 0, 27);
    expect(files.text('/etc/shared', ann)).toBe('g');
    expect(() => files.read('/etc/shared', bob)).toThrow('EACCES');
    expect(() => files.chmod('/etc/shared', 0o666, ann)).toThrow('EPERM');
    expect(() => files.chown('/home/ann/a', bob.uid, bob.gid, ann)).toThrow('EPERM');
  });

  it('follows links, also on the way, and finds loops', () => {
    const files = fresh();
    files.install('/usr/bin/tool', 'program');
    files.symlink('usr/bin', '/bin');
    expect(files.text('/bin/tool')).toBe('program');
    expect(files.realpath('/bin/../bin/tool')).toBe('/bin/tool'.replace('/bin', '/usr/bin'));
    files.write('/bin/new', 'x');
    expect(files.text('/usr/bin/new')).toBe('x');
    files.symlink('/loop2', '/loop1');
    files.symlink('/loop1', '/loop2');
    expect(() => files.read('/loop1')).toThrow('ELOOP');
    files.remove('/bin');
    expect(files.text('/usr/bin/tool')).toBe('program');
  });

  it('applies the umask, replaces by rename, shares by hard link, guards sticky directories', () => {
    const files = fresh();
    files.write('/tmp/b', 'bob', bob);
    expect(files.get('/tmp/b').mode).toBe(0o600);
    expect(() => files.remove('/tmp/b', ann)).toThrow('EPERM');
    files.write('/tmp/a', 'one', ann);
    files.write('/tmp/a.new', 'two', ann);
    files.link('/tmp/a.new', '/tmp/a.linked', ann);
    files.rename('/tmp/a.new', '/tmp/a', ann);
    expect([files.text('/tmp/a'), files.find('/tmp/a.new')]).toEqual(['two', null]);
    files.write('/tmp/a.linked', '!', ann, 'append');
    expect(files.text('/tmp/a')).toBe('two!');
    files.mkdir('/tmp/d/e', ann, { recursive: true });
    expect(() => files.mkdir('/tmp/d', ann)).toThrow('EEXIST');
    expect(() => files.rename('/tmp/d', '/tmp/d/e/f', ann)).toThrow('EINVAL');
    expect(() => files.remove('/tmp/d', ann, { directory: true })).toThrow('ENOTEMPTY');
    expect(() => files.write('/nowhere/x', '')).toThrow('ENOENT');
    expect(() => files.write('/tmp/a/x', '')).toThrow('ENOTDIR');
  });
});
