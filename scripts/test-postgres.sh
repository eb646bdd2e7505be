#!/bin/sh
# Starts a throwaway PostgreSQL in a temporary directory, runs "$@" with SALTERN_TEST_POSTGRES set to its URL, and stops it.
# Uses the newest server that Debian's packages installed, or the one in PATH; as root it runs as the user postgres.
set -eu

[ $# -gt 0 ] || { echo "usage: $0 COMMAND [ARGUMENT...]" >&2; exit 2; }

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$bin" ]; then
  postgres=$(command -v postgres) || { echo "$0: no PostgreSQL server found: apt-get install postgresql" >&2; exit 1; }
  bin=$(dirname "$postgres")
fi

dir=$(mktemp -d)
as() { "$@"; }
if [ "$(id -u)" -eq 0 ]; then
  chown postgres "$dir"
  as() { runuser -u postgres -- "$@"; }
fi

finish() {
  (cd / && as "$bin/pg_ctl" -D "$dir/data" -m immediate -s stop) || true
  rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# A free port, as the system gives it; the socket directory is ours alone.
port=$(node -e "const s=require('node:net').createServer().listen(0,'127.0.0.1',()=>{console.log(s.address().port);s.close()})")
(
  cd /
  as "$bin/initdb" -D "$dir/data" -U saltern --auth=trust --encoding=UTF8 --no-sync >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
  as "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -s -w -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$dir" start ||
    { cat "$dir/server.log" >&2; exit 1; }
)

SALTERN_TEST_POSTGRES="postgres://saltern@127.0.0.1:$port/postgres" "$@"
