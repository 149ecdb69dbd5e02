"""Lets the file system refuse what that of Windows refuses: `install()` does so for the rest of the process,
a test does it with `monkeypatch.setattr`.

A file that this process has open is neither replaced, renamed nor removed, nor a folder that holds one (SQLite and
GDAL open files so that Windows refuses that, too). No name has one of the characters that Windows keeps for itself,
and `Path.resolve` raises for such names, as Python 3.9 does there. `bash tests/run.sh windows` runs tests like this.
"""

from __future__ import annotations

import builtins
import errno
import os
import pathlib
import re
from typing import Any, Callable, Union

SWITCH = "SITELIGHT_WINDOWS_FILES"
FORBIDDEN = re.compile(r'[<>:"|?*]')
PathLike = Union[str, bytes, "os.PathLike[str]", int]


def install(put: Callable[[Any, str, Any], None] = setattr) -> None:
    """Replace what Python's own modules and the plugin call of the operating system, by `put(owner, name, value)`."""
    for name in ("replace", "rename", "unlink", "remove", "rmdir"):
        put(os, name, _refusing_open(getattr(os, name)))
    for name in ("stat", "lstat", "open", "mkdir"):
        put(os, name, _refusing_names(getattr(os, name)))
    put(builtins, "open", _refusing_names(builtins.open))
    resolve = pathlib.Path.resolve
    put(pathlib.Path, "resolve", lambda path, strict=False: (_require_name(path), resolve(path, strict))[1])


def open_files() -> list[str]:
    """Return the paths of the files that this process has open."""
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:
            continue  # the listing's own
    return found


def _refusing_open(function: Callable[..., Any]) -> Callable[..., Any]:
    def refuse(*paths: PathLike, **options: Any) -> Any:
        for path in paths:
            _require_closed(path, options.get("dir_fd"))
        return function(*paths, **options)

    return refuse


def _refusing_names(function: Callable[..., Any]) -> Callable[..., Any]:
    def refuse(path: PathLike, *arguments: Any, **options: Any) -> Any:
        _require_name(path)
        return function(path, *arguments, **options)

    return refuse


def _require_closed(path: PathLike, folder: Any) -> None:
    parent = f"/proc/self/fd/{folder}" if folder is not None else ""
    whole = os.path.realpath(os.path.join(parent, os.fspath(path)))
    if any(one == whole or one.startswith(f"{whole}/") for one in open_files()):
        raise PermissionError(errno.EACCES, "The process cannot access the file because it is being used", str(path))


def _require_name(path: PathLike) -> None:
    if isinstance(path, (str, os.PathLike)) and FORBIDDEN.search(os.fspath(path)):
        raise OSError(errno.EINVAL, "The filename, directory name, or volume label syntax is incorrect", str(path))
