"""One submission in, one result out: stage it, replay the bank, compare, shrink what failed."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from grader.curriculum.exercises import STAGES, Exercise, Stage
from grader.isolation.intake import Submission
from grader.isolation.process import Worker
from grader.programs.cases import Case
from grader.programs.execution import Outcome
from grader.settings import Limits, Settings

from . import staging
from .bank import Bank
from .compare import ERROR, FAILED, PASSED, PENDING, Mismatch, state_of

UNSHRINKABLE = ("time", "crash", "protocol")
MOST_LOST = 3  # of the cases that shrinking tries, each of which may cost its whole time


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
    warnings: dict[str, Exception] = field(default_factory=dict)
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
    files = staging.whole(submission)
    with (
        staging.tree(files) as tree,
        Worker(tree, isolation, settings.limits, patient=False) as worker,
    ):
        for exercise in exercises:
            with faults_are_ours(grading, [exercise]):
                grading.attempts[exercise.id] = attempt(exercise, worker, bank)
            if grading.attempts[exercise.id].state in (PASSED, ERROR):
                progress(exercise, grading.attempts[exercise.id].state)
        for stage in STAGES:
            left = [e for e in exercises if e.stage == stage.number
                    and grading.attempts[e.id].state in (FAILED, PENDING)]  # fmt: skip
            if left:
                with faults_are_ours(grading, left):
                    _grade_stage(grading, stage, left, bank, worker)
            for exercise in left:
                progress(exercise, grading.attempts[exercise.id].state)
    grading.seconds = time.perf_counter() - start
    return grading


@contextmanager
def faults_are_ours(grading: Grading, exercises: Sequence[Exercise]) -> Iterator[None]:
    """Note whatever goes wrong on our side as an error of the grader, never as the student's."""
    try:
        yield
    except Exception as fault:
        for exercise in exercises:
            grading.faults[exercise.id] = fault
            grading.attempts[exercise.id] = Attempt(ERROR)


def _grade_stage(grading: Grading, stage: Stage, exercises: Sequence[Exercise], bank: Bank,
                 alone: Worker) -> None:  # fmt: skip
    """Grade a stage's exercises beside the reference's other files.

    A file that is missing or cannot be imported is set aside: its exercises fail with the reason,
    the stage's other files are graded.
    """
    submission = grading.submission
    aside = {file: Attempt(FAILED, mismatch=Mismatch(fault))
             for file, fault in submission.faults.items()}  # fmt: skip
    while True:
        files = {file: data for file, data in submission.files.items() if file not in aside}
        rest, limits = replace(submission, files=files), bank.settings.limits
        with (
            staging.tree(staging.mixed(rest, stage)) as tree,
            Worker(tree, grading.isolation, limits) as worker,
        ):
            failure = worker.import_failure()
            broken = _broken_file(failure, rest, stage, grading.isolation, limits)
            if broken is not None:
                aside[broken[0]] = broken[1]
                continue
            for exercise in exercises:
                before = grading.attempts[exercise.id].seconds
                now = aside.get(exercise.file)
                if now is None:
                    with faults_are_ours(grading, [exercise]):
                        now = attempt(exercise, worker, bank)
                        now = _explained(now, exercise, grading, bank, (worker, alone))
                if now is not None and exercise.id not in grading.faults:
                    grading.attempts[exercise.id] = replace(now, seconds=before + now.seconds)
            return


def _broken_file(failure: Outcome | None, submission: Submission, stage: Stage, isolation: str,
                 limits: Limits) -> tuple[str, Attempt] | None:  # fmt: skip
    """Find a file that keeps a stage from being imported, and what its exercises come to.

    An exception names its file; where the process was lost, each file is tried by itself.
    """
    found = failed_import(failure)
    if failure is None or found is None:
        return None
    if failure.raised is not None:
        file = failure.raised.file
        return (file, found) if file is not None and file in submission.files else None
    for file in submission.files.keys() & set(stage.files):
        alone = replace(submission, files={file: submission.files[file]})
        with (
            staging.tree(staging.mixed(alone, stage)) as tree,
            Worker(tree, isolation, limits) as worker,
        ):
            if (lost := failed_import(worker.import_failure())) is not None:
                return file, lost
    return None


def attempt(exercise: Exercise, worker: Worker, bank: Bank) -> Attempt:
    """Attempt an exercise: every case of it on a worker."""
    start = time.perf_counter()
    try:
        found = failed_import(worker.import_failure())
        found = found or attempt_cases(bank.cases(exercise), worker, bank.settings)
    except Exception:
        worker.stop()  # answers that nobody read must not be taken for the next exercise's
        raise
    return replace(found, seconds=time.perf_counter() - start)


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


def _explained(found: Attempt, exercise: Exercise, grading: Grading, bank: Bank,
               workers: tuple[Worker, Worker]) -> Attempt:  # fmt: skip
    """Find the smallest failing case; show it in full if the student's files alone do the same."""
    if not found.failed or found.mismatch is None or found.mismatch.kind in UNSHRINKABLE:
        return found
    from .shrink import smallest_failing  # and Hypothesis and torch with it

    worker, alone = workers
    lost = 0

    def mismatch_of(case: Case, ran_by: Worker) -> Mismatch | None:
        return state_of(case, next(ran_by.run([case.program])))[1]

    def fails(case: Case) -> bool:
        nonlocal lost
        mismatch = mismatch_of(case, worker) if lost < MOST_LOST else None
        lost += mismatch is not None and mismatch.kind in UNSHRINKABLE
        return mismatch is not None and mismatch.kind not in UNSHRINKABLE

    try:
        case = smallest_failing(exercise, bank, found.failed, fails)
    except Exception as fault:  # the verdict stands; only its explanation is poorer
        grading.warnings[exercise.id] = fault
        return replace(found, limited=True)
    mismatch = mismatch_of(case, worker)
    if mismatch is None:  # it does not always fail: show what was seen
        case, mismatch = found.case or case, found.mismatch
    same = alone.import_failure() is None and _alike(mismatch_of(case, alone), mismatch)
    return replace(found, case=case, mismatch=mismatch, limited=not same)


def _alike(one: Mismatch | None, other: Mismatch | None) -> bool:
    """Say whether two failures show the same difference, values included."""
    if one is None or other is None:
        return False
    keys = "kind", "expression", "index"
    return all(getattr(one, key) == getattr(other, key) for key in keys) and (
        repr(one.actual) == repr(other.actual) and one.words == other.words
    )
