"""Simpler: a failing case becomes what a tutor would write: no line in vain, and plain numbers.

A change is kept if the submission still fails in the same way, and if torch answers as well as
before: no error, no warning, nothing huge, no kink or tie where there was none. One stays where all
that fails has one, for then it is what is asked.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader.programs.cases import Case
from grader.programs.execution import Outcome, Value, execute
from grader.programs.oracle import torch
from grader.programs.program import Program

from .compare import Mismatch, compare
from .plain import numbers, rank, refilled, renumbered, rewritten, shortened

Trials = Callable[[Sequence[Case]], Sequence[Mismatch | None]]  # how cases fail; fewer at the end

MOST = 1000.0  # torch's values, if no larger were there: one can still follow them
MOST_TURNS = 1000  # of a loop; torch takes too long for more to be asked again and again
NUDGE, JUMP = 1e-4, 1e-2  # where so small a nudge lets values jump so far, there is a kink or a tie


def simplified(case: Case, fails: Trials, others: Sequence[Case] = ()) -> Case:
    """Leave out lines, then make numbers plain; what torch does not answer stays as it is.

    The numbers are those in the source's sums and products, then all of the arrays at once, then
    each by itself. Where torch is asked in other words, only arrays change. Where all `others` that
    fail have a kink or a tie, these are what is asked.
    """
    turns = max(numbers(case.program.source), default=0)
    if not isinstance(case.expected, Outcome) or turns > MOST_TURNS:
        return case
    answer, warned = answered(case)
    mismatch = None if compare(case, answer) else next(iter(fails([case])), None)
    if mismatch is None:
        return case
    if mismatch.expression in case.program.observe:
        case = _with(case, replace(case.program, observe=(mismatch.expression,)))
        case = replace(case, expected=answered(case)[0])
    asked = bool(others) and all(map(jumps, others))
    search = _Search(case, fails, mismatch, warned, largest(answer.values), jumps(case), asked)
    if case.twin is None:
        while search.improves(shortened(search.case.program)):
            pass
        while search.improves(rewritten(search.case.program)):
            pass
    search.improves(refilled(search.case.program))
    for name, array in case.program.inputs.items():
        if array.dtype.kind == "f" and name in search.case.program.inputs:
            for index in range(array.size):
                search.improves(renumbered(search.case.program, name, index))
    return search.case


@dataclass
class _Search:
    """The plainest case so far, and what was true of the first one."""

    case: Case
    fails: Trials
    mismatch: Mismatch
    warned: bool
    largest: float
    jumps: bool
    asked: bool

    def improves(self, programs: Iterator[Program]) -> bool:
        """Take the plainest of these programs that still fails; all of them are asked at once."""
        before = rank(self.case.program)
        ranked = sorted(
            ((rank(p), i, p) for i, p in enumerate(programs)), key=lambda each: each[:2]
        )
        settled = (self.settled(_with(self.case, p)) for r, _, p in ranked if r < before)
        usable = [case for case in settled if case is not None]
        for case, mismatch in zip(usable, self.fails(usable) if usable else (), strict=False):
            if _way(mismatch) == _way(self.mismatch) and self.fits(jumps(case)):
                self.case = case
                return True
        return False

    def fits(self, jumps: bool) -> bool:
        """Say whether a case may have a kink or a tie, or may have none."""
        return jumps if self.jumps and self.asked else self.jumps or not jumps

    def settled(self, case: Case) -> Case | None:
        """Ask torch anew; None where its answer is none to show."""
        answer, warned = answered(case)
        if isinstance(case.expected, Outcome) and case.expected.raised:
            return None if compare(case, answer) else case
        too_large = not largest(answer.values) <= max(MOST, self.largest)
        unusable = answer.raised or too_large or (warned and not self.warned)
        return None if unusable else replace(case, expected=answer)


def answered(case: Case) -> tuple[Outcome, bool]:
    """Ask torch, which may raise an error; and say whether there was a warning."""
    asked = case.twin or case.program
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        return execute(asked.source, asked.inputs, asked.observe, torch()), bool(caught)


def jumps(case: Case) -> bool:
    """Say whether torch's answer is another one right beside these values, on one side at least."""
    total = sum(array.size for array in case.program.inputs.values())
    for nudge in (NUDGE, -NUDGE):
        inputs, before = dict(case.program.inputs), total
        for name, array in inputs.items():
            own = before + np.arange(array.size).reshape(array.shape)  # the same would keep a tie
            before += array.size
            if array.dtype.kind == "f":
                inputs[name] = (array + nudge * own / total).astype(array.dtype)
        beside = _with(case, replace(case.program, inputs=inputs))
        if compare(replace(beside, tolerance=JUMP), answered(beside)[0]):
            return True
    return False


def largest(values: Sequence[Value]) -> float:
    """Give the largest number of an answer; infinity stands for what is none."""
    found = 0.0
    for kind, content in values:
        if kind in ("tuple", "list"):
            found = max(found, largest(content))
        elif kind in ("tensor", "array", "float", "int"):
            size = float(np.abs(np.asarray(content, float)).max(initial=0))
            found = max(found, np.inf if np.isnan(size) else size)
    return found


def _with(case: Case, program: Program) -> Case:
    """Put another program into a case; what torch is asked instead changes likewise."""
    twin = case.twin and replace(case.twin, inputs=program.inputs, observe=program.observe)
    return replace(case, program=program, twin=twin)


def _way(mismatch: Mismatch | None) -> tuple[object, ...] | None:
    """Tell ways to fail apart: the kind of difference, where it shows, and an exception's type."""
    if mismatch is None:
        return None
    return mismatch.kind, mismatch.expression, mismatch.words.get("types")
