#!/usr/bin/env bash
# Installs the tools that ours are compared with into .venv-peers, which has a numpy of its own; quick when they are there.
# `peers.sh trackintel` installs the one that tests run beside ours, `peers.sh peers` all of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

list="tests/dev/requirements-$1.txt"
stamp=".venv-peers/ready-$(cat "$list" tests/dev/requirements-trackintel.txt | sha256sum | cut -c1-16)"
if [[ -e "$stamp" ]] && .venv-peers/bin/python -c '' 2>/dev/null; then
    exit
fi
echo "setup: installing what $list names into .venv-peers"
.venv-peers/bin/python -c '' 2>/dev/null || /usr/bin/python3 -m venv --clear .venv-peers
.venv-peers/bin/python -m pip install -q --disable-pip-version-check -r "$list"
touch "$stamp"
