"""Misconceptions: wrong versions of the reference, each with the hint that leads out of it.

The files beside this one, one a part of the course, hold them: a table an entry, named after the
mistake. `wrong` stands where `right` stood, once, in the file of the `exercise` that must catch it;
`en`, `es` … are the hints. `row` is the number of the kind of mistake in the course's catalogue.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from keyword import iskeyword
from pathlib import Path
from typing import Any

from grader.curriculum.exercises import EXERCISE
from grader.settings import UsageError

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Misconception:
    """A wrong version of one piece of the reference; its hints by language."""

    id: str
    exercise: str
    right: str
    wrong: str
    hints: Mapping[str, str]
    row: int | None = None

    @property
    def file(self) -> str:
        """The file of the package that it spoils."""
        return EXERCISE[self.exercise].file

    def spoil(self, source: str) -> str:
        """Put the wrong piece in the place of the right one, which has to be there once."""
        if (times := source.count(self.right)) != 1:
            raise ValueError(f"its right piece has to be once in {self.file}, and is {times} times")
        return source.replace(self.right, self.wrong)


@cache
def misconceptions() -> Mapping[str, Misconception]:
    """Read all entries, in the order of the course."""
    found: dict[str, Misconception] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        try:
            entries = tomllib.loads(path.read_text(encoding="utf-8"))
            for name, entry in entries.items():
                if name in found:
                    raise ValueError(f"{name} is there twice")
                found[name] = _read(name, entry)
        except (ValueError, TypeError, LookupError) as error:
            raise UsageError("settings_unreadable", file=path, reason=error) from error
    return found


def of_exercise(exercise: str) -> tuple[Misconception, ...]:
    """Give the misconceptions that an exercise has to catch."""
    return tuple(found for found in misconceptions().values() if found.exercise == exercise)


def _read(name: str, entry: Any) -> Misconception:
    if not isinstance(entry, Mapping):
        raise TypeError(f"{name} is not a table")
    if not name.isidentifier() or iskeyword(name):  # its copy of the package is imported by it
        raise ValueError(f"{name!r} is not a name in Python")
    rest = dict(entry)
    row = rest.pop("row", None)
    for key in ("exercise", "right", "wrong", *rest):
        if not isinstance(rest.get(key), str):
            raise TypeError(f"{name}: {key} is not a text, or is missing")
    exercise, right, wrong = (rest.pop(key) for key in ("exercise", "right", "wrong"))
    if exercise not in EXERCISE:
        raise ValueError(f"{name}: there is no exercise {exercise}")
    return Misconception(name, exercise, right, wrong, row=row, hints=rest)
