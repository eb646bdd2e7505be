import { SalternError } from '../core/error.ts';
import type { Shell, SshTarget } from '../core/shell.ts';
import { beforeFunctions } from './before-scripts.ts';
import { address } from './errors.ts';
import { bareKey } from './keys.ts';
import { quote } from './quote.ts';

export interface KeyAddition {
  readonly publicKey: string;
  readonly user: string;
  /** Whether what the file was is kept on the machine first. */
  readonly remember: boolean;
}

/**
 * Adds a key to a user's authorized_keys when it is not there yet. What is there stays, with its mode and owner; what is
 * made gets those that sshd asks for. `invalid` when it is no public key or the user has no home.
 */
export async function addKey(
  shell: Shell,
  target: SshTarget,
  { publicKey, user, remember }: KeyAddition,
  signal: AbortSignal,
): Promise<'added' | 'there'> {
  const key = bareKey(publicKey);
  if (key === null || /[\r\n]/.test(publicKey.trim())) {
    throw new SalternError('invalid', 'the deploy step holds no SSH public key', {
      field: 'public_key',
      hint: 'Give one line as in a `.pub` file: `ssh-ed25519 AAAA… comment`.',
    });
  }
  const own = user === shell.user;
  const keep = remember ? target.machine : null;
  const script = addKeyScript({ user, own, line: publicKey.trim(), key, keep });
  const result = await shell.run({ script, sudo: !own }, signal);
  if (result.code === 0) return result.stdout.includes('added') ? 'added' : 'there';
  throw new SalternError(
    'invalid',
    `cannot add an SSH key for ${user} on ${address(target)}: ${result.stderr.trim()}`,
    { hint: 'See that the user exists on the machine and has a home directory.' },
  );
}

interface Added {
  readonly user: string;
  readonly own: boolean;
  readonly line: string;
  readonly key: string;
  /** The machine under whose name the file is remembered. */
  readonly keep: string | null;
}

/** Written beside and renamed: a file that is half there locks everybody out. Behind a link it is the file that is changed. */
function addKeyScript({ user, own, line, key, keep }: Added): string {
  const home = own ? '$HOME' : `$(getent passwd "$user" | cut -d: -f6)`;
  const plain = 'remember() { :; }; wrote() { :; }; make_folder() { mkdir -p -m "$2" "$1"; }; record=';
  return `
    set -eu; umask 077
    user=${quote(user)}; line=${quote(line)}; key=${quote(key)}
    home=${home}
    [ -n "$home" ] && [ -d "$home" ] || { echo "no such user, or no home directory" >&2; exit 1; }
    ${keep === null ? plain : beforeFunctions(keep)}
    file=$home/.ssh/authorized_keys
    if [ -L "$file" ]; then file=$(readlink -f "$file"); fi
    if [ -f "$file" ] && grep -v '^[[:space:]]*#' "$file" | grep -qF "$key"; then exit 0; fi
    remember "$file"
    fresh=$([ -d "$home/.ssh" ] && echo no || echo yes)
    make_folder "$home/.ssh" 700
    new=$(mktemp "$(dirname "$file")/.saltern.XXXXXX")
    trap 'rm -f "$new"' EXIT
    owner=; mode=600
    if [ -f "$file" ]; then mode=$(stat -c %a "$file"); cp -p "$file" "$new"; chmod u+w "$new"
    else owner=$user:$(id -gn "$user"); fi
    if [ -s "$new" ] && [ -n "$(tail -c 1 "$new")" ]; then echo >> "$new"; fi
    printf '%s\\n' "$line" >> "$new"
    chmod "$mode" "$new"
    if [ "$(id -u)" = 0 ]; then
      if [ -n "$owner" ]; then chown "$owner" "$new"; fi
      if [ "$fresh" = yes ]; then chown "$user:$(id -gn "$user")" "$home/.ssh"; fi
    fi
    if [ -n "$record" ]; then printf '%s\\n' "$key" >> "$record/lines"; fi
    wrote "$new"
    mv -f "$new" "$file"
    echo added`;
}
