#!/usr/bin/env bash
# Installs what is missing for Sitelight on Debian: packages by apt, then .venv beside the system's Python.
# Quick when nothing is missing. `setup.sh demo` and `setup.sh test` leave out what the demo and the tests do not need.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

needed_for="${1:-package}"
python=/usr/bin/python3
lists=(tests/dev/requirements.txt tests/dev/setup.sh)

missing_packages() {
    local package
    for package in $(awk -F: -v last="$needed_for" '
        /^#/ { next }
        found && $1 != last { exit }
        { found = $1 == last; print $2 }' tests/dev/apt.txt); do
        [[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" == installed ]] || echo "$package"
    done
}

install_packages() {
    local packages=("$@") as_root=()
    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null; then
            echo "setup: these Debian packages are missing: ${packages[*]}" >&2
            echo "setup: as root, run 'apt-get update && apt-get install --no-install-recommends ${packages[*]}'," \
                "then run this again." >&2
            exit 1
        fi
        as_root=(sudo)
    fi
    echo "setup: installing by apt, some minutes once: ${packages[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}

fill_venv() {
    echo "setup: installing the Python packages for tests into .venv"
    .venv/bin/python -c '' 2>/dev/null || "$python" -m venv --clear --system-site-packages .venv
    # Debian's compiled packages must stay: another numpy under Debian's pandas does not import.
    "$python" -c 'import numpy, pandas, scipy
for module in (numpy, pandas, scipy):
    print(f"{module.__name__}=={module.__version__}")' >.venv/constraints.txt
    .venv/bin/python -m pip install -q --disable-pip-version-check -c .venv/constraints.txt -r tests/dev/requirements.txt
    .venv/bin/python -c 'import duckdb, pandas, pyarrow, pytest_qgis, qgis.core'
}

if ! command -v apt-get >/dev/null; then
    echo "setup: this needs Debian 12 or newer (apt-get was not found)." >&2
    echo "setup: to only use the plugin, see 'Install' in README.md." >&2
    exit 1
fi

mapfile -t missing < <(missing_packages)
if ((${#missing[@]} > 0)); then
    install_packages "${missing[@]}"
fi
if [[ "$needed_for" == demo ]]; then
    exit # the demo runs in the system's own Python
fi

stamp=".venv/ready-$(cat "${lists[@]}" <("$python" -V) | sha256sum | cut -c1-16)"
if [[ ! -e "$stamp" ]] || ! .venv/bin/python -c '' 2>/dev/null; then
    fill_venv
    rm -f .venv/ready-*
    touch "$stamp"
fi
