"""Shrinking: of all the cases that fail, the smallest, made plain, so that feedback is simple."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.curriculum.exercises import Exercise
from grader.programs.cases import Case
from grader.programs.oracle import settled

from .bank import Bank
from .compare import Mismatch
from .generation import shrink
from .plain import rank
from .simpler import Trials, simplified

SOME = 3  # of the cases that fail, drawn at random where some were
OF_STRUCTURE = 0.75  # of the calls; the rest is for lines and numbers


@dataclass
class Counted:
    """Trials that end after so many cases.

    They are bounded in calls, never in time, so that the same push gets the same feedback.
    """

    trials: Trials
    left: int

    def __call__(self, cases: Sequence[Case]) -> Sequence[Mismatch | None]:
        """Try these cases, or as many of the first as are left."""
        cases = cases[: self.left]
        self.left -= len(cases)
        return self.trials(cases) if cases else ()

    def fails(self, case: Case) -> bool:
        """Try a case that torch was not asked yet; when no call is left it counts as passing."""
        return self.left > 0 and any(self([settled(case)]))


def simplest_failing(
    exercise: Exercise, bank: Bank, failed: Sequence[Case], trials: Trials
) -> tuple[Case, Case]:
    """Shrink an exercise's failing cases with the searches that made them, and make the best plain.

    A search repeats the draws of the bank, whose verdicts are known, and only then tries new cases.
    Given are the smallest made plain, see `simplified`, and before it was.
    """
    calls = bank.settings.shrink_calls
    of_structure = int(OF_STRUCTURE * calls)
    counted = Counted(trials, of_structure)
    digests = {case.program.digest for case in failed}
    known = {case.program.digest: case.program.digest in digests for case in bank.cases(exercise)}
    found = []
    for check in bank.checks(exercise):
        smaller = shrink(check.cases, bank.settings, counted.fails, known)
        if smaller is not None:
            found.append(settled(smaller))
    smallest = min([*found, *failed], key=lambda case: rank(case.program))
    counted.left += calls - of_structure
    return simplified(smallest, counted, failed[-SOME:]), smallest
