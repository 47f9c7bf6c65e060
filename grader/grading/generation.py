"""Hypothesis as a generator and a shrinker: the same seed gives the same cases in every process."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from grader.programs.cases import Case
from grader.settings import Settings

# Cases are drawn in rounds of ten, each from a seed of its own. In a longer run Hypothesis spends
# five cases of six on variations of earlier ones, and whole combinations are never drawn.
ROUND = 10


def _rounds(
    strategy: SearchStrategy[Case],
    chosen: Settings,
    phases: tuple[Phase, ...],
    body: Callable[[Case], None],
) -> Iterator[None]:
    for number in range(-(-chosen.generated // ROUND)):
        run = given(strategy)(body)
        run = settings(
            max_examples=min(ROUND, chosen.generated - number * ROUND),
            database=None,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
        )(run)
        seed(f"{chosen.seed} {number}")(run)()
        yield


def generate(strategy: SearchStrategy[Case], chosen: Settings) -> list[Case]:
    """Draw the cases of a check; the seed of the course decides which."""
    cases: list[Case] = []

    def record(case: Case) -> None:
        cases.append(case)

    for _ in _rounds(strategy, chosen, (Phase.generate,), record):
        pass
    return cases


class _Failing(Exception):
    """Tells Hypothesis that a case fails."""


def shrink(
    strategy: SearchStrategy[Case],
    chosen: Settings,
    fails: Callable[[Case], bool],
    known: dict[str, bool],
) -> Case | None:
    """Search for the smallest failing case of a check; None when no drawn case fails.

    `known` remembers by digest what a case did.
    """
    smallest: Case | None = None

    def body(case: Case) -> None:
        nonlocal smallest
        digest = case.program.digest
        if digest not in known:
            known[digest] = fails(case)
        if known[digest]:
            smallest = case  # Hypothesis ends with the simplest case that it found
            raise _Failing

    with suppress(_Failing):
        for _ in _rounds(strategy, chosen, (Phase.generate, Phase.shrink), body):
            pass
    return smallest
