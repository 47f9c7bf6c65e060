"""An attempt at an exercise: its cases run on one worker and compared, and what that comes to."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from grader.curriculum.exercises import Exercise
from grader.isolation.budget import Stopwatch
from grader.isolation.intake import Submission
from grader.isolation.process import Worker
from grader.programs.cases import Case
from grader.programs.execution import Outcome

from .bank import Bank
from .compare import FAILED, PASSED, PENDING, Mismatch, lost, state_of


@dataclass(frozen=True)
class Attempt:
    """What an exercise came to: its state, the distinct cases compared, and the failing case.

    `limited` says that the values shown come from a run beside the reference's files;
    `misconception` names the known mistake that answers as this attempt did.
    """

    state: str
    cases: int = 0
    seconds: float = 0.0
    mismatch: Mismatch | None = None
    case: Case | None = None
    failed: tuple[Case, ...] = ()
    limited: bool = False
    misconception: str | None = None


@dataclass
class Grading:
    """A submission's attempts by exercise, in the order of the course; `layers` of its sandbox."""

    submission: Submission
    isolation: str
    attempts: dict[str, Attempt] = field(default_factory=dict)
    faults: dict[str, Exception] = field(default_factory=dict)
    warnings: dict[str, Exception] = field(default_factory=dict)
    seconds: float = 0.0
    layers: tuple[str, ...] = ()


Progress = Callable[[Exercise, str], None]


def attempt(
    exercise: Exercise, worker: Worker, bank: Bank, following: Exercise | None = None
) -> Attempt:
    """Attempt an exercise: every case of it on a worker, which leaves time to read the following's.

    After a failure the worker has to be stopped before it is asked for another exercise.
    """
    meanwhile = (lambda: bank.cases(following)) if following else None
    start = time.perf_counter()
    try:
        found = failed_import(worker.import_failure())
        found = found or attempt_cases(bank.batches(exercise), worker, meanwhile)
    except Exception:
        worker.stop()  # answers that nobody read must not be taken for the next exercise's
        raise
    return replace(found, seconds=time.perf_counter() - start)


def failed_import(failure: Outcome | None) -> Attempt | None:
    """Turn a failed import of the package into every exercise's attempt; None if it succeeded."""
    if failure is None:
        return None
    if failure.raised is None:
        return Attempt(FAILED, mismatch=lost(failure))
    if "NotImplementedError" in failure.raised.types:
        return Attempt(PENDING)
    return Attempt(FAILED, mismatch=Mismatch("import", words=vars(failure.raised)))


def attempt_cases(
    batches: Iterable[Sequence[Case]], worker: Worker, meanwhile: Callable[[], object] | None
) -> Attempt:
    """Run and compare an exercise's cases; a stub is asked no more than the first that it answers.

    For this the first may be in a batch of its own; `meanwhile` is for the time of the others.
    """
    compared, failed = 0, []
    first: tuple[str, Mismatch | None, Case] | None = None
    watch, seconds = worker.stopwatch(), worker.budget.seconds_an_exercise

    def aside() -> None:
        with watch.paused():
            if meanwhile:
                meanwhile()

    for batch in _unhurried(batches, watch):
        outcomes = worker.run([case.program for case in batch], aside if len(batch) > 1 else None)
        for came, case in zip(outcomes, batch, strict=False):  # which reads outcomes to their end
            outcome = came
            if not outcome.lost and watch.passed(seconds):
                worker.budget.lose(seconds)
                worker.stop()
                outcome = Outcome(lost="time", detail=f"{seconds:g}")
            state, mismatch = state_of(case, outcome)
            compared += 1
            if state == FAILED:
                failed.append(case)
            if state != PASSED and first is None:
                first = state, mismatch, case
            if outcome.lost:
                return Attempt(FAILED, compared, mismatch=mismatch, case=case, failed=(case,))
            if state == PENDING and compared == 1:
                deque(outcomes, maxlen=0)  # what it was asked already, it answers alike
                return Attempt(PENDING, compared, mismatch=mismatch, case=case)
    if first is None:
        return Attempt(PASSED, compared)
    state, mismatch, case = first
    return Attempt(state, compared, mismatch=mismatch, case=case, failed=tuple(failed))


def _unhurried(batches: Iterable[Sequence[Case]], watch: Stopwatch) -> Iterator[Sequence[Case]]:
    """Give batches, which may have to be built first: that is the grader's time."""
    waiting = iter(batches)
    while True:
        with watch.paused():
            batch = next(waiting, None)
        if batch is None:
            return
        yield batch
