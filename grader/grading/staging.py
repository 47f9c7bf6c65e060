"""Fair staging: which files a worker sees; the student's alone, or one stage amid the reference."""

import py_compile
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from grader.curriculum.exercises import STAGES, Stage
from grader.curriculum.misconceptions import Misconception
from grader.isolation.intake import Submission
from grader.settings import SOLUTIONS

STUDENT_FILES = tuple(file for stage in STAGES for file in stage.files)


@cache
def reference() -> Mapping[str, bytes]:
    """Read the solved package."""
    root = SOLUTIONS / "sinmagia"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*.py")}


def whole(submission: Submission) -> dict[str, bytes]:
    """The student's own files, and the given ones, which are always ours."""
    given = {name: data for name, data in reference().items() if name not in STUDENT_FILES}
    return given | dict(submission.files)


def mixed(submission: Submission, stage: Stage) -> dict[str, bytes]:
    """The student's files of one stage; all others are the reference's, without their source."""
    own = {name: data for name, data in submission.files.items() if name in stage.files}
    return own | {f"{name}c": _compiled(name) for name in reference() if name not in own}


def spoilt(entries: Sequence[Misconception]) -> dict[str, bytes]:
    """Put copies of the reference side by side, each with a misconception and named after it.

    Around them is a package whose tensors are those of all copies.
    """
    names = ", ".join(entry.id for entry in entries)
    files = {"__init__.py": f"from . import {names}\n"
             f"Tensor = tuple(copy.Tensor for copy in ({names},))\n".encode()}  # fmt: skip
    for entry in entries:
        files |= {f"{entry.id}/{name}c": _compiled(name)
                  for name in reference() if name != entry.file}  # fmt: skip
        wrong = entry.spoil(reference()[entry.file].decode())
        files[f"{entry.id}/{entry.file}"] = wrong.encode()
    return files


@cache
def _compiled(name: str) -> bytes:
    """Compile to byte code that imports without its source; docstrings and asserts are left out."""
    with tempfile.TemporaryDirectory() as folder:
        target = py_compile.compile(
            str(SOLUTIONS / "sinmagia" / name),
            cfile=str(Path(folder) / "compiled.pyc"),
            dfile=f"<reference>/{name}",
            doraise=True,
            optimize=2,
        )
        return Path(target or "").read_bytes()


@contextmanager
def tree(files: Mapping[str, bytes]) -> Iterator[Path]:
    """Lay files out as `sinmagia/` in a folder of their own, for as long as the block runs."""
    root = Path(tempfile.mkdtemp(prefix="sinmagia-"))
    try:
        for name, data in files.items():
            path = root / "sinmagia" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)
