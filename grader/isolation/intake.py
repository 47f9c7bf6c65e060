"""Intake: from what a student handed in, the named files and nothing else."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.settings import UsageError

# Follow no link, wait for no writer of a FIFO, and on Windows change no byte.
FLAGS = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
MOST_BYTES = 256 << 10  # a source file longer than this is not one


@dataclass(frozen=True)
class Submission:
    """The student's files by their path inside `sinmagia/`; `faults` say why one is not there."""

    name: str
    folder: str
    files: Mapping[str, bytes]
    faults: Mapping[str, str]

    def path(self, file: str) -> str:
        """Give a file's path as the student sees it."""
        return f"{self.folder}/{file}"


def take(path: Path, names: tuple[str, ...]) -> Submission:
    """Take the files `names` from a checkout, or from a folder with `sinmagia/` in it."""
    if not path.exists():
        raise UsageError("no_submission", path=path)
    for folder in ("exercises/sinmagia", "sinmagia"):
        parts = (path / folder, path / folder.partition("/")[0])
        if parts[0].is_dir() and not any(part.is_symlink() for part in parts):
            break
    else:
        raise UsageError("no_package", path=path)
    files, faults = {}, {}
    for name in names:
        try:
            files[name] = _read(path / folder, name)
        except _Fault as fault:
            faults[name] = str(fault)
    if len(faults) == len(names) and set(faults.values()) == {"file_missing"}:
        raise UsageError("empty_package", path=path / folder, files=", ".join(names))
    return Submission(path.resolve().name, folder, files, faults)


class _Fault(Exception):
    """Why a file was not taken: the key of a sentence in the catalogue."""


def _read(root: Path, name: str) -> bytes:
    """Read one regular file of at most MOST_BYTES; a link on the way to it is not followed."""
    path = root / name
    if any(part.is_symlink() for part in (path, *path.parents) if part.is_relative_to(root)):
        raise _Fault("file_link")
    try:
        descriptor = os.open(path, os.O_RDONLY | FLAGS)
    except FileNotFoundError:
        raise _Fault("file_missing") from None
    except OSError:
        raise _Fault("file_unreadable") from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _Fault("file_unreadable")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(data) > MOST_BYTES:
        raise _Fault("file_too_long")
    return data
