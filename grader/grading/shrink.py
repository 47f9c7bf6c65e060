"""Shrinking: of all the cases that fail, the smallest, so that feedback shows a simple one."""

from collections.abc import Callable, Sequence

from grader.curriculum.exercises import Exercise
from grader.programs.cases import Case
from grader.programs.oracle import settled

from .bank import Bank
from .generation import shrink


def smallest_failing(
    exercise: Exercise, bank: Bank, failed: Sequence[Case], fails: Callable[[Case], bool]
) -> Case:
    """Shrink an exercise's failing cases with the searches that made them; the smallest is given.

    A search repeats the draws of the bank, whose verdicts are known, and only then tries new cases.
    """
    digests = {case.program.digest for case in failed}
    known = {case.program.digest: case.program.digest in digests for case in bank.cases(exercise)}
    found = []
    for check in bank.checks(exercise):
        smaller = shrink(check.cases, bank.settings, lambda case: fails(settled(case)), known)
        if smaller is not None:
            found.append(settled(smaller))
    return min([*found, *failed], key=lambda case: case.program.size)
