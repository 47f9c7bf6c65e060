"""Tar: the headers of its members, read in one pass whose work its length bounds.

tarfile is not used: in versions of Python that the course allows, a hostile header makes it loop
for ever (CVE-2025-8194) or for hours (CVE-2024-6232). POSIX.1-2001, section pax, has the format.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .sources import FILE, FOLDER, LINK, OTHER

BLOCK = 512
END = bytes(BLOCK)
MOST_EXTRA = 8 << 20  # of headers that only say more of the next member
KINDS = {b"0": FILE, b"\0": FILE, b"7": FILE, b"S": FILE, b"1": LINK, b"2": LINK}
HEADERS = (b"x", b"g", b"L", b"K")


class Damaged(Exception):
    """This is no whole archive."""


@dataclass(frozen=True)
class Member:
    """A member: its name, kind and size, and where its bytes begin."""

    name: str
    kind: str
    size: int
    start: int
    is_sparse: bool


def is_tar(header: bytes) -> bool:
    """Say whether this is a first header: its checksum is right, or the archive has no member."""
    try:
        return header == END or _number(header[148:156]) == _checksum(header)
    except Damaged:
        return False


def members(data: bytes) -> Iterator[Member]:
    """List the members; without the block of zeros at its end an archive has been cut off."""
    at, read = 0, 0
    extra: dict[str, bytes] = {}
    while (header := data[at : at + BLOCK]) != END:
        if len(header) < BLOCK or _number(header[148:156]) != _checksum(header):
            raise Damaged
        kind, size = header[156:157], _number(header[124:136])
        if kind not in HEADERS and "size" in extra:
            size = _number(extra["size"], 10)
        start = at + BLOCK
        if kind == b"S" and header[482]:  # its list of holes goes on in blocks of its own
            while data[start + 504 : start + 505] > b"\0":
                start += BLOCK
            start += BLOCK
        at = start + (size + BLOCK - 1) // BLOCK * BLOCK
        if at > len(data):
            raise Damaged
        if kind in HEADERS:
            read += size
            if read > MOST_EXTRA:
                raise Damaged
            extra |= _extra(kind, data[start : start + size])
        else:
            yield _member(header, kind, size, start, extra)
            extra = {}


def _member(header: bytes, kind: bytes, size: int, start: int, extra: dict[str, bytes]) -> Member:
    """Put together what a header and those before it say of a member."""
    name = extra.get("GNU.sparse.name") or extra.get("path") or _name(header)
    sparse = kind == b"S" or any(key.startswith("GNU.sparse.") for key in extra)
    if "GNU.sparse.realsize" in extra:
        size = _number(extra["GNU.sparse.realsize"], 10)
    elif kind == b"S":
        size = _number(header[483:495])
    folder = kind == b"5" or (kind in (b"0", b"\0") and name.endswith(b"/"))
    shown = name.decode(errors="surrogateescape")
    return Member(shown, FOLDER if folder else KINDS.get(kind, OTHER), size, start, sparse)


def _extra(kind: bytes, content: bytes) -> dict[str, bytes]:
    """Read what stands before a member: GNU's long name, or the records of pax."""
    if kind == b"L":
        return {"path": content.partition(b"\0")[0]}
    return _pax(content) if kind == b"x" else {}


def _name(header: bytes) -> bytes:
    name, prefix = (part.partition(b"\0")[0] for part in (header[:100], header[345:500]))
    return prefix + b"/" + name if prefix and header[257:263] == b"ustar\0" else name


def _checksum(header: bytes) -> int:
    """Add up the bytes of a header as if its checksum were spaces."""
    return sum(header) - sum(header[148:156]) + 8 * ord(" ")


def _number(field: bytes, base: int = 8) -> int:
    """Read a number in digits, or, when it is too large for them, in binary; none is negative."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    digits = field.partition(b"\0")[0].strip(b" ")
    if not re.fullmatch(rb"[0-9]{0,20}" if base == 10 else rb"[0-7]*", digits):
        raise Damaged
    return int(digits or b"0", base)


def _pax(content: bytes) -> dict[str, bytes]:
    """Read records `length key=value` and a line end."""
    records = {}
    at = 0
    while at < len(content):
        length = _number(content[at : at + 20].partition(b" ")[0], 10)
        record = content[at : at + length]
        key, equals, value = record.partition(b" ")[2].partition(b"=")
        if not equals or not record.endswith(b"\n"):
            raise Damaged
        records[key.decode(errors="replace")] = value[:-1]
        at += length
    return records
