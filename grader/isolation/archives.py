"""Archives: a zip or a tar, read in memory; nothing of it is ever written to a disk."""

import bz2
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from grader.settings import UsageError

from .sources import FILE, FOLDER, LINK, MOST_BYTES, MOST_ENTRIES, ODD, OTHER, Entry, Fault
from .tars import BLOCK, Damaged, is_tar, members

MOST_PACKED = 32 << 20  # of an archive: a zip that is all directory then takes 3 s and 0.4 GB
MOST_UNPACKED = 256 << 20  # of a tar that was compressed
MOST_STREAMS = 100  # that a compressed file may be put together from
MOST_MEMORY = 128 << 20  # that xz may ask for
LONGEST_NAME, DEEPEST = 1000, 32
SHOWN = 100  # characters of a name that is too long
SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
FOREIGN = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x28\xb5\x2f\xfd")
# By the mode that Unix writes; other systems write none.
ZIP_KINDS = {0: FILE, stat.S_IFREG: FILE, stat.S_IFDIR: FOLDER, stat.S_IFLNK: LINK}
ENCRYPTED = 0x41  # the bits for the old and for the strong way
DECOMPRESSORS: dict[bytes, Callable[[], Any]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\0": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MOST_MEMORY),
}
# What zipfile raises for a damaged file: its own, and those of what it builds on.
ZIP_ERRORS = (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OverflowError,
              EOFError, OSError, struct.error, zlib.error, lzma.LZMAError)  # fmt: skip


def stem(name: str) -> str:
    """Give an archive's name without its suffix."""
    return re.sub(r"\.(git|zip|tar(\.\w+)?|t(gz|bz2|xz))$", "", name, flags=re.IGNORECASE) or name


class Archive:
    """The members of a zip or tar as a tree of entries."""

    def __init__(self, path: Path) -> None:
        self.root = Entry("", FOLDER, ())
        self._folders: dict[tuple[str, ...], dict[str, list[Entry]]] = {(): {}}
        data = _whole(path)
        try:
            found = _zip(data) if data.startswith(ZIP) else _tar(_unpacked(data, path))
            for count, (name, entry) in enumerate(found):
                if count == MOST_ENTRIES:
                    raise UsageError("too_many_files", path=path, most=MOST_ENTRIES)
                self._add(name, entry)
        except (Damaged, *ZIP_ERRORS):
            raise UsageError("archive_damaged", path=path) from None
        if not any(self._folders.values()):
            raise UsageError("archive_empty", path=path)

    def entries(self, folder: Entry) -> list[Entry]:
        """List a folder."""
        return [entry for same in self._folders[folder.handle].values() for entry in same]

    def read(self, file: Entry) -> bytes:
        """Read a file."""
        data: bytes = file.handle()
        return data

    def _add(self, name: str, entry: Entry) -> None:
        """Put a member into its folder, and the folder, if need be, into its own."""
        parts = _parts(name)
        if parts is None:
            shown = name if len(name) <= SHOWN else f"{name[:SHOWN]}…"
            self._folders[()].setdefault(shown, [Entry(shown, ODD)])
            return
        for depth, part in enumerate(parts):
            folder = self._folders[parts[:depth]].setdefault(part, [])
            last = depth == len(parts) - 1
            if last and entry.kind != FOLDER:
                folder.append(Entry(part, entry.kind, entry.handle, entry.size, entry.fault))
            elif parts[: depth + 1] not in self._folders:
                folder.append(Entry(part, FOLDER, parts[: depth + 1]))
                self._folders[parts[: depth + 1]] = {}


def _zip(data: bytes) -> Iterator[tuple[str, Entry]]:
    """List the members of a zip."""
    archive = zipfile.ZipFile(BytesIO(data))
    for info in archive.infolist():
        kind = ZIP_KINDS.get(stat.S_IFMT(info.external_attr >> 16), OTHER)
        if info.orig_filename.endswith("/"):
            kind = FOLDER
        fault = None
        if info.flag_bits & ENCRYPTED:
            fault = "file_encrypted"
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            fault = "file_compression"
        read = partial(_zip_member, archive, info)
        yield info.orig_filename, Entry("", kind, read, info.file_size, fault)


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as member:
            return member.read(MOST_BYTES + 1)
    except ZIP_ERRORS:
        raise Fault("file_damaged") from None


def _tar(data: bytes) -> Iterator[tuple[str, Entry]]:
    """List the members of a tar."""
    for member in members(data):
        content = slice(member.start, member.start + min(member.size, MOST_BYTES + 1))
        fault = "file_unreadable" if member.is_sparse else None
        read = partial(data.__getitem__, content)
        yield member.name, Entry("", member.kind, read, member.size, fault)


def _whole(path: Path) -> bytes:
    """Read an archive of a sensible size."""
    if not path.is_file():
        raise UsageError("no_archive", path=path)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_PACKED + 1)
    except OSError:
        raise UsageError("submission_unreadable", path=path) from None
    if len(data) > MOST_PACKED:
        raise UsageError("archive_too_large", path=path, most=MOST_PACKED >> 20)
    return data


def _unpacked(data: bytes, path: Path) -> bytes:
    """Decompress a tar, if it is compressed."""
    make = next((make for magic, make in DECOMPRESSORS.items() if data.startswith(magic)), None)
    try:
        tar = data if make is None else _decompressed(data, make)
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        raise Damaged from None
    if len(tar) > MOST_UNPACKED:
        raise UsageError("archive_bomb", path=path, most=MOST_UNPACKED >> 20)
    if data.startswith(FOREIGN):
        raise UsageError("archive_kind", path=path)
    if not is_tar(tar[:BLOCK]):
        raise UsageError("no_archive" if tar else "archive_empty", path=path)
    return tar


def _decompressed(data: bytes, make: Callable[[], Any]) -> bytes:
    """Decompress until the end, or until it is too much."""
    parts: list[bytes] = []
    left = MOST_UNPACKED + 1
    for _ in range(MOST_STREAMS):
        stream = make()
        parts.append(stream.decompress(data, left))
        left -= len(parts[-1])
        if left <= 0:
            break
        if not stream.eof:
            raise EOFError
        data = stream.unused_data.lstrip(b"\0")
        if not data:
            break
    else:
        raise EOFError
    return b"".join(parts)


def _parts(name: str) -> tuple[str, ...] | None:
    """Split a member's name; None if no folder of the student's could hold it."""
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    odd = (
        name.startswith("/")
        or ".." in parts
        or len(name) > LONGEST_NAME
        or len(parts) > DEEPEST
        or re.match(r"[A-Za-z]:", name)
        or re.search("[\\\\\0\ud800-\udfff]", name)
    )
    return None if odd else parts
