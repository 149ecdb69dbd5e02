"""A PostgreSQL server with PostGIS for tests: in a folder of its own, reached only through a socket in it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

NAME = "pings"
NOT_ROOT = "postgres"  # the user that Debian's package makes: PostgreSQL refuses to run as root


def programs() -> Optional[Path]:
    """Return the folder of the newest server's programs that has PostGIS, None where Debian's packages are missing."""
    found = [
        folder for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if (folder / "initdb").is_file()
        and Path(f"/usr/share/postgresql/{folder.parent.name}/extension/postgis.control").is_file()
    ]
    return max(found, key=lambda folder: float(folder.parent.name), default=None)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Start a server, yield the address of its database as QGIS takes it, stop it and remove all of it."""
    binaries = programs()
    assert binaries is not None, "install postgresql-postgis (bash tests/dev/setup.sh test)"
    user = NOT_ROOT if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, NOT_ROOT)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(binaries / program), *arguments], check=True, stdout=subprocess.DEVNULL, cwd=folder,
            user=user if os.geteuid() == 0 else None, env={**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder)},
        )  # fmt: skip

    try:
        run("initdb", "-D", str(folder / "data"), "-U", user, "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c shared_buffers=16MB"
        run("pg_ctl", "-D", str(folder / "data"), "-w", "-l", str(folder / "log"), "-o", options, "start")
        run("createdb", "-h", str(folder), "-U", user, NAME)
        run("psql", "-q", "-h", str(folder), "-U", user, "-c", "CREATE EXTENSION postgis", NAME)
        yield f"dbname='{NAME}' host={folder} port=5432 user='{user}'"
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            run("pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)
