"""Hypothesis as a generator and a shrinker: the same seed gives the same cases in every process."""

from collections.abc import Callable, Iterable
from contextlib import suppress

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from grader.programs.cases import Case
from grader.settings import Settings


def _search(strategy: SearchStrategy[Case], chosen: Settings, phases: Iterable[Phase],
            body: Callable[[Case], None]) -> None:  # fmt: skip
    run = given(strategy)(body)
    run = settings(
        max_examples=chosen.generated,
        database=None,
        deadline=None,
        phases=tuple(phases),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )(run)
    seed(chosen.seed)(run)()


def generate(strategy: SearchStrategy[Case], chosen: Settings) -> list[Case]:
    """Draw the cases of a check; the seed of the course decides which."""
    cases: list[Case] = []

    def record(case: Case) -> None:
        cases.append(case)

    _search(strategy, chosen, [Phase.generate], record)
    return cases


class _Failing(Exception):
    """Tells Hypothesis that a case fails."""


def shrink(strategy: SearchStrategy[Case], chosen: Settings, fails: Callable[[Case], bool],
           known: dict[str, bool]) -> Case | None:  # fmt: skip
    """Search for the smallest failing case of a check; None when no drawn case fails.

    `known` remembers by digest what a case did. The search is bounded in calls, never in time, so
    that the same push gets the same feedback: past the bound an unseen case counts as passing.
    """
    smallest: Case | None = None
    calls = 0

    def body(case: Case) -> None:
        nonlocal smallest, calls
        digest = case.program.digest
        if digest not in known and calls < chosen.shrink_calls:
            calls += 1
            known[digest] = fails(case)
        if known.get(digest, False):
            smallest = case  # Hypothesis ends with the simplest case that it found
            raise _Failing

    with suppress(_Failing):
        _search(strategy, chosen, [Phase.generate, Phase.shrink], body)
    return smallest
