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
from grader.feedback.wording import feedback, place
from grader.grading.attempts import Grading
from grader.grading.bank import LIBRARIES
from grader.grading.compare import ERROR, PASSED
from grader.settings import Settings

from . import files

SCHEMA = "sinmagia/result/v1"
SCHEMA_FILE = Path(__file__).with_name("results.schema.json")


def document(
    grading: Grading, exercises: Sequence[Exercise], settings: Settings, texts: Texts
) -> dict[str, Any]:
    """Make the result of a grading; the score is null when the grader itself failed somewhere."""
    entries = [_entry(exercise, grading, texts) for exercise in exercises]
    failed = any(entry["state"] == ERROR for entry in entries)
    return {
        "schema": SCHEMA,
        "submission": plain(grading.submission.name),
        "language": texts.language,
        "score": None if failed else sum(entry["points"] for entry in entries),
        "max_score": sum(entry["max_points"] for entry in entries),
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
        "exercises": entries,
    }


def _entry(exercise: Exercise, grading: Grading, texts: Texts) -> dict[str, Any]:
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
        "feedback": feedback(attempt, exercise, grading.submission, texts),
    }


def write(path: Path, result: dict[str, Any]) -> None:
    """Write the document whole, or leave what was there."""
    files.write(path, json.dumps(result, indent=2, ensure_ascii=False) + "\n")
