"""Intake: from what a student handed in, the named files and nothing else."""

import re
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from grader.settings import UsageError

from . import archives, commits
from .sources import (
    FILE,
    FOLDER,
    LINK,
    MOST_BYTES,
    MOST_ENTRIES,
    ODD,
    SUBMODULE,
    Entry,
    Fault,
    Folder,
    Source,
)

PACKAGES = (("exercises", "sinmagia"), ("sinmagia",))
MOST_FOLDERS = 100  # that are looked into for files which nobody asked for
KIND_FAULTS = {LINK: "file_link", SUBMODULE: "file_submodule"}
# What Python or pytest would load at the student's desk, and what systems leave behind.
LOADED = (".py", ".pth", ".ini", ".cfg")
RELEASED = {"capstone.py"}
NOISE = re.compile(r"__pycache__|__MACOSX|\.ipynb_checkpoints|\.DS_Store|Thumbs\.db|\._.*")
CODING = re.compile(rb"[ \t\f]*#.*coding[:=]")  # PEP 263: such a file may be in any encoding

Listing = Callable[[Entry], Sequence[Entry]]
Given = Mapping[str, Collection[bytes]]


@dataclass(frozen=True)
class Submission:
    """The student's files by their path inside `sinmagia/`; `faults` say why one is not there.

    `ignored` names other files of theirs that had no effect, and `replaced` the given files which
    they changed; `commit` is the full hash of what was read from git.
    """

    name: str
    folder: str
    files: Mapping[str, bytes]
    faults: Mapping[str, str]
    ignored: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    commit: str | None = None

    def path(self, file: str) -> str:
        """Give a file's path as the student sees it."""
        return f"{self.folder}/{file}"


def take(
    path: Path, names: Sequence[str], commit: str | None = None, given: Given | None = None
) -> Submission:
    """Take the files `names` from a folder, an archive, or a commit of a git repository.

    `given` has every version of the files that are not the student's to write.
    """
    if not path.exists():
        raise UsageError("no_submission", path=path)
    with _opened(path.resolve(), commit) as source:
        listing = cache(source.entries)
        way, package = _package(listing, source.root, path, {name.split("/")[0] for name in names})
        folder = "/".join(entry.name for entry in (*way[1:], package))
        files, faults = {}, {}
        with suppress(Fault):  # each file tells of it
            listing(package)  # too much in it, and nothing can be taken
        for name in names:
            try:
                files[name] = _source_file(source, _find(listing, package, name))
            except Fault as fault:
                faults[name] = str(fault)
            except UsageError as error:
                if error.key != "too_many_files":
                    raise
                faults[name] = "file_unreadable"  # in a folder of the package with too many
        if len(faults) == len(names) and set(faults.values()) == {"file_missing"}:
            raise UsageError("empty_package", path=path / folder, files=", ".join(names))
        known = {*names, *(given or {})}
        others = [f"{folder}/{name}" for name in islice(_walk(listing, package), MOST_ENTRIES)
                  if name not in known]  # fmt: skip
        replaced = [f"{folder}/{name}" for name, versions in (given or {}).items()
                    if _differs(source, listing, package, name, versions)]  # fmt: skip
        odd = [entry.name for entry in listing(source.root) if entry.kind == ODD]
        ignored = (*sorted(odd), *sorted(_loaded(listing, way)), *sorted(others))
        sha = source.sha if isinstance(source, commits.Commit) else None
    return Submission(_name(path), folder, files, faults, ignored, tuple(replaced), sha)


def _opened(path: Path, commit: str | None) -> AbstractContextManager[Source]:
    if commit is not None:
        return commits.opened(path, commit)
    return nullcontext(Folder(path) if path.is_dir() else archives.Archive(path))


def _name(path: Path) -> str:
    """Name a submission after its folder, its archive or its bare repository."""
    name = path.resolve().name
    return name if path.is_dir() and not name.endswith(".git") else archives.stem(name)


def _package(
    listing: Listing, root: Entry, path: Path, wanted: Collection[str]
) -> tuple[list[Entry], Entry]:
    """Find the package: the folders that lead to it from the repository's root, and itself.

    The folder around everything may have the package's name too, so the first is taken that holds
    anything `wanted`; where none does, the first.
    """
    empty = None
    try:
        for top in (root, *_single(listing(root))):
            for names in PACKAGES:
                way = [top]
                for name in names:
                    found = [e for e in listing(way[-1]) if e.name == name]
                    if [e.kind for e in found] == [SUBMODULE]:
                        raise UsageError("package_submodule", path=path)
                    if [e.kind for e in found] != [FOLDER]:
                        break
                    way += found
                else:
                    if _holds(listing, way[-1], wanted):
                        return way[:-1], way[-1]
                    empty = empty or (way[:-1], way[-1])
        left = listing(root)
    except Fault:
        raise UsageError("submission_unreadable", path=path) from None
    if empty:
        return empty
    if any(entry.kind == ODD for entry in left):
        raise UsageError("archive_names", path=path)
    if any(entry.kind == FILE and entry.name.lower().endswith(archives.SUFFIXES) for entry in left):
        raise UsageError("archive_inside", path=path)
    raise UsageError("no_package", path=path)


def _holds(listing: Listing, package: Entry, wanted: Collection[str]) -> bool:
    """Say whether a package has anything that is wanted, or too much to be read."""
    try:
        return any(entry.name.casefold() in wanted for entry in listing(package))
    except Fault:
        return True


def _single(entries: Sequence[Entry]) -> list[Entry]:
    """Give the folder around everything, as GitHub and the campus put it into their archives."""
    folders = [e for e in entries if e.kind == FOLDER and not _is_noise(e) and e.name[0] != "."]
    return folders if len(folders) == 1 else []


def _is_noise(entry: Entry) -> bool:
    return NOISE.fullmatch(entry.name) is not None


def _find(listing: Listing, package: Entry, name: str) -> Entry:
    """Find a file by the very name that it should have."""
    found = package
    for part in name.split("/"):
        if found.kind != FOLDER:
            raise Fault(KIND_FAULTS.get(found.kind, "file_unreadable"))
        entries = listing(found)
        same = [entry for entry in entries if entry.name == part]
        if len(same) > 1:
            raise Fault("file_twice")
        if not same:
            alike = any(entry.name.casefold() == part.casefold() for entry in entries)
            raise Fault("file_case" if alike else "file_missing")
        found = same[0]
    return found


def _read(source: Source, file: Entry) -> bytes:
    """Read one regular file of at most MOST_BYTES."""
    if file.kind != FILE:
        raise Fault(KIND_FAULTS.get(file.kind, "file_unreadable"))
    if file.size > MOST_BYTES:
        raise Fault("file_too_long")
    if file.fault:
        raise Fault(file.fault)
    data = source.read(file)
    if len(data) > MOST_BYTES:
        raise Fault("file_too_long")
    return data


def _source_file(source: Source, file: Entry) -> bytes:
    """Read a file that Python can read too."""
    data = _read(source, file)
    if not data.strip():
        raise Fault("file_empty")
    if not any(CODING.match(line) for line in data.splitlines()[:2]):
        try:
            data.decode()
        except UnicodeDecodeError:
            raise Fault("file_encoding") from None
    if b"\0" in data:
        raise Fault("file_encoding")
    return data


def _walk(listing: Listing, package: Entry) -> Iterator[str]:
    """Name the files below the package, and the folders that are too many to look into."""
    waiting = deque([("", package)])
    looked = 0
    while waiting:
        prefix, folder = waiting.popleft()
        looked += 1
        try:
            entries = listing(folder) if looked <= MOST_FOLDERS else None
        except (Fault, UsageError):
            entries = None
        if entries is None:
            yield from [prefix] if prefix else []
            continue
        for entry in sorted(entries, key=lambda entry: entry.name):
            path = f"{prefix}{entry.name}"
            if entry.kind == FOLDER and not _is_noise(entry):
                waiting.append((f"{path}/", entry))
            elif not _is_noise(entry):
                yield path


def _loaded(listing: Listing, way: Sequence[Entry]) -> Iterator[str]:
    """Name the files beside the package that Python or pytest would load at the student's desk."""
    prefix = ""
    for folder in way:
        prefix += f"{folder.name}/" if folder is not way[0] else ""
        for entry in listing(folder):
            if (entry.kind not in (FOLDER, ODD) and entry.name.lower().endswith(LOADED)
                    and entry.name not in RELEASED and not _is_noise(entry)):  # fmt: skip
                yield f"{prefix}{entry.name}"


def _differs(source: Source, listing: Listing, package: Entry, name: str,
             versions: Collection[bytes]) -> bool:  # fmt: skip
    """Say whether a given file is there and is none of the versions that we gave."""
    try:
        data = _read(source, _find(listing, package, name))
    except Fault as fault:
        return str(fault) != "file_missing"
    return data.replace(b"\r\n", b"\n") not in versions
