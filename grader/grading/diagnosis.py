"""Diagnosis: whose wrong values are these? Those of a known misconception, or nobody's."""

from collections.abc import Sequence
from dataclasses import replace

from grader.curriculum.exercises import Exercise
from grader.curriculum.misconceptions import Misconception, of_exercise
from grader.isolation.budget import Budget
from grader.isolation.process import Worker
from grader.isolation.sandbox import NONE
from grader.programs.cases import Case, Predicate
from grader.programs.execution import Outcome, Value
from grader.programs.program import Program

from . import staging
from .compare import FAILED, same, state_of

MOST_COMPARED = 20  # failing cases beside the shown one, and as many that pass
LIKE = 0.9  # the share of these on which a misconception has to do as the submission does
TOLERANCE = 1e-6  # of what two ways to make the same mistake may differ by


def diagnose(
    exercise: Exercise, shown: Case, cases: Sequence[Case], failed: Sequence[Case], worker: Worker
) -> Misconception | None:
    """Name the misconception that answers as the submission on a worker does, if there is one.

    It has to give the same wrong values on the shown case, and to do the same on nearly all of a
    sample. Where two are equally like it, none is named: none is better than a wrong one.
    """
    entries = of_exercise(exercise.id)
    if not entries:
        return None
    failing = {case.program.digest for case in failed}
    passing = [case for case in cases if case.program.digest not in failing]
    sample = [shown, *_spread(list(failed)), *_spread(passing)]
    theirs = _outcomes(worker, [case.program for case in sample])
    if not _fails(shown, theirs[0]):
        return None
    likeness: dict[str, float] = {}
    with (
        staging.tree(staging.spoilt(entries)) as tree,
        Worker(tree, NONE, Budget(worker.budget.limits)) as copies,  # nothing in it is a student's
    ):
        for entry in entries:
            ours = _outcomes(copies, [_by(entry, case.program) for case in sample])
            alike = [one is not None and other is not None and _alike(case, one, other)
                     for case, one, other in zip(sample, ours, theirs, strict=True)]  # fmt: skip
            alike[0] = alike[0] and _fails(shown, ours[0])
            likeness[entry.id] = sum(alike) / len(alike) if alike[0] else 0.0
    best = max(likeness.values())
    found = [entry for entry in entries if likeness[entry.id] == best]
    return found[0] if best >= LIKE and len(found) == 1 else None


def _spread(cases: list[Case]) -> list[Case]:
    """Give MOST_COMPARED of some cases, evenly spread."""
    count = min(MOST_COMPARED, len(cases))
    return [cases[i * len(cases) // count] for i in range(count)]


def _outcomes(worker: Worker, programs: Sequence[Program]) -> list[Outcome | None]:
    """Run programs; from where the process is lost on, there is nothing to compare."""
    came: list[Outcome | None] = [
        None if outcome.lost else outcome for outcome in worker.run(programs)
    ]
    return came + [None] * (len(programs) - len(came))


def _fails(case: Case, outcome: Outcome | None) -> bool:
    return outcome is not None and state_of(case, outcome)[0] == FAILED


def _alike(case: Case, ours: Outcome, theirs: Outcome) -> bool:
    """Say whether two packages do the same with a case."""
    if ours.raised is not None or theirs.raised is not None:
        return _error(ours) == _error(theirs)
    if isinstance(case.expected, Predicate):
        return _complaint(case, ours) == _complaint(case, theirs)
    pairs = list(zip(ours.values, theirs.values, strict=True))
    pairs += [(Value("array", array), Value("array", theirs.inputs[name]))
              for name, array in ours.inputs.items()]  # fmt: skip
    return all(same(one, other, case.tolerance or TOLERANCE) for one, other in pairs)


def _error(outcome: Outcome) -> str | None:
    return outcome.raised.types[0] if outcome.raised else None


def _complaint(case: Case, outcome: Outcome) -> object:
    """Give what a predicate has to say: values made by chance may differ, mistakes not."""
    mismatch = state_of(case, outcome)[1]
    return mismatch and mismatch.words.get("complaint")


def _by(entry: Misconception, program: Program) -> Program:
    """Let a program run on the copy of the package that has a misconception."""
    source = f"import sinmagia.{entry.id} as torch\nsinmagia = torch\n{program.source}"
    return replace(program, source=source)
