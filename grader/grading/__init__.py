"""Grading: the case bank, staging, comparison and shrinking; one submission in, one result out."""

from collections.abc import Sequence
from pathlib import Path

from grader.curriculum.exercises import Exercise
from grader.isolation import intake, layers
from grader.settings import Settings

from .attempts import Grading, Progress
from .runner import grade
from .staging import STUDENT_FILES


def grade_folder(
    path: Path,
    exercises: Sequence[Exercise],
    settings: Settings,
    isolation: str,
    progress: Progress = lambda *_: None,
) -> Grading:
    """Take a submission in and grade it: all that a command needs."""
    chosen, proven = layers.choose(isolation, settings.limits)
    submission = intake.take(path, STUDENT_FILES)
    grading = grade(submission, exercises, settings, chosen, progress)
    grading.layers = proven
    return grading
