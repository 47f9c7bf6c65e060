"""The time that a submission may lose by hanging: the more hangs, the sooner it is cut off."""

from grader.settings import Limits


class Budget:
    """What a case, an exercise, a stage and a submission may cost, and what was lost so far.

    A case that ends well costs nothing. One that hangs halves the time of all later ones of its
    stage; what is left is still many times what the reference needs.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.lost = self._lost_before = 0.0
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

    def next_stage(self) -> None:
        """Start a stage with its whole time."""
        self._lost_before = self.lost
        self.hung = 0  # cases of this stage

    @property
    def spent(self) -> bool:
        """Say whether the stage, or the submission, has lost all the time that it may."""
        of_the_stage = self.lost - self._lost_before
        return (
            of_the_stage >= self.limits.seconds_a_stage
            or self.lost >= self.limits.seconds_a_submission
        )
