"""Build dist/sitelight-VERSION.zip from the last commit and check it against the rules of the plugin site."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
NAME = "sitelight"
MAX_BYTES = 25 * 1024 * 1024
REQUIRED = ("metadata.txt", "__init__.py", "LICENSE", "README.md", "CHANGELOG.md", "plugin/plugin.py")
FORBIDDEN_SUFFIXES = {".pyc", ".so", ".dll", ".sh", ".bat", ".exe", ".zip", ".ts"}
FORBIDDEN_PARTS = {"tests", "__pycache__", ".git", "__MACOSX", ".venv", "demo"}


def git(*arguments: str) -> bytes:
    """Return what git prints for `arguments`."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout


def version_in(text: str, pattern: str) -> str:
    """Return the first group of `pattern` in `text`, or an empty text."""
    match = re.search(pattern, text, re.MULTILINE)
    return match.group(1) if match else ""


def find_version() -> str:
    """Return the version of the last commit; leave if metadata, changelog and project disagree."""
    versions = {
        name: version_in(git("show", f"HEAD:{name}").decode("utf-8"), pattern)
        for name, pattern in {
            "metadata.txt": r"^version=(.+)$",
            "CHANGELOG.md": r"^## (\d+\.\d+\.\d+)",
            "pyproject.toml": r'^version = "(.+)"',
        }.items()
    }
    if len(set(versions.values())) != 1:
        sys.exit(f"package: the versions differ: {versions}; make them equal, commit, and run it again.")
    return versions["metadata.txt"]


def compile_translations(folder: Path) -> list[Path]:
    """Compile the committed i18n/*.ts and return the .qm files."""
    sources = git("ls-files", "i18n/*.ts").decode().split()
    for name in sources:
        target = folder / Path(name).with_suffix(".qm").name
        lrelease = shutil.which("lrelease") or "/usr/lib/qt5/bin/lrelease"
        subprocess.run([lrelease, "-silent", str(ROOT / name), "-qm", str(target)], check=True)
    return sorted(folder.glob("*.qm"))


def build(target: Path) -> None:
    """Write the zip of the last commit, with compiled translations, to `target`."""
    archive = git("archive", "--format=zip", f"--prefix={NAME}/", "HEAD")
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(archive)
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(target, "a") as package:
        for path in compile_translations(Path(folder)):
            package.write(path, f"{NAME}/i18n/{path.name}", zipfile.ZIP_DEFLATED)


def find_problems(target: Path) -> list[str]:
    """Return what the plugin site would refuse, one sentence each."""
    with zipfile.ZipFile(target) as package:
        entries = [entry for entry in package.infolist() if not entry.is_dir()]
    names = [entry.filename for entry in entries]
    problems = [f"{entry.filename} is executable" for entry in entries if entry.external_attr >> 16 & 0o111]
    problems += [f"{name} is missing" for name in REQUIRED if f"{NAME}/{name}" not in names]
    for name in names:
        path = PurePosixPath(name)
        if path.parts[0] != NAME or ".." in path.parts or "\\" in name or ":" in name:
            problems.append(f"{name} lies outside {NAME}/")
        if path.suffix in FORBIDDEN_SUFFIXES or FORBIDDEN_PARTS & set(path.parts):
            problems.append(f"{name} does not belong in the package")
        if any(part.startswith(".") for part in path.parts):
            problems.append(f"{name} is hidden")
    if target.stat().st_size > MAX_BYTES:
        problems.append(f"the package has {target.stat().st_size} bytes, more than {MAX_BYTES}")
    return problems


def scan(target: Path) -> list[str]:
    """Return what Bandit and detect-secrets find in the unpacked package."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(target) as package:
            package.extractall(folder)
        bandit = subprocess.run(
            [sys.executable, "-m", "bandit", "-q", "-r", "-f", "txt", NAME],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        secrets = subprocess.run(
            [sys.executable, "-m", "detect_secrets", "scan", "--all-files", "--no-verify",
             "--exclude-files", "metadata.txt", NAME],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
    problems = [bandit.stdout.strip()] if bandit.returncode else []
    if '"results": {}' not in secrets.stdout:
        problems.append("detect-secrets found something:\n" + secrets.stdout)
    return problems


def inform(target: Path) -> list[str]:
    """Return how often flake8 says what, as the plugin site shows it: for information, it refuses nothing."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(target) as package:
            package.extractall(folder)
        command = [sys.executable, "-m", "flake8", "--max-line-length", "120", "--format", "%(code)s", NAME]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    counts = Counter(done.stdout.split())
    return [f"{code} {number}" for code, number in counts.most_common()] or done.stderr.splitlines()[-1:]


def main() -> None:
    """Build, check, and print where the package is, its size and its SHA-256."""
    if git("status", "--porcelain").strip():
        print("package: there are uncommitted changes; the package holds the last commit.")
    target = ROOT / "dist" / f"{NAME}-{find_version()}.zip"
    build(target)
    problems = find_problems(target) + scan(target)
    if problems:
        sys.exit("package: not fit for the plugin site:\n  " + "\n  ".join(problems))
    print("package: flake8, for information:", ", ".join(inform(target)) or "nothing")
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    print(f"{target.relative_to(ROOT)}  {target.stat().st_size:,} bytes  sha256 {digest}")


if __name__ == "__main__":
    main()
