"""The explanation of a failed attempt: its smallest failing case, and how much of it is shown.

Importing this imports Hypothesis, which only failures need; torch comes when it is first asked.
"""

from collections.abc import Sequence
from dataclasses import replace

from grader.curriculum.exercises import EXERCISE, Exercise, dependants
from grader.isolation.process import Worker
from grader.programs.cases import Case

from .attempts import Attempt, Grading
from .bank import Bank
from .compare import PASSED, Mismatch, same, state_of
from .diagnosis import diagnose
from .shrink import simplest_failing

UNSHRINKABLE = ("time", "crash", "files", "protocol", "unasked")
MOST_SECONDS = 10  # of the worker's; only code that is very slow comes to it
MOST_LOST = 3  # of the cases that shrinking tries, each of which may cost its whole time


def explained(
    found: Attempt,
    exercise: Exercise,
    grading: Grading,
    bank: Bank,
    workers: tuple[Worker, Worker],
) -> Attempt:
    """Find the smallest failing case; show it in full if the student's files alone do the same."""
    if found.mismatch is None or found.mismatch.kind in UNSHRINKABLE:
        return found
    worker, alone = workers
    alone.begin()  # it starts while the case is shrunk
    budget, lost, taken = worker.budget, 0, 0.0

    def mismatch_of(case: Case, ran_by: Worker) -> Mismatch | None:
        return state_of(case, next(ran_by.run([case.program])))[1]

    def trials(cases: Sequence[Case]) -> list[Mismatch | None]:
        nonlocal lost, taken
        if lost >= MOST_LOST or not budget.explains or taken >= MOST_SECONDS:
            return []
        watch = worker.stopwatch()
        outcomes = list(worker.run([case.program for case in cases]))
        taken += watch.seconds()
        came = [state_of(*pair)[1] for pair in zip(cases, outcomes, strict=False)]
        shown = [None if m and m.kind in UNSHRINKABLE else m for m in came]
        lost += shown != came
        return shown

    try:
        cases = simplest_failing(exercise, bank, found.failed, trials)
    except Exception as fault:  # the verdict stands; only its explanation is poorer
        grading.warnings[exercise.id] = fault
        return replace(found, limited=True)
    for case in cases:  # what was tried may have left something behind that failed the next
        worker.stop()
        worker.begin()
        if (mismatch := mismatch_of(case, worker)) is not None:
            break
    else:  # they do not always fail: show what was seen
        case, mismatch = found.case or cases[-1], found.mismatch
    seen = alone.import_failure() is None and _alike(mismatch_of(case, alone), mismatch)
    known = None
    if not _undermined(exercise, grading):
        try:
            known = diagnose(exercise, case, bank.cases(exercise), found.failed, worker)
        except Exception as fault:  # the feedback stands without a name for the mistake
            grading.warnings[exercise.id] = fault
    return replace(found, case=case, mismatch=mismatch, limited=not seen,
                   misconception=known.id if known else None)  # fmt: skip


def _undermined(exercise: Exercise, grading: Grading) -> bool:
    """Say whether something of the student's that it builds on failed: the mistake may be there."""
    failed = (EXERCISE[name] for name, found in grading.attempts.items() if found.state != PASSED)
    beside = (other for other in failed if exercise.alone or other.stage == exercise.stage)
    return any(exercise.id in dependants(other) for other in beside if not other.alone)


def _alike(alone: Mismatch | None, shown: Mismatch) -> bool:
    """Say whether the student's files alone fail as is shown, values included.

    What is raised outside of the stage's files is raised in the student's own when these are alone.
    """
    if alone is None:
        return False
    words = dict(alone.words)
    if "file" in words and shown.words.get("file") is None:
        words |= {"file": None, "line": None}
    if words != shown.words:
        return False
    keys = "kind", "expression", "index"
    if not all(getattr(alone, key) == getattr(shown, key) for key in keys):
        return False
    if alone.actual is None or shown.actual is None:
        return alone.actual is shown.actual
    return same(alone.actual, shown.actual)
