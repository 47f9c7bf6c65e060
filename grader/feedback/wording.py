"""Wording: a failed attempt as the feedback object of `results.json`, in the student's language."""

import re
from typing import Any

import numpy as np

from grader.curriculum.exercises import Exercise
from grader.curriculum.texts import Texts
from grader.grading.compare import Mismatch
from grader.grading.runner import Attempt
from grader.isolation.intake import Submission
from grader.programs.execution import Outcome, Value

ARRAYS = ("tensor", "array")


def feedback(attempt: Attempt, exercise: Exercise, submission: Submission, texts: Texts) -> Any:
    """Make the feedback object of a failed attempt; None for the other states."""
    mismatch, case = attempt.mismatch, attempt.case
    if mismatch is None:
        return None
    # Beside the reference's files, a submission could carry them out in the values it returns.
    shown = _at(mismatch.actual, mismatch.index) if attempt.limited else mismatch.actual
    twin = case and isinstance(case.expected, Outcome) and (case.twin or case.program)
    observed = None
    if case and mismatch.expression in case.program.observe:
        observed = (mismatch.expression,)  # what else the case looked at would distract
    file, line = place(exercise, submission)
    return {
        "kind": mismatch.kind,
        "message": message(mismatch, exercise, submission, texts),
        "note": texts["failure.limited"] if attempt.limited and mismatch.actual else None,
        "program": case and case.program.script("sinmagia", observed),
        "torch_program": twin.script("torch", observed) if twin else None,
        "expression": mismatch.expression,
        "expected": mismatch.expected and show(mismatch.expected, mismatch.kind),
        "actual": shown and show(shown, mismatch.kind),
        "index": None if mismatch.index is None else list(mismatch.index),
        "file": file,
        "line": line,
        "lesson": exercise.lesson,
        "next": f"python -m pytest -k {exercise.id}",
    }


def message(mismatch: Mismatch, exercise: Exercise, submission: Submission, texts: Texts) -> str:
    """Say what the grader saw, and ask the question that leads on."""
    kind, words = mismatch.kind, dict(mismatch.words)
    if kind == "complaint":
        return texts.say(f"complaint.{words.pop('complaint')}", **words)
    if kind in ("raised", "import"):
        words = _raised(words, submission, texts)
    elif kind.startswith("file_"):
        words = {"file": submission.path(exercise.file)}
    elif "detail" in words:
        words = {"detail": plain(words["detail"])}
    expected, actual = mismatch.expected, mismatch.actual
    if expected and actual:
        words |= {"expression": mismatch.expression}
        if kind == "value" and mismatch.index is not None:
            words |= {"place": _coordinate(mismatch.index, texts)}
            words |= _pair(expected.content[mismatch.index], actual.content[mismatch.index])
        elif kind in ("shape", "dtype"):
            words |= {"expected": str(getattr(expected.content, kind)),
                      "actual": str(getattr(actual.content, kind))}  # fmt: skip
        elif kind == "type":
            words |= {"expected": _kind(expected, texts), "actual": _kind(actual, texts)}
        elif kind == "value":
            kind = "value_plain"
            words |= {"expected": show(expected), "actual": show(actual)}
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
        pair = tuple(
            f"{x:.{digits}g}" if isinstance(x, (float, np.floating)) else str(x)
            for x in (expected, actual)
        )
        if pair[0] != pair[1]:
            break
    return {"expected": pair[0], "actual": pair[1]}


def _kind(value: Value, texts: Texts) -> str:
    name = plain(value.content) if value.kind == "other" else ""
    return texts.say(f"kind.{value.kind}", name=name)


def _at(value: Value | None, index: tuple[int, ...] | None) -> Value | None:
    """Keep of a value what may be shown of a run beside the reference: one number, or its kind."""
    if value is None or value.kind not in ARRAYS:
        return value
    if index is None:
        return Value("other", f"{value.kind} {value.content.shape} {value.content.dtype}")
    return Value(value.kind, np.asarray(value.content[index]))


def show(value: Value, kind: str = "value") -> str:
    """Write a value as a student would meet it in Python; its dtype where that is what differs."""
    if value.kind in ARRAYS:
        with np.printoptions(precision=6, threshold=60, floatmode="maxprec", suppress=True):
            text = np.array2string(value.content, separator=", ")
        return f"{text}  dtype={value.content.dtype}" if kind == "dtype" else text
    if value.kind in ("tuple", "list"):
        items = ", ".join(show(item) for item in value.content)
        comma = "," if value.kind == "tuple" and len(value.content) == 1 else ""
        return f"({items}{comma})" if value.kind == "tuple" else f"[{items}]"
    return plain(str(value.content))


def plain(text: str) -> str:
    """Take from text that a submission chose what a terminal, Markdown or a runner acts on."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return re.sub(r":(?=:)", ": ", text).replace("##[", "## [").replace("`", "'")


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
