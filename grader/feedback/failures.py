"""A failed attempt as the feedback object of `results.json`: what was seen, on what, and where."""

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
from .values import ARRAYS, MOST_SHOWN, show, shown
from .wording import SAYS_NOTHING_OF_A_CASE, category, message

# Beside the reference's files a submission could carry them out in its texts: a line has to do.
MOST_CARRIED = 100
NEVER_ALONE = ("import", "crash", "protocol")  # seen once, perhaps beside the reference


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


def carried(attempt: Attempt) -> str | None:
    """Give the texts of a submission's own choice in what may be seen beside the reference."""
    found = attempt.mismatch
    if found is None or not (attempt.limited or found.kind in NEVER_ALONE):
        return None
    value = found.actual if found.actual and found.actual.kind not in ARRAYS else None
    return repr([found.words.get(name) for name in ("types", "message", "detail")] + [value])


def _cut(mismatch: Mismatch, most: int) -> Mismatch:
    """Leave of each text that a submission could choose so many characters; of a type its base."""
    words = dict(mismatch.words)
    if mismatch.kind not in SAYS_NOTHING_OF_A_CASE:  # whose details are limits of ours
        words |= {name: plain(words[name], most) for name in ("message", "detail") if name in words}
    if "types" in words and most == 1:
        words["types"] = [next((name for name in words["types"] if hasattr(builtins, name)), "…")]
    actual, index = mismatch.actual, mismatch.index
    if actual and actual.kind not in ARRAYS and len(text := show(actual)) > max(most, 20):
        actual, index = Value("other", plain(text, most)), None
    return replace(mismatch, words=words, actual=actual, index=index)


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


def place(exercise: Exercise, submission: Submission) -> tuple[str, int]:
    """Find an exercise in the student's file: its TODO, else its function's `def`, else line 1."""
    text = submission.files.get(exercise.file, b"").decode("utf-8", errors="replace")
    *owner, name = exercise.symbol.split(".")
    found = re.search(rf"^[ \t]*# TODO {exercise.id}\b", text, re.MULTILINE)
    if not found:
        block = rf"^class\s+{owner[0]}\b.*?(?=^class\s|\Z)" if owner else r"\A.*"
        within = re.search(block, text, re.MULTILINE | re.DOTALL)
        function = re.compile(rf"^[ \t]*def\s+{name}\b", re.MULTILINE)
        found = within and function.search(text, *within.span())
    return submission.path(exercise.file), text.count("\n", 0, found.start()) + 1 if found else 1
