import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What tells whether a path changed: kind, mode, owner, size and content. Null when there is nothing. */
export function describePath(path: string): string | null {
  const seen = lstatSync(path, { throwIfNoEntry: false });
  if (!seen) return null;
  const owner = `${seen.mode.toString(8)} ${seen.uid}:${seen.gid}`;
  if (seen.isDirectory()) return `folder ${owner}`;
  if (seen.isSymbolicLink()) return `link ${owner} ${readlinkSync(path)}`;
  if (!seen.isFile()) return `special ${owner}`;
  return `file ${owner} ${seen.size} ${createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16)}`;
}

/** Every path below a folder, described. */
export function fileTree(root: string): Map<string, string> {
  const tree = new Map<string, string>();
  const visit = (path: string) => {
    const described = describePath(join(root, path));
    if (described === null) return;
    tree.set(path, described);
    if (!described.startsWith('folder')) return;
    for (const name of readdirSync(join(root, path))) visit(join(path, name));
  };
  visit('.');
  return tree;
}

/** `+ path`, `- path` and `~ path: before → after`, for what differs. */
export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path) => {
    const [was, is] = [before.get(path), after.get(path)];
    if (was === is) return [];
    if (was === undefined) return [`+ ${path}: ${is}`];
    return is === undefined ? [`- ${path}: ${was}`] : [`~ ${path}: ${was} → ${is}`];
  });
}
