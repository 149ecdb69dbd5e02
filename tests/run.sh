#!/usr/bin/env bash
# Installs what is missing, then checks style and types and runs all tests. Needs no display and no input, and of a bare
# Debian only bash. `bash tests/run.sh lint types` runs the named steps alone. The last line tells the outcome.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export QT_QPA_PLATFORM=offscreen

# Tests that turn on clocks and calendars run once more where the day starts elsewhere.
time_zones=(Europe/Athens America/St_Johns)
time_tests='time or date or zone or hour or night'

lint() { .venv/bin/python -m ruff check .; }

types() { .venv/bin/python -m mypy; }

# Two processes, each with whole files: a world of a file is made once. Compiled tests are kept, whatever the shell says.
run_pytest() { PYTHONDONTWRITEBYTECODE='' .venv/bin/python -m pytest -n 2 --dist loadfile "$@"; }

zones() {
    local zone files
    mapfile -t files < <(grep -rlE "def test_\w*(${time_tests// or /|})" tests --include='test_*.py' --exclude-dir=rules)
    for zone in "${time_zones[@]}"; do
        echo "time-related tests under TZ=$zone"
        TZ=$zone run_pytest -m 'not slow' -k "$time_tests" "${files[@]}"
    done
}

tests() {
    bash tests/dev/peers.sh trackintel
    bash tests/dev/peers.sh qt6
    # `make bench versions` tells the outcome, as that of other QGIS.
    mkdir -p build/qgis-here
    run_pytest --junit-xml="build/qgis-here/$(date +%s)-$(git rev-parse --short HEAD 2>/dev/null || true).xml"
}

# The engine where numpy's default integer has 32 bits, as on Windows, and all that writes files where open ones stay.
integers() { SITELIGHT_NARROW_INTEGERS=1 run_pytest tests/engine tests/data; }

windows() { SITELIGHT_WINDOWS_FILES=1 run_pytest tests/data tests/gui tests/algorithms tests/plugin; }

tell_outcome() {
    local code=$?
    if ((code == 0)); then
        echo "tests: passed (${steps[*]}) in $SECONDS s"
    else
        echo "tests: FAILED in the step '$step' (exit code $code) after $SECONDS s"
    fi
}

steps=("$@")
if ((${#steps[@]} == 0)); then
    steps=(lint types zones tests)
fi
step=setup
trap tell_outcome EXIT
bash tests/dev/setup.sh test
for step in "${steps[@]}"; do
    case "$step" in
        lint | types | zones | tests | integers | windows) "$step" ;;
        *)
            echo "tests: there is no step '$step'; the steps are lint, types, zones, tests, integers and windows" >&2
            exit 2
            ;;
    esac
done
