"""Where things are, and the lecturer's choices: `course/course.toml`, read once."""

import hashlib
import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COURSE = ROOT / "course"
SOLUTIONS = ROOT / "solutions"
STUBS = ROOT / "exercises"
STUDENT_TESTS = ROOT / "tests" / "student"
PRACTICE_SEED = "practice"
ALL, CATEGORY, NOTHING = "all", "category", "nothing"  # what a student sees of a hidden case


class UsageError(Exception):
    """Input that cannot be used: the key of one clear sentence, and its values; exit code 2."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(f"{key}: {values}" if values else key)
        self.key = key
        self.values = values


@dataclass(frozen=True)
class Limits:
    """What a worker process may use, and how much time a submission may lose by hanging."""

    seconds_a_case: float
    seconds_at_least: float
    seconds_an_exercise: float
    seconds_a_stage: float
    seconds_a_submission: float
    seconds_altogether: float
    memory_mb: int
    processes: int
    files: int
    file_mb: int
    scratch_mb: int
    scratch_files: int
    reply_mb: int
    printed_kb: int


@dataclass(frozen=True)
class Settings:
    """The lecturer's choices; `seed` is secret, `seed_id` is its public fingerprint."""

    language: str
    languages: tuple[str, ...]
    seed: str
    limits: Limits
    generated: int
    shrink_calls: int
    bank: Path
    disclosure: str = ALL

    @property
    def seed_id(self) -> str:
        """Tell seeds apart without giving them away."""
        return hashlib.sha256(b"sin magia seed " + self.seed.encode()).hexdigest()[:12]

    @property
    def seed_is_public(self) -> bool:
        """Say whether the cases come from the practice seed that anybody can read here."""
        return self.seed == PRACTICE_SEED


@cache
def load() -> Settings:
    """Read the settings; a mistake in them is a UsageError that names the file."""
    path = COURSE / "course.toml"
    try:
        return _checked(tomllib.loads(path.read_text(encoding="utf-8")))
    except KeyError as error:
        raise UsageError("settings_unreadable", file=path, reason=f"{error} is missing") from error
    except (OSError, ValueError, TypeError) as error:
        raise UsageError("settings_unreadable", file=path, reason=error) from error


def _checked(data: dict[str, Any]) -> Settings:
    """Make the settings of what the file says; an error tells what is wrong with it."""
    for table in ("limits", "cases"):
        for name, value in data[table].items():
            numbers = (int, float) if name.startswith("seconds") else (int,)
            if type(value) not in numbers or value <= 0:
                raise ValueError(f"{name} has to be a number above 0, and whole unless in seconds")
    languages = data["languages"]
    known = [path.parent.name for path in COURSE.glob("*/catalogue")]
    if not isinstance(languages, list) or not languages or not set(languages) <= set(known):
        raise ValueError(f"languages has to be a list of {', '.join(sorted(known))}")
    if data["language"] not in languages:
        raise ValueError(f"language has to be one of {', '.join(languages)}")
    disclosure = data["feedback"]["disclosure"]
    if disclosure not in (ALL, CATEGORY, NOTHING):
        raise ValueError(f"disclosure has to be one of {ALL}, {CATEGORY}, {NOTHING}")
    return Settings(
        language=data["language"],
        languages=tuple(languages),
        seed=os.environ.get(data["seed_variable"]) or PRACTICE_SEED,
        limits=Limits(**data["limits"]),
        generated=data["cases"]["generated"],
        shrink_calls=data["cases"]["shrink_calls"],
        bank=Path(os.environ.get("SINMAGIA_BANK") or ROOT / ".cache" / "bank"),
        disclosure=disclosure,
    )
