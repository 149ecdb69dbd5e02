"""Compare the tables of three studies made by two commits, to the last digit: for changes that must change no result.

    .venv/bin/python tests/dev/compare_commits.py BASE [HEAD]

BASE and HEAD are anything git knows as a commit; HEAD may be `worktree` (the default), the files as they are now. Each
is driven by its Processing algorithms in a process of its own (study_tables.py says what is run on what). Compared are
all tables of all GeoPackages written: columns, rows and their order, types, every bit of floats and geometries; and
every byte of the scenario's files. Left out are GeoPackage's own tables and what differs in any two runs: in `run` the
rows started, finished, retain_until and versions, in `audit` the columns time, previous_hash and hash, in
`layer_styles` update_time, the project (it holds times), and the folder written to.

Leaves with 0 when all is equal, with 1 when something differs. `--processor` runs HEAD as if on an older processor:
with BASE and HEAD the same commit, it shows what depends on the processor.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from table_differences import differences_of_files, differences_of_geopackages

ROOT = Path(__file__).resolve().parents[2]
RUNNER = Path(__file__).with_name("study_tables.py")
STUDIES = ("ships", "city", "demo")
WORKTREE = "worktree"
PROCESSORS = {
    "avx2": {"NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL",
             "OPENBLAS_CORETYPE": "Haswell"},
    "sse3": {"NPY_DISABLE_CPU_FEATURES": "SSSE3 SSE41 POPCNT SSE42 AVX F16C FMA3 AVX2 "
                                         "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL",
             "OPENBLAS_CORETYPE": "Prescott",
             "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable,-FMA4_Usable"},
}  # fmt: skip
"""What numpy, OpenBLAS and the C library of an x86 computer are told, so that they do without newer instructions."""


def git(*arguments: str) -> bytes:
    """Return what git prints for `arguments`."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout


def take_tree(commit: str, folder: Path) -> Path:
    """Return a folder with the plugin as it is in `commit`."""
    if commit == WORKTREE:
        return ROOT
    tree = folder / "sitelight"
    with tarfile.open(fileobj=io.BytesIO(git("archive", commit))) as archive:
        archive.extractall(tree)
    return tree


def make_tables(commit: str, out: Path, data: Path, studies: list[str], settings: dict[str, str]) -> None:
    """Run the studies with the plugin of `commit`, with `settings` in the environment; files go to `out`."""
    print(f"running {', '.join(studies)} with {commit} {settings or ''}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        own = {"QT_QPA_PLATFORM": "offscreen", "QGIS_CUSTOM_CONFIG_PATH": name, **settings}
        tree = take_tree(commit, Path(name))
        call = [sys.executable, str(RUNNER), str(tree), str(out), str(data), *studies]
        if subprocess.run(call, env={**os.environ, **own}, check=False).returncode != 0:
            sys.exit(f"compare: the studies could not be run with {commit}; its own words are above.")


def tables_of_base(keep: Path, commit: str, data: Path, studies: list[str]) -> Path:
    """Return the folder with the tables of BASE, made unless `keep` has them from the same commit and runner."""
    runner = hashlib.sha256(RUNNER.read_bytes()).hexdigest()[:12]
    out = keep / f"{git('rev-parse', f'{commit}^{{commit}}').decode().strip()[:12]}-{runner}-{'-'.join(studies)}"
    if not (out / "complete").exists():
        out.mkdir(parents=True, exist_ok=True)
        make_tables(commit, out, data, studies, {})
        (out / "complete").touch()
    return out


def report(base: Path, head: Path) -> bool:
    """Print file by file and table by table what differs; return whether anything does."""
    names = {path.relative_to(base) for path in base.rglob("*") if path.is_file() and path.name != "complete"}
    names_now = {path.relative_to(head) for path in head.rglob("*") if path.is_file()}
    found = False
    for name in sorted(names | names_now):
        if name not in names or name not in names_now:
            print(f"{name}: only {'HEAD' if name in names_now else 'BASE'} wrote it")
            found = True
            continue
        compare = differences_of_geopackages if name.suffix == ".gpkg" else differences_of_files
        for part, lines in compare(base / name, head / name):
            print(f"{name} {part}: {'DIFFERENT' if lines else 'equal'}")
            print("".join(f"    {line}\n" for line in lines), end="")
            found |= bool(lines)
    return found


def main() -> None:
    """Make both, compare, say it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base")
    parser.add_argument("head", nargs="?", default=WORKTREE)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the shared data")
    parser.add_argument("--studies", nargs="+", choices=STUDIES, default=list(STUDIES))
    parser.add_argument("--keep", type=Path, help="folder in which the tables of BASE are kept for the next time")
    parser.add_argument("--processor", choices=PROCESSORS, help="run HEAD without instructions newer than these")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="for HEAD's environment")
    given = parser.parse_args()
    settings = {**PROCESSORS.get(given.processor, {}), **dict(one.split("=", 1) for one in given.set)}
    with tempfile.TemporaryDirectory() as name:
        base = tables_of_base(given.keep or Path(name), given.base, given.data.resolve(), given.studies)
        head = Path(name) / "head"
        head.mkdir()
        make_tables(given.head, head, given.data.resolve(), given.studies, settings)
        found = report(base, head)
    print("compare: " + ("something DIFFERS" if found else "everything is equal"))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
