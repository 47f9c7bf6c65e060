"""The time that a submission may lose by hanging: the more hangs, the sooner it is cut off."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from grader.settings import Limits

MOST_BUSY = 5  # how many times its own seconds a worker may take by the wall, if others compute too


class Budget:
    """What a case, an exercise, a stage and a submission may cost, and what was lost so far.

    A case that ends well costs nothing. One that hangs halves the time of all later ones of its
    stage; what is left is still many times what the reference needs.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.lost = self._lost_before = self._taken = self._explaining = 0.0
        self.hung = 0  # cases of this stage

    @property
    def seconds_a_case(self) -> float:
        """How long the next case may take."""
        return max(self.limits.seconds_at_least, self.limits.seconds_a_case * 0.5**self.hung)

    @property
    def seconds_an_exercise(self) -> float:
        """How long the next exercise may take: shortened as its cases are."""
        share = self.seconds_a_case / self.limits.seconds_a_case
        return share * self.limits.seconds_an_exercise

    def lose(self, seconds: float) -> None:
        """Note that a case was lost after so many seconds; a crash at once is no hanging."""
        self.lost += seconds
        self.hung += seconds >= self.limits.seconds_at_least

    def take(self, seconds: float) -> None:
        """Note what was asked and answered, or not, in so many seconds."""
        self._taken += seconds

    @contextmanager
    def explanation(self) -> Iterator[None]:
        """Count what is asked in the block as explaining, which takes nothing from being asked."""
        before = self._taken
        try:
            yield
        finally:
            self._explaining += self._taken - before
            self._taken = before

    @property
    def explains(self) -> bool:
        """Say whether there is time to explain more failures."""
        return not self.spent and self._explaining < self.limits.seconds_a_submission

    def next_stage(self) -> None:
        """Start a stage with its whole time."""
        self._lost_before = self.lost
        self.hung = 0  # cases of this stage

    @property
    def used(self) -> float:
        """Give the seconds that were used up when it was spent."""
        return self.lost if self._taken < self.limits.seconds_altogether else self._taken

    @property
    def spent(self) -> bool:
        """Say whether the stage, or the submission, has used up all the time that it may."""
        of_the_stage = self.lost - self._lost_before
        return (
            of_the_stage >= self.limits.seconds_a_stage
            or self.lost >= self.limits.seconds_a_submission
            or self._taken >= self.limits.seconds_altogether
        )


class Stopwatch:
    """How long a worker takes: its own time of the processor, or by the wall where it sleeps."""

    def __init__(self, computed: Callable[[], float]) -> None:
        self._computed = computed
        self._before = computed()
        self._start = time.monotonic()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave out what the grader does in the block: no submission answers for its time."""
        start = time.monotonic()
        try:
            yield
        finally:
            self._start += time.monotonic() - start

    def passed(self, seconds: float) -> bool:
        """Say whether so many seconds have passed; to ask the wall first costs least."""
        return time.monotonic() - self._start > seconds and self.seconds() > seconds

    def seconds(self) -> float:
        """Give the seconds since the start."""
        wall = time.monotonic() - self._start
        own = self._computed() - self._before
        return own if own * MOST_BUSY >= wall else wall
