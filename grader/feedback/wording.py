"""Wording: a failed attempt as the feedback object of `results.json`, in the student's language."""

import builtins
import re
from dataclasses import replace
from typing import Any

import numpy as np

from grader.curriculum.exercises import Exercise
from grader.curriculum.misconceptions import misconceptions
from grader.curriculum.texts import Texts
from grader.grading.attempts import Attempt
from grader.grading.compare import Mismatch
from grader.isolation.intake import Submission
from grader.programs.execution import Outcome, Value

from .escaping import plain

ARRAYS = ("tensor", "array")
MOST_SHOWN = 2_000  # characters of a value
MOST_IN_A_SENTENCE = 100
MOST_DIMENSIONS = 4  # the course asks for three
MOST_OF_A_TYPE = 80
# Beside the reference's files a submission could carry them out in its texts: a line has to do.
MOST_CARRIED = 100
NEVER_ALONE = ("import", "crash", "protocol")  # seen once, perhaps beside the reference


def carried(attempt: Attempt) -> str | None:
    """Give the texts of a submission's own choice in what may be seen beside the reference."""
    found = attempt.mismatch
    if found is None or not (attempt.limited or found.kind in NEVER_ALONE):
        return None
    value = found.actual if found.actual and found.actual.kind not in ARRAYS else None
    return repr([found.words.get(name) for name in ("types", "message", "detail")] + [value])


def feedback(attempt: Attempt, exercise: Exercise, submission: Submission, texts: Texts,
             *, terse: bool = False) -> Any:  # fmt: skip
    """Make the feedback object of a failed attempt; None for the other states.

    A terse one has no text of the submission's own choice, if that could carry the reference out.
    """
    mismatch, case = attempt.mismatch, attempt.case
    if mismatch is None:
        return None
    if carried(attempt) is not None:
        mismatch = _cut(mismatch, 1 if terse else MOST_CARRIED)
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
        "misconception": attempt.misconception,
        "hint": hint(attempt, texts),
        "note": texts["failure.limited"] if attempt.limited else None,
        "program": case and case.program.script("sinmagia", seen),
        "torch_program": twin.script("torch", seen) if twin else None,
        "by_torch": by_torch,
        "expression": mismatch.expression,
        "expected": _shown(mismatch.expected, attempt, texts),
        "actual": _shown(mismatch.actual, attempt, texts),
        "index": None if mismatch.index is None else list(mismatch.index),
        "file": file,
        "line": line,
        "lesson": exercise.lesson,
        "next": f"python -m pytest -k test_{exercise.id}_",
    }


def hint(attempt: Attempt, texts: Texts) -> str | None:
    """Give the hint of the misconception that the attempt shows, if it shows one."""
    if attempt.misconception is None:
        return None
    return misconceptions()[attempt.misconception].hints[texts.language]


def _cut(mismatch: Mismatch, most: int) -> Mismatch:
    """Leave of each text that a submission could choose so many characters; of a type its base."""
    words = dict(mismatch.words)
    words |= {name: plain(words[name], most) for name in ("message", "detail") if name in words}
    if "types" in words and most == 1:
        words["types"] = [next((name for name in words["types"] if hasattr(builtins, name)), "…")]
    actual = mismatch.actual
    if actual and actual.kind not in ARRAYS and len(text := show(actual)) > max(most, 20):
        actual = Value("other", plain(text, most))
    return replace(mismatch, words=words, actual=actual)


def message(mismatch: Mismatch, exercise: Exercise, submission: Submission, by_torch: bool,
            texts: Texts) -> str:  # fmt: skip
    """Say what the grader saw, and ask the question that leads on."""
    kind, words = mismatch.kind, dict(mismatch.words)
    if kind == "complaint":
        return texts.say(f"complaint.{words.pop('complaint')}", **words)
    if kind in ("raised", "import"):
        kind = _raised_kind(kind, words)
        words = _raised(words, submission, texts)
    elif kind.startswith("file_"):
        words = {"file": submission.path(exercise.file)}
    elif "detail" in words:
        words = {"detail": plain(words["detail"]), "place": _place(words, submission, texts)}
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
            long = any("\n" in words[name] or len(words[name]) > MOST_IN_A_SENTENCE
                       for name in ("expected", "actual"))  # fmt: skip
            kind = "value_long" if long else "value_plain"
    return texts.say(f"failure.{kind}", **words)


def _raised_kind(kind: str, words: dict[str, Any]) -> str:
    """Tell apart what an exception means here, where it means something of its own."""
    if words["types"][0] == "SystemExit":
        return "exit"
    if kind == "import" and words["types"][0] == "ModuleNotFoundError":
        return "import_module"
    return "raised_outside" if kind == "raised" and words["file"] is None else kind


def _raised(words: dict[str, Any], submission: Submission, texts: Texts) -> dict[str, str]:
    error, text = plain(words["types"][0], MOST_OF_A_TYPE), plain(words["message"])
    at = _place(words, submission, texts)
    return {"error": error, "place": at, "text": text.rstrip(".") or error}


def _place(words: dict[str, Any], submission: Submission, texts: Texts) -> str:
    """Say in which line of the student's something happened, where that is known."""
    if words.get("file") is None:
        return ""
    file = plain(submission.path(words["file"]))
    return texts.say("place.line", file=file, line=words["line"])


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
    name = plain(value.content, MOST_OF_A_TYPE) if value.kind == "other" else ""
    return texts.say(f"kind.{value.kind}", name=name)


def _shown(value: Value | None, attempt: Attempt, texts: Texts) -> str | None:
    """Write a value, cut where it gets long; beside the reference one number, or shape and dtype.

    A submission could carry the reference's files out in the values that it returns.
    """
    mismatch = attempt.mismatch
    if value is None or mismatch is None:
        return None
    if not attempt.limited or value.kind not in ARRAYS:
        text = show(value, mismatch.kind)
        if len(text) > MOST_SHOWN:
            return f"{text[:MOST_SHOWN]}{texts.say('report.cut', most=MOST_SHOWN)}"
        return text
    if mismatch.index is None:
        return f"{value.content.shape} {value.content.dtype}"
    return f"{list(mismatch.index)}: {_number(value.content[mismatch.index], 6)}"


def show(value: Value, kind: str = "value") -> str:
    """Write a value as a student would meet it in Python; its dtype where that is what differs.

    Of a list no more than is shown. An array of many dimensions, which NumPy does not abridge, is
    written flat: a few of them would take megabytes, and minutes.
    """
    if value.kind in ARRAYS:
        with np.printoptions(precision=6, threshold=60, floatmode="maxprec", suppress=True):
            many = value.content.ndim > MOST_DIMENSIONS
            text = np.array2string(value.content.ravel() if many else value.content, separator=", ")
        text += f"  shape={value.content.shape}" if many else ""
        return f"{text}  dtype={value.content.dtype}" if kind == "dtype" else text
    if value.kind in ("tuple", "list"):
        items, length = [], 0
        for item in value.content:
            items.append(f"array({show(item)})" if item.kind in ARRAYS else show(item))
            length += len(items[-1])
            if length > MOST_SHOWN:
                break
        comma = "," if value.kind == "tuple" and len(value.content) == 1 else ""
        inside = ", ".join(items)
        return f"({inside}{comma})" if value.kind == "tuple" else f"[{inside}]"
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
