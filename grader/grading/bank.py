"""The case bank: generated cases and torch's answers, kept so that grading replays them.

A bank is a folder named after all that its cases depend on; each exercise is one message of the
wire format. A file that is missing, cut short or altered is built again.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from grader import checks
from grader.curriculum.exercises import STAGES, Exercise
from grader.isolation import wire
from grader.programs import documents
from grader.programs.cases import Case, Check
from grader.programs.oracle import settled
from grader.settings import ROOT, Settings

FORMAT = 1
MAKERS = ("programs", "checks", "isolation/wire.py", "grading/bank.py")
LIBRARIES = ("hypothesis", "numpy", "torch")


def key(settings: Settings) -> str:
    """Name all that the cases depend on: format, seed, numbers, our sources, library versions."""
    hasher = hashlib.sha256(f"{FORMAT} {settings.seed} {settings.generated}".encode())
    for library in LIBRARIES:
        hasher.update(f"{library} {version(library)}".encode())
    for maker in MAKERS:
        path = ROOT / "grader" / maker
        for source in sorted(path.glob("*.py")) if path.is_dir() else (path,):
            hasher.update(source.name.encode() + source.read_bytes())
    return hasher.hexdigest()[:24]


class Bank:
    """The cases of every exercise, for one set of settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = settings.bank / key(settings)

    def cases(self, exercise: Exercise) -> tuple[Case, ...]:
        """Give an exercise's distinct cases, corners first; build them if they are not there."""
        path = self.folder / f"{exercise.id}.safetensors"
        try:
            return _read(path)
        except (OSError, *wire.FAULTS, wire.WireError):
            cases = tuple(self._build(exercise))
            with suppress(OSError):  # a bank that cannot be kept is built again
                _write(path, cases)
            return cases

    def _build(self, exercise: Exercise) -> Iterator[Case]:
        seen = set()
        for case in (case for check in self.checks(exercise) for case in self._drawn(check)):
            if case.program.digest not in seen:
                seen.add(case.program.digest)
                yield settled(case)

    @staticmethod
    def checks(exercise: Exercise) -> tuple[Check, ...]:
        """Give the checks of an exercise."""
        return checks.of_exercise(STAGES[exercise.stage].name, exercise.id)

    def _drawn(self, check: Check) -> Iterator[Case]:
        from .generation import generate

        yield from check.corners
        yield from generate(check.cases, self.settings)


def _write(path: Path, cases: tuple[Case, ...]) -> None:
    """Write whole or not at all: to a file of our own first, then renamed into place."""
    data = wire.encode([documents.case_document(case) for case in cases])
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_bytes(hashlib.sha256(data).digest() + data)
    part.replace(path)


def _read(path: Path) -> tuple[Case, ...]:
    digest, data = (content := path.read_bytes())[:32], content[32:]
    if hashlib.sha256(data).digest() != digest:
        raise wire.WireError(f"{path} was altered")
    return tuple(documents.read_case(case) for case in wire.decode(data))
