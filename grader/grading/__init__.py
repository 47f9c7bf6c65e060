"""Grading: the case bank, staging, comparison and shrinking; one submission in, one result out."""

from collections.abc import Sequence
from pathlib import Path

from grader.curriculum.exercises import Exercise
from grader.isolation import intake, sandbox
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
    submission = intake.take(path, STUDENT_FILES)
    return grade(submission, exercises, settings, sandbox.choose(isolation), progress)
