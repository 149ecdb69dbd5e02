#!/usr/bin/env bash
# Runs tests on another QGIS: `bash tests/qgis.sh 3.44 [TEST ...]`, by default those of the parts that meet QGIS, and
# `tables`: the tables of studies made there must be the same as those made with the QGIS of this machine.
# It makes a Debian of its own that has that version (3.5 GB and some minutes once) in SITELIGHT_QGIS_CACHE, by default
# ~/.cache/sitelight, and copies the tree there. Needs root, or sudo without a password. Where that cannot be made, it
# says so in one line and ends with 75; any other code is that of the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly cannot=75 making_limit=900 # seconds for each of base and packages: CI has an hour and a half for all of it
version="${1:-}"
tests=("${@:2}")
((${#tests[@]} > 0)) || tests=(tables tests/data tests/tasks tests/layers tests/gui tests/algorithms tests/plugin)

give_up() {
    echo "test-qgis: QGIS $version WAS NOT TESTED: $1" >&2
    exit "$cannot"
}

case "$version" in
    3.40 | 3.44) ;; # Debian 13 has the first, its backports the second
    *)
        echo "test-qgis: VERSION is 3.40 or 3.44; on the QGIS that is installed the tests run by tests/run.sh" >&2
        exit 2
        ;;
esac
if ((EUID != 0)); then
    sudo -n true 2>/dev/null || give_up "this needs root, or sudo that asks no password."
    exec sudo -n --preserve-env env HOME="$HOME" bash tests/qgis.sh "$version" "${tests[@]}"
fi

cache="${SITELIGHT_QGIS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sitelight}"
root="$cache/qgis-$version"
mirror="${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
log="$cache/qgis-$version.log"

make_base() {
    rm -rf --one-file-system "$root" "$root.new"
    timeout "$making_limit" unshare --mount debootstrap --variant=minbase --include=ca-certificates trixie "$root.new" \
        "$mirror" >"$log" 2>&1 || give_up "debootstrap failed, see $log."
    if [[ "$version" == 3.44 ]]; then
        echo "deb $mirror trixie-backports main" >"$root.new/etc/apt/sources.list.d/backports.list"
        printf 'Package: *qgis*\nPin: release n=trixie-backports\nPin-Priority: 900\n' \
            >"$root.new/etc/apt/preferences.d/qgis"
    fi
    # What is lost when the power fails is made anew.
    echo force-unsafe-io >"$root.new/etc/dpkg/dpkg.cfg.d/sitelight"
    mkdir -p "$root.new/srv/sitelight"
    mv "$root.new" "$root"
}

# Mounts belong to this one command and go with it; a chroot that was left can be removed like any folder. What tests
# write (about 1 GB) stays in memory: thousands of small GeoPackages wait for no disk.
inside() {
    # shellcheck disable=SC2016
    unshare --mount bash -c '
        mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
            mount -t tmpfs -o size=4g tmpfs "$1/tmp" || exit 75
        exec env -u TMPDIR -u DISPLAY -u XDG_RUNTIME_DIR -u XDG_CACHE_HOME HOME=/root LANG=C.UTF-8 LC_ALL=C.UTF-8 \
            QT_QPA_PLATFORM=offscreen PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            PYTHONDONTWRITEBYTECODE= chroot "$1" bash -c "cd /srv/sitelight && ${*:2}"' inside "$root" "$@"
}

copy_tree() {
    find "$root/srv/sitelight" -mindepth 1 -maxdepth 1 ! -name '.venv*' -exec rm -rf {} +
    tar --exclude=./.git --exclude-from=<(sed 's#^/#./#; s#/$##' .gitignore) -cf - . | tar -C "$root/srv/sitelight" -xf -
}

# What `make bench versions` tells: outcomes of whole folders of tests by time and commit, hashes and versions.
keep_record() {
    local record="build/qgis-$version" made="$root/srv/sitelight/build" folder
    mkdir -p "$record"
    [[ ! -e "$made/here.json" ]] || cp "$made/tables/hashes.json" "$made/here.json" "$record/"
    for folder in "${named[@]}"; do
        [[ -d "$folder" ]] || return 0
    done
    [[ ! -e "$made/tests.xml" ]] || cp "$made/tests.xml" "$record/$(date +%s)-$(git rev-parse --short HEAD || true).xml"
}

# A tree without history cannot build the zip that a user installs: it is built here.
take_package() {
    PYTHONPATH=tests .venv/bin/python -c 'import sys, pathlib; from dev import package
package.build(pathlib.Path(sys.argv[1]))' "$root/srv/sitelight/build/sitelight.zip" ||
        echo "test-qgis: no zip was built here (git or .venv is missing): its tests are left out" >&2
}

# Both at once: each keeps one processor busy.
compare_tables() {
    local folder here there make='-m dev.version_tables make' code=0
    if ! .venv/bin/python -c 'import qgis.core' 2>/dev/null; then
        echo "test-qgis: no tables to compare with: 'bash tests/dev/setup.sh test' makes a .venv with QGIS." >&2
        return 1
    fi
    folder="$(mktemp -d)"
    # shellcheck disable=SC2086
    PYTHONPATH=tests QT_QPA_PLATFORM=offscreen QGIS_CUSTOM_CONFIG_PATH="$folder/profile" \
        .venv/bin/python $make "$folder/tables" >"$folder/log" 2>&1 &
    here=$!
    inside "PYTHONPATH=tests QGIS_CUSTOM_CONFIG_PATH=/srv/sitelight/build/profile .venv/bin/python $make build/tables" || code=1
    wait "$here" || { cat "$folder/log" && code=1; }
    there="$root/srv/sitelight/build/tables"
    ((code != 0)) || PYTHONPATH=tests .venv/bin/python -m dev.version_tables compare "$folder/tables" "$there" || code=1
    cp "$folder/tables/hashes.json" "$root/srv/sitelight/build/here.json" || code=1
    rm -rf "$folder"
    return "$code"
}

mkdir -p "$cache"
exec 9>"$cache/qgis-$version.lock"
flock 9
unshare --mount mount -t proc proc /proc 2>/dev/null ||
    give_up "nothing can be mounted here (a container without rights?)."
if ! command -v debootstrap >/dev/null; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap; } >"$log" 2>&1 ||
        give_up "debootstrap is missing and apt-get cannot install it, see $log."
fi
[[ -d "$root/srv/sitelight" ]] || make_base
copy_tree
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
take_package
# Where a proxy stands between, this machine trusts it by a certificate of its own.
cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
echo "test-qgis: preparing QGIS $version in $root"
export -f inside
export root
timeout "$making_limit" bash -c 'inside "dpkg --configure -a && update-ca-certificates && bash tests/dev/setup.sh test"' >"$log" 2>&1 ||
    give_up "its packages cannot be installed, see $log."
found="$(inside "dpkg-query -W -f '\${Version}' qgis")"
[[ "$found" == "$version".* ]] || give_up "Debian now has $found."
[[ ! -e "$root/srv/sitelight/build/sitelight.zip" ]] || export SITELIGHT_PACKAGE=build/sitelight.zip
echo "test-qgis: QGIS $found, ${tests[*]}"
code=0
named=()
for test in "${tests[@]}"; do
    if [[ "$test" == tables ]]; then
        compare_tables || code=$?
    else
        named+=("$test")
    fi
done
((${#named[@]} == 0)) || inside ".venv/bin/python -m pytest -n 2 --dist loadfile --junit-xml=build/tests.xml ${named[*]}" || code=$?
keep_record
exit "$code"
