import { quote } from './quote.ts';

/**
 * What a machine was before us, kept on the machine itself: below /var/lib/saltern/before/<machine> for root or
 * ~/.saltern/before/<machine> for others (0700). A record per path, numbered in the order they were first touched:
 *
 *   path    where it belongs
 *   was     the thing itself, with mode, owner and time; not there when there was nothing
 *   wrote   checksum of all that we ever put there: tells ours from what others wrote later. Noted before it is put there
 *   lines   for authorized_keys: the keys that we added
 *
 * and beside them `made`: the directories that we had to make. Each is written before the change that it remembers, so that
 * a cut in between loses nothing. Plain POSIX sh, as busybox has it.
 */
export function beforeFunctions(machine: string): string {
  return `
    base=\${HOME-}/.saltern; if [ "$(id -u)" = 0 ]; then base=/var/lib/saltern; fi
    before=$base/before/${quote(machine.replaceAll(/[^A-Za-z0-9_-]/g, '-'))}
    there() { [ -e "$1" ] || [ -L "$1" ]; }
    digest() {
      if [ -L "$1" ]; then readlink "$1"
      elif command -v sha256sum >/dev/null 2>&1; then sha256sum < "$1" | cut -d' ' -f1
      else cksum < "$1"; fi
    }
    remember() {
      (umask 077; mkdir -p "$before")
      n=1
      while [ -d "$before/$n" ]; do
        record=$before/$n; n=$((n + 1))
        if [ "$(cat "$record/path")" = "$1" ]; then return 0; fi
      done
      rm -rf "$before/new"; (umask 077; mkdir "$before/new")
      printf '%s' "$1" > "$before/new/path"
      if there "$1"; then cp -pP "$1" "$before/new/was"; fi
      record=$before/$n; mv "$before/new" "$record"
    }
    make_folder() {
      if [ -d "$1" ]; then return 0; fi
      make_folder "$(dirname "$1")" "$2"
      printf '%s\\n' "$1" >> "$before/made"
      mkdir -m "$2" "$1" || [ -d "$1" ]
    }
    wrote() { digest "$1" >> "$record/wrote"; }`;
}

/**
 * Puts everything back, last touched first, so that the key that let us in goes last. Says a sentence for each thing that
 * somebody else changed since, which is left as it is. The folders of our scripts go, and all else of ours.
 */
export function leaveScript(machine: string, operations: readonly string[]): string {
  return `
    set -u; umask 077; trap '' HUP PIPE
    ${beforeFunctions(machine)}
    ${PUT_BACK}
    for operation in ${operations.map(quote).join(' ')}; do rm -rf "$base/steps/$operation"-*; done
    n=1; while [ -d "$before/$n" ]; do n=$((n + 1)); done
    while [ "$n" -gt 1 ]; do
      n=$((n - 1)); record=$before/$n; path=$(cat "$record/path")
      put_back || { echo "$path could not be put back" >&2; exit 1; }
    done
    if [ -f "$before/made" ]; then
      sort -ru "$before/made" | while IFS= read -r folder; do rmdir "$folder" 2>/dev/null; done
    fi
    rm -rf "$before"
    rmdir "$base/before" "$base/steps" "$base" 2>/dev/null
    exit 0`;
}

const PUT_BACK = `
    replace() { cp -pP "$1" "$path.saltern" && mv -f "$path.saltern" "$path"; }
    ours() { there "$path" && [ -f "$record/wrote" ] && grep -qxF "$(digest "$path")" "$record/wrote"; }
    as_before() {
      if ! there "$record/was"; then ! there "$path"; return; fi
      there "$path" && [ "$(digest "$path")" = "$(digest "$record/was")" ]
    }
    without_our_lines() {
      mode=$(stat -c %a "$path") && cp -p "$path" "$path.saltern" && chmod u+w "$path.saltern" || return 1
      grep -vF -f "$record/lines" "$path" > "$path.saltern"
      [ $? -le 1 ] && chmod "$mode" "$path.saltern" || return 1
      if [ -s "$path.saltern" ] || there "$record/was"; then mv -f "$path.saltern" "$path"
      else rm -f "$path.saltern" "$path"; fi
    }
    put_back() {
      if ours; then
        if there "$record/was"; then replace "$record/was"; else rm -f "$path"; fi
      elif as_before; then return 0
      elif ! there "$path"; then echo "$path was taken away since: it is left so"
      elif [ -f "$record/lines" ]; then
        echo "$path was edited since: only our own line was taken out"
        without_our_lines
      else echo "$path was changed since: it is left as it is"; fi
    }`;
