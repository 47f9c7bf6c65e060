"""Cases and checks: a program and what is expected of it; and a description of many of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .execution import Outcome, Raised, Value
from .program import Program

if TYPE_CHECKING:  # a bank is replayed without Hypothesis
    from hypothesis.strategies import SearchStrategy


@dataclass(frozen=True)
class Predicate:
    """A named question to the outcome, for what torch cannot answer; see `predicates`."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A program and its expectation: torch's outcome, a literal one, or a predicate.

    While `expected` is None, torch's answer is still to be asked: of `twin` where the question has
    to be put to torch in other words, else of the program itself. `tolerance` is relative to
    max(1, largest expected value); None takes the dtype's own.
    """

    program: Program
    expected: Outcome | Predicate | None = None
    twin: Program | None = None
    tolerance: float | None = None


@dataclass(frozen=True)
class Check:
    """What an exercise is asked: its corner cases first, then cases drawn from a strategy."""

    exercise: str
    description: str
    cases: "SearchStrategy[Case]"
    corners: tuple[Case, ...] = ()


def refused(program: Program, error: str = "RuntimeError") -> Case:
    """Make a case that expects an exception, of this type or one derived from it."""
    return Case(program, Outcome(raised=Raised((error,), "")))


def allowed(program: Program) -> Case:
    """Make a case that expects no exception, beside those that do; values are asked elsewhere."""
    return Case(program, Outcome())


def literal(program: Program, *values: Any, tolerance: float | None = None) -> Case:
    """Make a case that expects these plain values or lists, one for each observed expression."""
    return Case(program, Outcome(tuple(map(_plain, values))), tolerance=tolerance)


def _plain(value: Any) -> Value:
    if isinstance(value, list):
        return Value("list", [_plain(item) for item in value])
    return Value("none" if value is None else type(value).__name__, value)
