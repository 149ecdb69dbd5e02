"""Streams of packed data: gzip, bzip2, xz and Zstandard, told apart by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import importlib
import importlib.util
import io
import lzma
import zipfile
import zlib
from typing import Any, BinaryIO, Callable, Optional

from ..engine.base import InputError

HEAD_BYTES = 6
SUFFIXES = (".gz", ".bz2", ".xz", ".zst", ".zstd")
BUFFER_BYTES = 1 << 18
# Zstandard can make 128 KB of four bytes: what is given to its unpacker at once grows to some megabytes at most.
_ZSTANDARD_BYTES = 1 << 10
GZIP = b"\x1f\x8b"
_OPENERS: dict[bytes, Callable[[Any], Any]] = {
    GZIP: lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_DAMAGED = (zlib.error, lzma.LZMAError, EOFError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile)


def without_packing(name: str) -> str:
    """Return a file name in lower case without the suffix of a packing."""
    name = name.lower()
    return next((name[: -len(suffix)] for suffix in SUFFIXES if name.endswith(suffix)), name)


def is_packed(head: bytes) -> bool:
    """Return whether a file that begins with `head` is packed."""
    return head.startswith((*_OPENERS, _ZSTANDARD))


def unpacked(file: BinaryIO, head: bytes, name: str) -> BinaryIO:
    """Return a stream of what is packed in `file`, which begins with `head`; of the file itself if it is not packed.

    What is damaged raises OSError while it is read. Raises InputError where nothing here can unpack it.
    """
    opener = next((open_one for first, open_one in _OPENERS.items() if head.startswith(first)), None)
    if head.startswith(_ZSTANDARD):
        opener = _zstandard_opener()
        if opener is None:
            raise InputError(
                f"{name} is packed with Zstandard, which this QGIS cannot unpack: unpack it (zstd -d), or install the"
                " Python package zstandard."
            )
    return io.BufferedReader(_Guarded(file if opener is None else opener(file), file), BUFFER_BYTES)


def _zstandard_opener() -> Optional[Callable[[Any], Any]]:
    """Return what opens Zstandard with the Python that is here, None if nothing does."""
    if importlib.util.find_spec("zstandard") is not None:
        make = importlib.import_module("zstandard").ZstdDecompressor
        return lambda file: _Zstandard(file, lambda: make().decompressobj())
    if importlib.util.find_spec("compression") is not None:  # Python 3.14
        return importlib.import_module("compression.zstd").ZstdFile
    if importlib.util.find_spec("pyarrow") is not None:
        arrow = importlib.import_module("pyarrow")
        return lambda file: arrow.CompressedInputStream(arrow.PythonFile(file, mode="r"), "zstd")
    return None


class _Zstandard:
    """Reads one Zstandard frame after another with the package zstandard, whose own reader hides where data are cut."""

    def __init__(self, file: BinaryIO, make: Callable[[], Any]) -> None:
        self._file, self._make, self._frame, self._rest = file, make, make(), b""

    def read(self, _size: int) -> bytes:
        """Return some unpacked bytes, none at the end; raise EOFError for a file that is cut."""
        while True:
            block, self._rest = self._rest or self._file.read(_ZSTANDARD_BYTES), b""
            if not block:
                if self._frame is not None:
                    raise EOFError("it ends before its packed data do")
                return b""
            if self._frame is None:
                self._frame = self._make()
            data: bytes = self._frame.decompress(block)
            if self._frame.eof:
                self._rest, self._frame = self._frame.unused_data, None
            if data:
                return data

    def close(self) -> None:
        """Let go of the frame."""
        self._frame = None


class _Guarded(io.RawIOBase):
    """A stream whose faults are all OSError, and which closes the file below it too."""

    def __init__(self, stream: Any, file: BinaryIO) -> None:
        self._stream, self._file = stream, file
        self._ready = b""

    def readable(self) -> bool:
        """Tell that bytes can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with the next bytes; 0 at the end."""
        if not self._ready:
            try:
                self._ready = bytes(self._stream.read(len(buffer)))
            except (OSError, MemoryError):
                raise
            except _DAMAGED as error:
                raise OSError(str(error).strip().rstrip(".") or "its packed data are damaged") from error
            except Exception as error:  # Zstandard's own, of a package that may not be there
                raise OSError("its packed data are damaged") from error
        count = min(len(buffer), len(self._ready))
        buffer[:count], self._ready = self._ready[:count], self._ready[count:]
        return count

    def close(self) -> None:
        """Close the stream and its file."""
        if not self.closed:
            self._stream.close()
            self._file.close()
        super().close()
