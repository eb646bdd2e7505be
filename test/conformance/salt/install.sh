#!/usr/bin/env bash
# Real Salt in a virtual environment, for judge.py: install.sh DIRECTORY, then SALTERN_SALT_PYTHON=DIRECTORY/bin/python.
# Does nothing when it is there already. PYTHON names another interpreter (Salt 3006 wants 3.7 to 3.11).
set -euo pipefail

venv=${1:?usage: install.sh DIRECTORY}
requirements=$(dirname "$0")/requirements.txt

if cmp -s "$requirements" "$venv/installed.txt"; then exit 0; fi

"${PYTHON:-python3}" -m venv --clear "$venv"
# --no-deps: the rest that Salt names (a web server, message queues) is not needed here.
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps --requirement "$requirements"
"$venv/bin/python" -c 'import salt.cloud, salt.output'
# Written last: an installation that was cut off is made again.
cp "$requirements" "$venv/installed.txt"
