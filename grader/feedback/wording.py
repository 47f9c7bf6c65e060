"""Wording: a failed attempt as the feedback object of `results.json`, in the student's language."""

import re
from typing import Any

import numpy as np

from grader.curriculum.exercises import Exercise
from grader.curriculum.texts import Texts, plain
from grader.grading.attempts import Attempt
from grader.grading.compare import Mismatch
from grader.isolation.intake import Submission
from grader.programs.execution import Outcome, Value

ARRAYS = ("tensor", "array")


def feedback(attempt: Attempt, exercise: Exercise, submission: Submission, texts: Texts) -> Any:
    """Make the feedback object of a failed attempt; None for the other states."""
    mismatch, case = attempt.mismatch, attempt.case
    if mismatch is None:
        return None
    by_torch = case is not None and case.twin is None and isinstance(case.expected, Outcome)
    # What else the case looked at would distract.
    seen = (mismatch.expression,) if mismatch.expression else None
    if case and mismatch.expression not in case.program.observe:
        seen = None
    twin = case and isinstance(case.expected, Outcome) and (case.twin or case.program)
    file, line = place(exercise, submission)
    if mismatch.words.get("file"):  # where it was raised
        file, line = plain(submission.path(mismatch.words["file"])), mismatch.words["line"]
    return {
        "kind": mismatch.kind,
        "message": message(mismatch, exercise, submission, by_torch, texts),
        "note": texts["failure.limited"] if attempt.limited else None,
        "program": case and case.program.script("sinmagia", seen),
        "torch_program": twin.script("torch", seen) if twin else None,
        "by_torch": by_torch,
        "expression": mismatch.expression,
        "expected": _shown(mismatch.expected, mismatch, attempt.limited),
        "actual": _shown(mismatch.actual, mismatch, attempt.limited),
        "index": None if mismatch.index is None else list(mismatch.index),
        "file": file,
        "line": line,
        "lesson": exercise.lesson,
        "next": f"python -m pytest -k test_{exercise.id}_",
    }


def message(mismatch: Mismatch, exercise: Exercise, submission: Submission, by_torch: bool,
            texts: Texts) -> str:  # fmt: skip
    """Say what the grader saw, and ask the question that leads on."""
    kind, words = mismatch.kind, dict(mismatch.words)
    if kind == "complaint":
        return texts.say(f"complaint.{words.pop('complaint')}", **words)
    if kind == "import" and words["types"][0] == "ModuleNotFoundError":
        kind = "import_module"
    if kind == "raised" and words["file"] is None:
        kind = "raised_outside"
    if kind in ("raised", "raised_outside", "import", "import_module"):
        words = _raised(words, submission, texts)
    elif kind.startswith("file_"):
        words = {"file": submission.path(exercise.file)}
    elif "detail" in words:
        words = {"detail": plain(words["detail"])}
    words |= {"expression": mismatch.expression}
    words |= {"judge": texts["judge.torch" if by_torch else "judge.reference"]}
    expected, actual = mismatch.expected, mismatch.actual
    if expected and actual:
        if kind == "value" and mismatch.index is not None:
            words |= {"place": _coordinate(mismatch.index, texts)}
            words |= _pair(expected.content[mismatch.index], actual.content[mismatch.index])
        elif kind in ("shape", "dtype"):
            words |= {"expected": str(getattr(expected.content, kind)),
                      "actual": str(getattr(actual.content, kind))}  # fmt: skip
        elif kind == "type" and actual.kind == "other" and actual.content.endswith(" object"):
            kind = "objects"
        elif kind == "type":
            words |= {"expected": _kind(expected, texts), "actual": _kind(actual, texts)}
        elif kind == "value":
            words |= {"expected": show(expected), "actual": show(actual)}
            several = "\n" in f"{words['expected']}{words['actual']}"
            kind = "value_long" if several else "value_plain"
    return texts.say(f"failure.{kind}", **words)


def _raised(words: dict[str, Any], submission: Submission, texts: Texts) -> dict[str, str]:
    at = ""
    if words["file"] is not None:
        file = plain(submission.path(words["file"]))
        at = texts.say("place.line", file=file, line=words["line"])
    error, text = plain(words["types"][0]), plain(words["message"])
    return {"error": error, "place": at, "text": text.rstrip(".") or error}


def _coordinate(index: tuple[int, ...], texts: Texts) -> str:
    if not index:
        return texts["place.scalar"]
    return texts.say("place.at", index=", ".join(map(str, index)))


def _pair(expected: object, actual: object) -> dict[str, str]:
    """Write two numbers with as few digits as tell them apart."""
    for digits in (6, 9, 12, 17):
        pair = tuple(_number(x, digits) for x in (expected, actual))
        if pair[0] != pair[1]:
            break
    return {"expected": pair[0], "actual": pair[1]}


def _number(value: object, digits: int) -> str:
    return f"{value:.{digits}g}" if isinstance(value, (float, np.floating)) else str(value)


def _kind(value: Value, texts: Texts) -> str:
    name = plain(value.content) if value.kind == "other" else ""
    return texts.say(f"kind.{value.kind}", name=name)


def _shown(value: Value | None, mismatch: Mismatch, limited: bool) -> str | None:
    """Write a value; of a run beside the reference one number, or its shape and dtype.

    A submission could carry the reference's files out in the values that it returns.
    """
    if value is None:
        return None
    if not limited or value.kind not in ARRAYS:
        return show(value, mismatch.kind)
    if mismatch.index is None:
        return f"{value.content.shape} {value.content.dtype}"
    return f"{list(mismatch.index)}: {_number(value.content[mismatch.index], 6)}"


def show(value: Value, kind: str = "value") -> str:
    """Write a value as a student would meet it in Python; its dtype where that is what differs."""
    if value.kind in ARRAYS:
        with np.printoptions(precision=6, threshold=60, floatmode="maxprec", suppress=True):
            text = np.array2string(value.content, separator=", ")
        return f"{text}  dtype={value.content.dtype}" if kind == "dtype" else text
    if value.kind in ("tuple", "list"):
        items = ", ".join(
            f"array({show(item)})" if item.kind in ARRAYS else show(item) for item in value.content
        )
        comma = "," if value.kind == "tuple" and len(value.content) == 1 else ""
        return f"({items}{comma})" if value.kind == "tuple" else f"[{items}]"
    return plain(str(value.content))


def place(exercise: Exercise, submission: Submission) -> tuple[str, int]:
    """Find an exercise in the student's file: its TODO, else its function's `def`, else line 1."""
    path = submission.path(exercise.file)
    text = submission.files.get(exercise.file, b"").decode("utf-8", errors="replace")
    *owner, name = exercise.symbol.split(".")
    inside = not owner
    found = 1
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"\s*# TODO {exercise.id}\b", line):
            return path, number
        if owner and re.match(r"class\s", line):
            inside = re.match(rf"class\s+{owner[0]}\b", line) is not None
        if found == 1 and inside and re.match(rf"\s*def\s+{name}\b", line):
            found = number
    return path, found
