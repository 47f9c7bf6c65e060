"""What a submission is read from: a tree of entries, and the one that is a folder on disk."""

import os
import stat
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from grader.settings import UsageError

FILE, FOLDER, LINK, SUBMODULE, ODD, OTHER = "file", "folder", "link", "submodule", "odd", "other"
MOST_BYTES = 256 << 10  # a source file longer than this is not one
MOST_ENTRIES = 20_000  # of a folder, of an archive
# Follow no link, wait for no writer of a FIFO, and on Windows change no byte.
FLAGS = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))


class Fault(Exception):
    """Why a file was not taken: the key of a sentence in the catalogue."""


@dataclass(frozen=True)
class Entry:
    """A name in a folder. Only its source knows the handle; `fault` says why it cannot be read.

    An odd entry has no name that a folder could hold, so it stands at the root under all of it.
    """

    name: str
    kind: str
    handle: Any = None
    size: int = 0
    fault: str | None = None


class Source(Protocol):
    """A tree of entries. Whatever is wrong with one of them is a Fault."""

    @property
    def root(self) -> Entry:
        """The folder that holds everything."""

    def entries(self, folder: Entry) -> list[Entry]:
        """List a folder; a name may be there twice."""

    def read(self, file: Entry) -> bytes:
        """Read a file, of a long one no more than shows that it is longer than MOST_BYTES."""


class Folder:
    """A folder on disk, of which no link is followed."""

    def __init__(self, path: Path) -> None:
        self.root = Entry("", FOLDER, path)

    def entries(self, folder: Entry) -> list[Entry]:
        """List a folder."""
        try:
            with os.scandir(folder.handle) as found:
                entries = [Entry(e.name, _kind(e), Path(e.path)) for e in islice(found, TOO_MANY)]
        except OSError:
            raise Fault("file_unreadable") from None
        if len(entries) == TOO_MANY:
            raise UsageError("too_many_files", path=folder.handle, most=MOST_ENTRIES)
        return entries

    def read(self, file: Entry) -> bytes:
        """Read a file."""
        return read_regular(file.handle, MOST_BYTES + 1)


TOO_MANY = MOST_ENTRIES + 1


def _kind(entry: "os.DirEntry[str]") -> str:
    if entry.is_symlink():
        return LINK
    if entry.is_dir(follow_symlinks=False):
        return FOLDER
    return FILE if entry.is_file(follow_symlinks=False) else OTHER


def read_regular(path: Path, most: int) -> bytes:
    """Read at most so many bytes of a regular file; one that is a link or no file is a Fault."""
    try:
        descriptor = os.open(path, os.O_RDONLY | FLAGS)
    except OSError:
        raise Fault("file_unreadable") from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Fault("file_unreadable")
        return file.read(most)
