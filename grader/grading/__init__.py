"""Grading: the case bank, staging, comparison and shrinking; one submission in, one result out."""

from collections.abc import Sequence
from pathlib import Path

from grader.curriculum.exercises import Exercise
from grader.isolation import intake, layers
from grader.isolation.intake import Submission
from grader.settings import Settings

from .attempts import Grading, Progress
from .runner import grade
from .staging import STUDENT_FILES


def take(path: Path, commit: str | None = None, given: intake.Given | None = None) -> Submission:
    """Take the course's files from a submission, or from a commit of it."""
    return intake.take(path, STUDENT_FILES, commit, given)


def grade_folder(
    path: Path,
    exercises: Sequence[Exercise],
    settings: Settings,
    isolation: str,
    progress: Progress = lambda *_: None,
) -> Grading:
    """Take a submission in and grade it."""
    return grade_taken(take(path), exercises, settings, isolation, progress)


def grade_taken(
    submission: Submission,
    exercises: Sequence[Exercise],
    settings: Settings,
    isolation: str,
    progress: Progress = lambda *_: None,
) -> Grading:
    """Grade a submission where it was asked to run, after that place was proven."""
    chosen, proven = layers.choose(isolation, settings.limits)
    grading = grade(submission, exercises, settings, chosen, progress)
    grading.layers = proven
    return grading
