"""The hidden tests: one module a stage, each a tuple CHECKS, and what several of them draw on."""

from importlib import import_module

from grader.curriculum import exercises
from grader.programs.cases import Check

STAGES = tuple(stage.name for stage in exercises.STAGES)


def of_stage(stage: str) -> tuple[Check, ...]:
    """Give the checks of one module; it is imported, and Hypothesis with it, only now."""
    checks: tuple[Check, ...] = import_module(f"{__name__}.{stage}").CHECKS
    return checks


def of_exercise(stage: str, exercise: str) -> tuple[Check, ...]:
    """Give the checks of one exercise, in the order in which they are asked."""
    return tuple(check for check in of_stage(stage) if check.exercise == exercise)
