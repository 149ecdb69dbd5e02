#!/usr/bin/env bash
# Installs what is missing, makes a synthetic Sahel, studies it in the real QGIS, prints what was recovered and leaves
# project and pictures in demo/. Needs no display, and of a bare Debian only bash. `--seed 11` makes another world.
# The last line tells the outcome.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tell_outcome() {
    local code=$?
    if ((code == 0)); then
        echo "demo: done in $SECONDS s; the pictures are demo/*.png"
    else
        echo "demo: FAILED (exit code $code) after $SECONDS s; the reason stands above"
    fi
}

trap tell_outcome EXIT
bash tests/dev/setup.sh demo
PYTHONPATH=tests /usr/bin/python3 -m demo "$@"
