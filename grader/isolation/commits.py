"""A commit of a git repository, read object by object; nothing in the repository can run.

git is run on an empty repository of our own that borrows the objects of the other one. So the
other's settings, hooks, attributes, replacements and remotes are not even read. Every object is
held against its hash, and nothing that lies outside the repository is followed.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from grader.settings import UsageError

from .sources import (
    FILE,
    FOLDER,
    LINK,
    MOST_BYTES,
    MOST_ENTRIES,
    OTHER,
    SUBMODULE,
    Entry,
    Fault,
    read_regular,
)

SECONDS = 30  # for everything that is read of a commit
MOST_OBJECT = 4 << 20  # of a commit or a folder
MOST_REFS = 16 << 20
MOST_GIT_FILES = 200_000  # of a repository's own: loose objects, references
KINDS = {b"40000": FOLDER, b"100644": FILE, b"100755": FILE, b"100664": FILE, b"120000": LINK,
         b"160000": SUBMODULE}  # fmt: skip
TREE_ENTRY = re.compile(rb"([0-7]+) ([^\0]+)\0(.{20})", re.DOTALL)
BORROWED = ("commondir", "objects/info/alternates", "objects/info/http-alternates")
ENVIRONMENT = {
    "GIT_ALLOC_LIMIT": "256m",
    "GIT_ALLOW_PROTOCOL": "none",  # not even a local one; an empty value would unset it on Windows
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
SETTINGS = ("core.bigFileThreshold=1m", "core.commitGraph=false", "core.fsmonitor=false",
            f"core.hooksPath={os.devnull}", "core.multiPackIndex=false")  # fmt: skip


@contextmanager
def opened(path: Path, revision: str) -> Iterator["Commit"]:
    """Open a commit for as long as the block runs."""
    git = shutil.which("git")
    if git is None:
        raise UsageError("no_git")
    try:
        head, common = _git_folders(path)
        _refuse_links(path, common)
        with tempfile.TemporaryDirectory(prefix="sinmagia-git-") as folder:
            _copy_refs(head, common, Path(folder))
            yield Commit(_Git(git, Path(folder), common / "objects"), path, revision)
    except (Fault, PermissionError):
        raise UsageError("submission_unreadable", path=path) from None


class Commit:
    """The files of a commit as a tree of entries; `sha` is its full hash."""

    def __init__(self, git: "_Git", path: Path, revision: str) -> None:
        self._git, self._path = git, path
        name = b""
        if revision.isprintable() and not revision.startswith("-"):
            words = "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
            name = git("rev-parse", *words, most=100).strip()
        if not re.fullmatch(rb"[0-9a-f]{40}", name):
            raise UsageError("no_commit", path=path, commit=revision)
        self.sha = name.decode()
        tree = re.match(rb"tree ([0-9a-f]{40})\n", self._object("commit", self.sha, MOST_OBJECT))
        if tree is None:
            raise Fault("file_damaged")
        self.root = Entry("", FOLDER, tree[1].decode())

    def entries(self, folder: Entry) -> list[Entry]:
        """List a folder."""
        data = self._object("tree", folder.handle, MOST_OBJECT)
        entries: list[Entry] = []
        at = 0
        while at < len(data):
            if len(data) > MOST_OBJECT or len(entries) == MOST_ENTRIES:
                raise UsageError("too_many_files", path=self._path, most=MOST_ENTRIES)
            found = TREE_ENTRY.match(data, at)
            if found is None:
                raise Fault("file_damaged")
            mode, name, sha = found.groups()
            kind = KINDS.get(mode, OTHER)
            entries.append(Entry(name.decode(errors="surrogateescape"), kind, sha.hex()))
            at = found.end()
        return entries

    def read(self, file: Entry) -> bytes:
        """Read a file, without the filters that a checkout would run."""
        return self._object("blob", file.handle, MOST_BYTES)

    def _object(self, kind: str, sha: str, most: int) -> bytes:
        """Read an object and hold it against its hash, unless it is longer than `most`."""
        data = self._git("cat-file", kind, sha, most=most + 1)
        whole = b"%s %d\0%s" % (kind.encode(), len(data), data)
        if len(data) <= most and hashlib.sha1(whole, usedforsecurity=False).hexdigest() != sha:
            raise Fault("file_damaged")
        return data


class _Git:
    """Git on the objects of a repository, with no settings but ours, for SECONDS altogether."""

    def __init__(self, program: str, folder: Path, objects: Path) -> None:
        self._folder = folder
        settings = [word for setting in SETTINGS for word in ("-c", setting)]
        self._command = [program, "--no-pager", f"--git-dir={folder}", *settings]
        self._environment = {**ENVIRONMENT, "GIT_OBJECT_DIRECTORY": str(objects)}
        self._environment |= {k: v for k, v in os.environ.items() if k.upper() == "SYSTEMROOT"}
        self._deadline = time.monotonic() + SECONDS

    def __call__(self, *words: str, most: int) -> bytes:
        """Give what a command writes, at most so many bytes; if it fails, nothing."""
        with subprocess.Popen(
            [*self._command, *words],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            timer = Timer(max(0, self._deadline - time.monotonic()), process.kill)
            timer.start()
            try:
                out = process.stdout.read(most) if process.stdout else b""
                if len(out) == most:
                    return out
                if process.wait() < 0:  # by the timer, or for want of memory: not the student's
                    raise UsageError("git_failed", seconds=SECONDS)
                return out if process.returncode == 0 else b""
            finally:
                timer.cancel()
                process.kill()


def _git_folders(path: Path) -> tuple[Path, Path]:
    """Find what has HEAD and what has the objects: of a checkout, bare, or of a linked worktree."""
    inside = path / ".git"
    if inside.is_symlink():
        raise UsageError("git_elsewhere", path=path)
    if inside.is_dir():
        return inside, inside
    if inside.is_file():
        return _worktree(inside)
    if all((path / name).exists() for name in ("HEAD", "objects", "refs")):
        return path, path
    raise UsageError("no_repository", path=path)


def _worktree(file: Path) -> tuple[Path, Path]:
    """Follow a worktree's `.git` to its repository, if that one knows of the worktree.

    Such a file leads anywhere; but a repository lists only what `git worktree add` made for it.
    """
    try:
        target = read_regular(file, 4096).decode().removeprefix("gitdir:").strip()
        folder = (file.parent / target).resolve()
        back = folder / read_regular(folder / "gitdir", 4096).decode().strip()
        if folder.parent.name == "worktrees" and back.resolve() == file:
            return folder, folder.parents[1]
    except (Fault, ValueError, OSError):
        pass
    raise UsageError("git_elsewhere", path=file.parent)


def _refuse_links(path: Path, common: Path) -> None:
    """Refuse a repository part of which is elsewhere; only hooks, which never run, may be links."""
    waiting, seen = [common], 0
    while waiting:
        with os.scandir(waiting.pop()) as found:
            for entry in found:
                seen += 1
                if seen > MOST_GIT_FILES:
                    raise UsageError("too_many_files", path=path, most=MOST_GIT_FILES)
                if entry.is_symlink():
                    raise UsageError("git_elsewhere", path=path)
                if entry.is_dir(follow_symlinks=False) and entry.name != "hooks":
                    waiting.append(Path(entry.path))
    if any((common / name).exists() for name in BORROWED):
        raise UsageError("git_elsewhere", path=path)


def _copy_refs(head: Path, common: Path, folder: Path) -> None:
    """Copy what gives commits their names into a repository of our own."""
    (folder / "refs").mkdir()
    names = [path.relative_to(common) for path in (common / "refs").rglob("*") if path.is_file()]
    for source, name in [(head, Path("HEAD")), *((common, name) for name in names)]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(read_regular(source / name, 4096))
    if (common / "packed-refs").exists():
        (folder / "packed-refs").write_bytes(read_regular(common / "packed-refs", MOST_REFS))
