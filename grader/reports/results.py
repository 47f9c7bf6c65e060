"""The result as a document: `results.json`, described by `results.schema.json`."""

import json
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from grader.curriculum.exercises import Exercise
from grader.curriculum.texts import Texts
from grader.feedback.escaping import plain
from grader.feedback.failures import Telling, carried, feedback, place
from grader.grading.attempts import Grading
from grader.grading.bank import LIBRARIES
from grader.grading.compare import ERROR, PASSED
from grader.settings import Settings

from . import files

SCHEMA = "sinmagia/result/v1"
MOST_NAMES = 10  # of files that had no effect
LONGEST_NAME = 120
MOST_TOLD = 10  # different failures beside the reference, told in the submission's own words
SCHEMA_FILE = Path(__file__).with_name("results.schema.json")


def document(
    grading: Grading, exercises: Sequence[Exercise], settings: Settings, texts: Texts
) -> dict[str, Any]:
    """Make the result of a grading; the score is null when the grader itself failed somewhere."""
    entries: list[dict[str, Any]] = []
    told: set[str | None] = {None}
    for exercise in exercises:
        texts_of_its_own = carried(grading.attempts[exercise.id])
        terse = texts_of_its_own not in told and len(told) > MOST_TOLD
        telling = Telling(settings.disclosure, terse)
        entries.append(_entry(exercise, grading, texts, telling))
        told |= set() if terse else {texts_of_its_own}
    ignored = grading.submission.ignored
    failed = any(entry["state"] == ERROR for entry in entries)
    return {
        "schema": SCHEMA,
        "submission": plain(grading.submission.name),
        "commit": grading.submission.commit,
        "language": texts.language,
        "score": None if failed else sum(entry["points"] for entry in entries),
        "max_score": sum(entry["max_points"] for entry in entries),
        "disclosure": settings.disclosure,
        "isolation": grading.isolation,
        "layers": list(grading.layers),
        "limits": vars(settings.limits),
        "seed_id": settings.seed_id,
        "practice_seed": settings.seed_is_public,
        "versions": {
            "grader": version("sin-magia"),
            "python": platform.python_version(),
            **{library: version(library) for library in LIBRARIES},
        },
        "seconds": round(grading.seconds, 3),
        "ignored": [plain(name, LONGEST_NAME) for name in ignored[:MOST_NAMES]],
        "ignored_more": max(0, len(ignored) - MOST_NAMES),
        "replaced": [plain(name, LONGEST_NAME) for name in grading.submission.replaced],
        "exercises": entries,
    }


def _entry(exercise: Exercise, grading: Grading, texts: Texts, telling: Telling) -> dict[str, Any]:
    attempt = grading.attempts[exercise.id]
    file, line = place(exercise, grading.submission)
    return {
        "id": exercise.id,
        "title": texts[f"exercises.{exercise.id}.title"],
        "stage": exercise.stage,
        "core": exercise.core,
        "points": exercise.points if attempt.state == PASSED else 0,
        "max_points": exercise.points,
        "state": attempt.state,
        "cases": attempt.cases,
        "seconds": round(attempt.seconds, 3),
        "file": file,
        "line": line,
        "lesson": exercise.lesson,
        "feedback": feedback(attempt, exercise, grading.submission, texts, telling),
    }


def write(path: Path, result: dict[str, Any]) -> None:
    """Write the document whole, or leave what was there."""
    files.write(path, json.dumps(result, indent=2, ensure_ascii=False) + "\n")
