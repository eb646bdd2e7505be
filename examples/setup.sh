#!/bin/sh
# Installs a package and leaves a mark that tells which machine this is.
set -eu
echo "setting up $(hostname)"
apt-get update
apt-get install -y nginx
systemctl enable --now nginx
mkdir -p /srv/saltern
printf '%s %s\n' "$1" "$(cat /etc/machine-id)" >/srv/saltern/marker
echo "done on $(hostname)"
