"""Wording: a failed attempt as the feedback object of `results.json`, in the student's language."""

import builtins
import re
from dataclasses import dataclass, replace
from typing import Any

from grader.curriculum.exercises import STAGES, Exercise
from grader.curriculum.misconceptions import misconceptions
from grader.curriculum.texts import Texts
from grader.grading.attempts import Attempt
from grader.grading.compare import Mismatch
from grader.isolation.intake import Submission
from grader.programs.cases import Case
from grader.programs.execution import Outcome, Value
from grader.programs.program import Program
from grader.settings import ALL

from .disclosure import disclosed
from .escaping import plain
from .graph import graph
from .values import ARRAYS, LISTS, MOST_SHOWN, inside, numbers, show, shown

MOST_IN_A_SENTENCE = 100
MOST_OF_A_TYPE = 80
# Beside the reference's files a submission could carry them out in its texts: a line has to do.
MOST_CARRIED = 100
NEVER_ALONE = ("import", "crash", "protocol")  # seen once, perhaps beside the reference
# Their sentences say nothing of a case; of the other kinds there is one for its category.
SAYS_NOTHING_OF_A_CASE = ("time", "files", "unasked", "exit", "recursion")


def carried(attempt: Attempt) -> str | None:
    """Give the texts of a submission's own choice in what may be seen beside the reference."""
    found = attempt.mismatch
    if found is None or not (attempt.limited or found.kind in NEVER_ALONE):
        return None
    value = found.actual if found.actual and found.actual.kind not in ARRAYS else None
    return repr([found.words.get(name) for name in ("types", "message", "detail")] + [value])


@dataclass(frozen=True)
class Telling:
    """How much is told: of a hidden case as `disclosure` says; and in whose words.

    A `terse` one has no text of the submission's own choice, if that could carry the reference out.
    """

    disclosure: str = ALL
    terse: bool = False


def feedback(attempt: Attempt, exercise: Exercise, submission: Submission, texts: Texts,
             telling: Telling = Telling()) -> Any:  # fmt: skip
    """Make the feedback object of a failed attempt; None for the other states."""
    mismatch, case = attempt.mismatch, attempt.case
    if mismatch is None:
        return None
    if case and _written_into(mismatch, exercise, case):
        mismatch = replace(mismatch, kind="mutated")
    if carried(attempt) is not None:
        mismatch = _cut(mismatch, 1 if telling.terse else MOST_CARRIED)
    todo = file, line = place(exercise, submission)
    if mismatch.words.get("file"):  # where it was raised
        file, line = plain(submission.path(mismatch.words["file"])), mismatch.words["line"]
    torch = _torch_program(case)
    by_torch = case is not None and torch is case.program
    sentence = message(mismatch, exercise, submission, by_torch, texts)
    whole = {
        "kind": mismatch.kind,
        "message": sentence,
        "misconception": attempt.misconception,
        "hint": hint(attempt, texts),
        "note": texts["failure.limited"] if attempt.limited else None,
        **_programs(mismatch, case, torch),
        "by_torch": by_torch,
        "expression": mismatch.expression,
        **shown(mismatch, texts.say("report.cut", most=MOST_SHOWN), limited=attempt.limited),
        "index": None if mismatch.index is None else list(mismatch.index),
        "file": file,
        "line": line,
        "lesson": exercise.lesson,
        "next": f"python -m pytest -k test_{exercise.id}_",
    }
    if case is None:  # it came to none, so there is nothing to keep back
        return whole
    without_values = category(_cut(mismatch, 1), submission, by_torch, texts)
    return disclosed(whole, telling.disclosure, without_values, todo, texts)


def hint(attempt: Attempt, texts: Texts) -> str | None:
    """Give the hint of the misconception that the attempt shows, if it shows one."""
    if attempt.misconception is None:
        return None
    return misconceptions()[attempt.misconception].hints[texts.language]


def _written_into(mismatch: Mismatch, exercise: Exercise, case: Case) -> bool:
    """Say whether it is an input tensor that differs: nothing in these stages may change one."""
    made = re.compile(rf"^{re.escape(mismatch.expression or ' ')} = torch\.tensor\(", re.MULTILINE)
    inputs_stay = STAGES[exercise.stage].name in ("operations", "backward")
    return mismatch.kind == "value" and inputs_stay and bool(made.search(case.program.source))


def _torch_program(case: Case | None) -> Program | None:
    """Give what torch was asked; None where a rule or our own words judged, not torch."""
    if case is None or not isinstance(case.expected, Outcome):
        return None
    asked = case.twin or case.program
    return None if "sinmagia." in asked.source else asked


def _programs(found: Mismatch, case: Case | None, torch: Program | None) -> dict[str, str | None]:
    """Write out the program, for the student's package and for torch, and draw it."""
    if case is None:
        return {"program": None, "torch_program": None, "graph": None}
    # What else the case looked at would distract.
    known = {*case.program.observe, *case.program.inputs}
    seen = (found.expression,) if found.expression in known else None
    return {
        "program": case.program.script("sinmagia", seen),
        "torch_program": torch.script("torch", seen) if torch else None,
        "graph": graph(case.program, found.expression),
    }


def _cut(mismatch: Mismatch, most: int) -> Mismatch:
    """Leave of each text that a submission could choose so many characters; of a type its base."""
    words = dict(mismatch.words)
    words |= {name: plain(words[name], most) for name in ("message", "detail") if name in words}
    if "types" in words and most == 1:
        words["types"] = [next((name for name in words["types"] if hasattr(builtins, name)), "…")]
    actual, index = mismatch.actual, mismatch.index
    if actual and actual.kind not in ARRAYS and len(text := show(actual)) > max(most, 20):
        actual, index = Value("other", plain(text, most)), None
    return replace(mismatch, words=words, actual=actual, index=index)


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


def place(exercise: Exercise, submission: Submission) -> tuple[str, int]:
    """Find an exercise in the student's file: its TODO, else its function's `def`, else line 1."""
    path = submission.path(exercise.file)
    text = submission.files.get(exercise.file, b"").decode("utf-8", errors="replace")
    *owner, name = exercise.symbol.split(".")
    within = not owner
    found = 1
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"\s*# TODO {exercise.id}\b", line):
            return path, number
        if owner and re.match(r"class\s", line):
            within = re.match(rf"class\s+{owner[0]}\b", line) is not None
        if found == 1 and within and re.match(rf"\s*def\s+{name}\b", line):
            found = number
    return path, found
