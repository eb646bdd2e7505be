#!/usr/bin/env bash
# The main job as a newcomer meets it: `npm start` in a fresh copy without node_modules, no terminal, an empty home; then
# once more. Run as root it does so for an ordinary user first. Looks at the emulator's dump, not at what was printed.
set -euo pipefail
cd "$(dirname "$0")/.."
source_tree=$PWD

try() {
  local user=$1 home
  home=$(mktemp -d)
  mkdir "$home/project"
  tar -C "$source_tree" --exclude ./node_modules --exclude ./.git --exclude ./.saltern -cf - . | tar -C "$home/project" -xf -
  if [ "$user" != root ]; then chown -R "$user" "$home"; fi
  chmod 755 "$home"
  local run=(env -i HOME="$home" USER="$user" LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin)
  [ "$user" = root ] || run=(runuser -u "$user" -- "${run[@]}")
  as() { (cd "$home/project" && "${run[@]}" "$@" </dev/null); }
  local begin=$SECONDS
  as npm start
  echo "npm start as $user, nothing installed: $((SECONDS - begin)) s"
  as node scripts/check-demo.mjs
  begin=$SECONDS
  as npm start
  echo "npm start as $user, again: $((SECONDS - begin)) s"
  as node scripts/check-demo.mjs
  as npm stop
  begin=$SECONDS
  as npm start >/dev/null 2>&1
  echo "npm start as $user, warm, a new cloud: $((SECONDS - begin)) s"
  as npm stop
  rm -rf "$home"
}

if [ "$(id -u)" = 0 ]; then
  id newcomer >/dev/null 2>&1 || useradd --no-create-home newcomer
  try newcomer
  try root
else
  try "$(id -un)"
fi
