"""Wording: the sentence that says how an attempt failed, in the student's language."""

import re
from typing import Any

from grader.curriculum.exercises import Exercise
from grader.curriculum.texts import Texts
from grader.grading.compare import Mismatch
from grader.isolation.intake import Submission
from grader.programs.execution import Value

from .escaping import plain
from .values import LISTS, inside, numbers, show

MOST_IN_A_SENTENCE = 100
MOST_OF_A_TYPE = 80
# Their sentences say nothing of a case; of the other kinds there is one for its category.
SAYS_NOTHING_OF_A_CASE = ("time", "files", "unasked", "exit", "recursion")


def message(mismatch: Mismatch, exercise: Exercise, submission: Submission, by_torch: bool,
            texts: Texts) -> str:  # fmt: skip
    """Say what the grader saw, and ask the question that leads on."""
    found = inside(mismatch)
    kind, words = _kind_and_words(found, submission, by_torch, texts)
    if kind == "complaint":
        return texts.say(f"complaint.{words.pop('complaint')}", **words)
    if kind.startswith("file_"):
        words["file"] = submission.path(exercise.file)
    expected, actual = found.expected, found.actual
    if kind == "mutated" and found.index is None:
        kind = "mutated_whole"
    elif expected and actual:
        if kind in ("value", "mutated") and found.index is not None:
            words |= {"place": _coordinate(found.index, texts)}
            words |= numbers(expected.content[found.index], actual.content[found.index])
        elif kind in ("shape", "dtype"):
            words |= {"expected": str(getattr(expected.content, kind)),
                      "actual": str(getattr(actual.content, kind))}  # fmt: skip
        elif kind == "type" and actual.kind == "other" and actual.content.endswith(" object"):
            kind = "objects"
        elif kind == "type":
            words |= {"expected": _kind(expected, texts), "actual": _kind(actual, texts)}
        elif kind == "value" and expected.kind == actual.kind and expected.kind in LISTS:
            kind = "length"
            words |= {"expected": len(expected.content), "actual": len(actual.content)}
        elif kind == "value":
            words |= {"expected": show(expected), "actual": show(actual)}
            long = any("\n" in words[name] or len(words[name]) > MOST_IN_A_SENTENCE
                       for name in ("expected", "actual"))  # fmt: skip
            kind = "value_long" if long else "value_plain"
    return texts.say(f"failure.{kind}", **words)


def category(mismatch: Mismatch, submission: Submission, by_torch: bool, texts: Texts) -> str:
    """Say what kind of thing went wrong, with nothing of the case in it."""
    kind, words = _kind_and_words(mismatch, submission, by_torch, texts)
    if kind == "value" and re.search(r"\.grad\b", mismatch.expression or ""):
        kind = "gradient"
    room = "failure" if kind in SAYS_NOTHING_OF_A_CASE else "category"
    return texts.say(f"{room}.{kind}", **words)


def _kind_and_words(found: Mismatch, submission: Submission, by_torch: bool,
                    texts: Texts) -> tuple[str, dict[str, Any]]:  # fmt: skip
    """Tell the kinds apart that need a sentence of their own, and give what its sentence needs."""
    kind, words = found.kind, dict(found.words)
    if kind in ("raised", "import"):
        kind = _raised_kind(kind, words)
        words = _raised(words, submission, texts)
    elif "detail" in words:
        words = {"detail": plain(words["detail"]), "place": _place(words, submission, texts)}
    judge = texts["judge.torch" if by_torch else "judge.reference"]
    return kind, words | {"expression": found.expression, "judge": judge}


def _raised_kind(kind: str, words: dict[str, Any]) -> str:
    """Tell apart what an exception means here, where it means something of its own."""
    if words["types"][0] == "SystemExit":
        return "exit"
    if kind == "import" and words["types"][0] == "ModuleNotFoundError":
        return "import_module"
    if words.get("wanted"):
        return "raised_other"
    if kind == "raised" and words["types"][0] == "RecursionError":
        return "recursion"
    return "raised_outside" if kind == "raised" and words["file"] is None else kind


def _raised(words: dict[str, Any], submission: Submission, texts: Texts) -> dict[str, Any]:
    """Say which exception it was, where and with what message, if that says anything."""
    error, text = plain(words["types"][0], MOST_OF_A_TYPE), plain(words["message"]).rstrip(".… ")
    return {
        "error": error,
        "place": _place(words, submission, texts),
        "wanted": words.get("wanted"),
        "reason": text or error,
        "text": f": {text}" if text else "",
    }


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


def _kind(value: Value, texts: Texts) -> str:
    name = plain(value.content, MOST_OF_A_TYPE) if value.kind == "other" else ""
    return texts.say(f"kind.{value.kind}", name=name)
