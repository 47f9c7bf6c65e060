"""The case bank: generated cases and torch's answers, kept so that grading replays them.

A bank is a folder named after all that its cases depend on, which `manifest.json` in it lists; each
exercise is two messages of the wire format: its first case, which is all that a stub is asked, and
the others. A file that is missing, cut short or altered is built again; a bank that other sources
or libraries made is stale, and never read.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from grader import checks
from grader.curriculum.exercises import STAGES, Exercise
from grader.isolation import wire
from grader.programs import documents
from grader.programs.cases import Case, Check
from grader.programs.oracle import settled
from grader.settings import ROOT, Settings

FORMAT = 3
MAKERS = ("programs", "checks", "isolation/wire.py", "grading/bank.py", "grading/generation.py")
LIBRARIES = ("hypothesis", "numpy", "torch")
MANIFEST = "manifest.json"
KEY_LENGTH = 24
MOST_HELD = 2  # exercises: the one that is graded, and the following


def sources() -> str:
    """Tell versions of the code that makes cases apart."""
    hasher = hashlib.sha256()
    for maker in MAKERS:
        path = ROOT / "grader" / maker
        for source in sorted(path.glob("*.py")) if path.is_dir() else (path,):
            hasher.update(source.name.encode() + source.read_bytes())
    return hasher.hexdigest()


LOADED = sources()


def manifest(settings: Settings) -> dict[str, Any]:
    """List all that the cases depend on: format, seed, numbers, library versions, our sources."""
    return {
        "format": FORMAT,
        "seed_id": settings.seed_id,
        "generated": settings.generated,
        **{library: version(library) for library in LIBRARIES},
        "sources": LOADED,
    }


def key(settings: Settings) -> str:
    """Name a bank after its manifest."""
    return hashlib.sha256(json.dumps(manifest(settings)).encode()).hexdigest()[:KEY_LENGTH]


class Bank:
    """The cases of every exercise, for one set of settings.

    `damaged` tells, by exercise, what was wrong with files that had to be built again.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = settings.bank / key(settings)
        self.damaged: dict[str, Exception] = {}
        self._held: dict[str, tuple[Case, ...]] = {}

    def batches(self, exercise: Exercise) -> Iterator[Sequence[Case]]:
        """Give an exercise's cases: all where they were read ahead, else the first by itself."""
        first = () if exercise.id in self._held else self._first(exercise)
        if first:
            yield first
        yield self.cases(exercise)[len(first) :]

    def cases(self, exercise: Exercise) -> tuple[Case, ...]:
        """Give an exercise's distinct cases, corners first; build them if they are not there."""
        if exercise.id not in self._held:
            latest = list(self._held.items())[1 - MOST_HELD :]
            self._held = {**dict(latest), exercise.id: self._read_or_build(exercise)}
        return self._held[exercise.id]

    def _first(self, exercise: Exercise) -> tuple[Case, ...]:
        """Read an exercise's first case, if there is one to read."""
        with suppress(OSError, *wire.FAULTS, wire.WireError):  # whoever reads all of them says so
            return _read(self.path(exercise), only_first=True)
        return ()

    def _read_or_build(self, exercise: Exercise) -> tuple[Case, ...]:
        path = self.path(exercise)
        try:
            return _read(path)
        except FileNotFoundError:
            pass
        except (OSError, *wire.FAULTS, wire.WireError) as fault:
            self.damaged[exercise.id] = fault
        cases = tuple(self._build(exercise))
        if sources() == LOADED:  # else nobody knows which version of them made these cases
            with suppress(OSError):  # a bank that cannot be kept is built again
                self._keep(path, cases)
        return cases

    def path(self, exercise: Exercise) -> Path:
        """Name the file of an exercise."""
        return self.folder / f"{exercise.id}.safetensors"

    def remove_stale(self) -> int:
        """Remove the banks of this seed that nobody will read again; give their number.

        Banks of other seeds stay, and whatever else is kept there. A bank without a readable
        manifest was never finished.
        """
        stale = []
        for folder in self.settings.bank.glob("[0-9a-f]" * KEY_LENGTH + "/"):
            try:
                seed_id = json.loads((folder / MANIFEST).read_bytes())["seed_id"]
            except (OSError, ValueError, LookupError, TypeError):
                seed_id = self.settings.seed_id
            if folder != self.folder and seed_id == self.settings.seed_id:
                stale.append(folder)
        for folder in stale:
            shutil.rmtree(folder)
        return len(stale)

    def _keep(self, path: Path, cases: tuple[Case, ...]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        written = [documents.case_document(case) for case in cases]
        _write(path, wire.encode(written[0]), wire.encode(written[1:]))
        _replace(self.folder / MANIFEST, json.dumps(manifest(self.settings), indent=1).encode())

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


def _write(path: Path, first: bytes, others: bytes) -> None:
    """Write two messages and, before them, what tells whether they were altered."""
    data = len(first).to_bytes(wire.HEAD, "big") + first + others
    _replace(path, hashlib.sha256(data).digest() + data)


def _replace(path: Path, data: bytes) -> None:
    """Write whole or not at all: to a file of our own first, then renamed into place."""
    part = path.with_suffix(f".{os.getpid()}")
    part.write_bytes(data)
    part.replace(path)


def _read(path: Path, *, only_first: bool = False) -> tuple[Case, ...]:
    digest, data = (content := path.read_bytes())[:32], content[32:]
    if hashlib.sha256(data).digest() != digest:
        raise wire.WireError(f"{path} was altered or cut short")
    start = wire.HEAD + int.from_bytes(data[: wire.HEAD], "big")
    found = [wire.decode(data[wire.HEAD : start])]
    if not only_first:
        found += wire.decode(data[start:])
    return tuple(map(documents.read_case, found))
