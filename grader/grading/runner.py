"""One submission in, one result out: the whole package first, then stage by stage."""

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import pairwise

from grader.curriculum.exercises import STAGES, Exercise, Stage
from grader.isolation.budget import Budget
from grader.isolation.intake import Submission
from grader.isolation.process import Worker
from grader.programs.execution import Outcome
from grader.settings import Settings

from . import staging
from .attempts import Attempt, Grading, Progress, attempt, failed_import
from .bank import Bank
from .compare import ERROR, FAILED, PASSED, PENDING, Mismatch

MOST_HUNG = 4  # cases; then the whole package is given up, and its stages are graded one by one


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
    bank, budget = Bank(settings), Budget(settings.limits)
    files = staging.whole(submission)
    with staging.tree(files) as tree, Worker(tree, isolation, budget) as worker:
        spoilt = False
        for exercise, following in pairwise((*exercises, None)):
            assert exercise
            if budget.spent or (budget.hung >= MOST_HUNG and not exercise.alone):
                grading.attempts[exercise.id] = _unasked(budget)
                continue
            if spoilt and exercise.alone:  # the others will be asked again, by stage
                worker.stop()
                spoilt = False
            with faults_are_ours(grading, [exercise]):
                grading.attempts[exercise.id] = attempt(exercise, worker, bank, following)
            spoilt = spoilt or grading.attempts[exercise.id].failed != ()
            if grading.attempts[exercise.id].state in (PASSED, ERROR):
                progress(exercise, grading.attempts[exercise.id].state)
        worker.stop()  # what it does while the stages are graded, nobody would see
        left = {stage: [e for e in exercises if e.stage == stage.number
                        and grading.attempts[e.id].state in (FAILED, PENDING)]
                for stage in STAGES}  # fmt: skip
        again = {stage: some for stage, all_ in left.items()
                 if (some := [e for e in all_ if not e.alone])}  # fmt: skip
        begun = _begun_ahead(grading, list(again), budget)
        for stage in STAGES:
            budget.next_stage()
            if stage in again:
                with faults_are_ours(grading, again[stage]):
                    _grade_stage(grading, stage, again[stage], bank, (next(begun), worker))
            for exercise in left[stage]:
                if exercise.alone and grading.attempts[exercise.id].failed:
                    with faults_are_ours(grading, [exercise]):
                        _explain(grading, exercise, bank, worker)
                progress(exercise, grading.attempts[exercise.id].state)
        begun.close()
    grading.warnings |= bank.damaged
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


def _unasked(budget: Budget) -> Attempt:
    """Fail an exercise without asking it: what came before it used up the time."""
    return Attempt(FAILED, mismatch=Mismatch("unasked", words={"detail": f"{budget.used:.0f}"}))


def _begun_ahead(
    grading: Grading, stages: Sequence[Stage], budget: Budget
) -> Generator[Worker, None, None]:
    """Give each stage's worker; while it is used, the next stage's starts."""
    with ExitStack() as stack:
        workers: list[Worker] = []
        for number, _ in enumerate(stages):
            for stage in stages[len(workers) : number + 2]:
                tree = stack.enter_context(staging.tree(staging.mixed(grading.submission, stage)))
                workers += [stack.enter_context(Worker(tree, grading.isolation, budget))]
                if not budget.hung:  # else it would have less time to be imported in
                    workers[-1].begin()
            yield workers[number]
            workers[number].stop()


def _grade_stage(grading: Grading, stage: Stage, exercises: Sequence[Exercise], bank: Bank,
                 workers: tuple[Worker, Worker]) -> None:  # fmt: skip
    """Grade a stage's exercises beside the reference's other files, on the first of two workers.

    On the second are the student's files alone. A file that is missing or cannot be imported is set
    aside: its exercises fail with the reason, the stage's other files are graded.
    """
    worker, alone = workers
    submission, isolation, budget = grading.submission, grading.isolation, worker.budget
    aside = {file: Attempt(FAILED, mismatch=Mismatch(fault))
             for file, fault in submission.faults.items()}  # fmt: skip
    with ExitStack() as stack:
        rest = submission
        while broken := _broken_file(worker.import_failure(), rest, stage, isolation, budget):
            aside[broken[0]] = broken[1]
            files = {file: data for file, data in rest.files.items() if file not in aside}
            rest = replace(submission, files=files)
            tree = stack.enter_context(staging.tree(staging.mixed(rest, stage)))
            worker = stack.enter_context(Worker(tree, isolation, budget))
        spoilt = False
        for exercise in exercises:
            now = aside.get(exercise.file)
            if now is None and budget.spent:
                now = _unasked(budget)
            if now is None:
                with faults_are_ours(grading, [exercise]):
                    if spoilt:  # what failed may have left something behind
                        for each in (worker, alone):
                            each.stop()
                            each.begin()
                    now = attempt(exercise, worker, bank)
                    spoilt = now.failed != ()
                    if now.failed:
                        from .explanation import explained

                        with budget.explanation():
                            now = explained(now, exercise, grading, bank, (worker, alone))
            if now is not None and exercise.id not in grading.faults:
                before = grading.attempts[exercise.id].seconds
                grading.attempts[exercise.id] = replace(now, seconds=before + now.seconds)
        alone.stop()


def _explain(grading: Grading, exercise: Exercise, bank: Bank, alone: Worker) -> None:
    """Explain the failure of an exercise that is graded on the student's files alone."""
    from .explanation import explained

    attempt = grading.attempts[exercise.id]
    with alone.budget.explanation():
        explanation = explained(attempt, exercise, grading, bank, (alone, alone))
    grading.attempts[exercise.id] = explanation


def _broken_file(failure: Outcome | None, submission: Submission, stage: Stage, isolation: str,
                 budget: Budget) -> tuple[str, Attempt] | None:  # fmt: skip
    """Find a file that keeps a stage from being imported, and what its exercises come to.

    An exception names its file; where the process was lost, each file is tried by itself.
    """
    found = failed_import(failure)
    if failure is None or found is None:
        return None
    if failure.raised is not None:
        file = failure.raised.file
        return (file, found) if file is not None and file in submission.files else None
    for file in (file for file in stage.files if file in submission.files):
        alone = replace(submission, files={file: submission.files[file]})
        with (
            staging.tree(staging.mixed(alone, stage)) as tree,
            Worker(tree, isolation, budget) as worker,
        ):
            if (lost := failed_import(worker.import_failure())) is not None:
                return file, lost
    return None
