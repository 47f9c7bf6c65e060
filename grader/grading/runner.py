"""One submission in, one result out: stage it, replay the bank, compare, shrink what failed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from grader.curriculum.exercises import STAGES, Exercise, Stage
from grader.isolation.intake import Submission
from grader.isolation.process import Worker
from grader.programs.cases import Case
from grader.programs.execution import Outcome
from grader.settings import Settings

from . import staging
from .bank import Bank
from .compare import ERROR, FAILED, PASSED, PENDING, Mismatch, state_of

UNSHRINKABLE = ("time", "crash", "protocol")


@dataclass(frozen=True)
class Attempt:
    """What an exercise came to: its state, the distinct cases compared, and the failing case.

    `limited` says that the values shown come from a run beside the reference's files.
    """

    state: str
    cases: int = 0
    seconds: float = 0.0
    mismatch: Mismatch | None = None
    case: Case | None = None
    failed: tuple[Case, ...] = ()
    limited: bool = False


@dataclass
class Grading:
    """A submission's attempts by exercise, in the order of the course."""

    submission: Submission
    isolation: str
    attempts: dict[str, Attempt] = field(default_factory=dict)
    faults: dict[str, Exception] = field(default_factory=dict)
    seconds: float = 0.0


Progress = Callable[[Exercise, str], None]


def grade(
    submission: Submission,
    exercises: Sequence[Exercise],
    settings: Settings,
    isolation: str,
    progress: Progress = lambda *_: None,
) -> Grading:
    """Grade exercises on the student's whole package first, then those that failed by stage."""
    start = time.perf_counter()
    grading = Grading(submission, isolation)
    bank = Bank(settings)
    with (
        staging.tree(staging.whole(submission)) as tree,
        Worker(tree, isolation, settings.limits) as worker,
    ):
        failure = worker.import_failure()
        for exercise in exercises:
            attempt = failed_import(failure) or guarded(grading, exercise, worker, bank)
            grading.attempts[exercise.id] = attempt
            if attempt.state == PASSED:
                progress(exercise, PASSED)
        for stage in STAGES:
            left = [e for e in exercises if e.stage == stage.number
                    and grading.attempts[e.id].state in (FAILED, PENDING)]  # fmt: skip
            if left:
                _grade_stage(grading, stage, left, bank, worker if failure is None else None)
            for exercise in left:
                progress(exercise, grading.attempts[exercise.id].state)
    grading.seconds = time.perf_counter() - start
    return grading


def _grade_stage(grading: Grading, stage: Stage, exercises: Sequence[Exercise], bank: Bank,
                 alone: Worker | None) -> None:  # fmt: skip
    """Grade a stage's exercises beside the reference's other files.

    A file that is missing or cannot be imported is set aside: its exercises fail with the reason,
    the stage's other files are graded.
    """
    submission = grading.submission
    aside = {file: Mismatch(fault, words={"file": submission.path(file)})
             for file, fault in submission.faults.items() if file in stage.files}  # fmt: skip
    while True:
        kept = {file: data for file, data in submission.files.items() if file not in aside}
        files = staging.mixed(replace(submission, files=kept), stage)
        with (
            staging.tree(files) as tree,
            Worker(tree, grading.isolation, bank.settings.limits) as worker,
        ):
            failure = worker.import_failure()
            broken = failure.raised.file if failure and failure.raised else None
            if failure and failure.raised and broken in kept and broken in stage.files:
                aside[broken] = Mismatch("import", words=vars(failure.raised))
                continue
            for exercise in exercises:
                before = grading.attempts[exercise.id]
                if exercise.file in aside:
                    attempt = Attempt(FAILED, mismatch=aside[exercise.file])
                else:
                    attempt = failed_import(failure) or guarded(grading, exercise, worker, bank)
                if attempt.state == FAILED and attempt.failed:
                    attempt = _explained(attempt, exercise, bank, worker, alone)
                seconds = before.seconds + attempt.seconds
                grading.attempts[exercise.id] = replace(attempt, seconds=seconds)
            return


def failed_import(failure: Outcome | None) -> Attempt | None:
    """Turn a failed import of the package into every exercise's attempt; None if it succeeded."""
    if failure is None:
        return None
    if failure.raised is None:
        return Attempt(
            FAILED, mismatch=Mismatch(failure.lost or "", words={"detail": failure.detail})
        )
    if "NotImplementedError" in failure.raised.types:
        return Attempt(PENDING)
    return Attempt(FAILED, mismatch=Mismatch("import", words=vars(failure.raised)))


def guarded(grading: Grading, exercise: Exercise, worker: Worker, bank: Bank) -> Attempt:
    """Attempt an exercise; a fault of ours is noted as such, and never costs the student."""
    start = time.perf_counter()
    try:
        attempt = attempt_cases(bank.cases(exercise), worker, bank.settings)
    except Exception as fault:  # whatever goes wrong on our side of the channel
        grading.faults[exercise.id] = fault
        worker.stop()
        attempt = Attempt(ERROR)
    return replace(attempt, seconds=time.perf_counter() - start)


def attempt_cases(cases: Sequence[Case], worker: Worker, settings: Settings) -> Attempt:
    """Run and compare an exercise's cases: one first, since a stub answers all of them alike."""
    compared, failed = 0, []
    first: tuple[str, Mismatch | None, Case] | None = None
    deadline = time.perf_counter() + settings.limits.seconds_an_exercise
    for batch in (cases[:1], cases[1:]):
        if first is not None and first[0] == PENDING:
            break
        outcomes = worker.run([case.program for case in batch])
        for case, came in zip(batch, outcomes, strict=False):
            outcome = came
            if time.perf_counter() > deadline:
                worker.stop()
                outcome = Outcome(lost="time", detail=f"{settings.limits.seconds_an_exercise:g}")
            state, mismatch = state_of(case, outcome)
            compared += 1
            if state == FAILED:
                failed.append(case)
            if state != PASSED and first is None:
                first = state, mismatch, case
            if outcome.lost:
                return Attempt(FAILED, compared, mismatch=mismatch, case=case, failed=(case,))
    if first is None:
        return Attempt(PASSED, compared)
    state, mismatch, case = first
    return Attempt(state, compared, mismatch=mismatch, case=case, failed=tuple(failed))


def _explained(attempt: Attempt, exercise: Exercise, bank: Bank, worker: Worker,
               alone: Worker | None) -> Attempt:  # fmt: skip
    """Find the smallest failing case; show it in full if the student's files alone do the same."""
    if attempt.mismatch is None or attempt.mismatch.kind in UNSHRINKABLE:
        return attempt
    from .shrink import smallest_failing  # and Hypothesis and torch with it

    def outcome_of(case: Case, ran_by: Worker) -> tuple[str, Mismatch | None]:
        return state_of(case, next(ran_by.run([case.program])))

    case = smallest_failing(
        exercise, bank, attempt.failed, lambda case: outcome_of(case, worker)[0] == FAILED
    )
    state, mismatch = outcome_of(case, worker)
    if state != FAILED:  # it does not always fail: show what was seen
        case, mismatch = attempt.case or case, attempt.mismatch
    same = alone is not None and _alike(outcome_of(case, alone)[1], mismatch)
    return replace(attempt, case=case, mismatch=mismatch, limited=not same)


def _alike(one: Mismatch | None, other: Mismatch | None) -> bool:
    """Say whether two failures show the same difference, values included."""
    if one is None or other is None:
        return False
    keys = "kind", "expression", "index"
    return all(getattr(one, key) == getattr(other, key) for key in keys) and (
        repr(one.actual) == repr(other.actual) and one.words == other.words
    )
