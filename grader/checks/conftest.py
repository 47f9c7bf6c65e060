"""`pytest grader/checks --submission DIR`: every check of every exercise as a test item.

A thin face on the same runner as `grader grade`: the submission is graded once, and each item
reports its exercise's attempt.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import checks
from grader.curriculum.exercises import EXERCISE, EXERCISES
from grader.curriculum.texts import catalogue
from grader.feedback.wording import feedback
from grader.grading import grade_folder
from grader.grading.compare import PASSED
from grader.grading.runner import Attempt, Grading
from grader.settings import UsageError, load

GRADING = pytest.StashKey[Grading]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the submission to grade, and where it runs."""
    parser.addoption("--submission", type=Path, help="the folder of the submission to grade")
    parser.addoption("--isolation", choices=("auto", "sandbox", "none"), default="auto")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "CheckFile | None":
    """Collect the modules of checks, one a stage."""
    if file_path.parent == Path(__file__).parent and file_path.stem in checks.STAGES:
        return CheckFile.from_parent(parent, path=file_path)
    return None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Grade the submission once, the chosen exercises only."""
    chosen = {item.name.partition("[")[0] for item in session.items if isinstance(item, CheckItem)}
    if not chosen or session.config.option.collectonly:
        return
    folder = session.config.getoption("--submission")
    if folder is None:
        raise pytest.UsageError("say what to grade: pytest grader/checks --submission DIR")
    exercises = [exercise for exercise in EXERCISES if exercise.id in chosen]
    try:
        grading = grade_folder(folder, exercises, load(), session.config.getoption("--isolation"))
    except UsageError as error:
        raise pytest.UsageError(catalogue(load().language).error(error)) from error
    session.config.stash[GRADING] = grading


class CheckFile(pytest.File):
    """A module of checks."""

    def collect(self) -> Iterator["CheckItem"]:
        """Give an item for each check, named after its exercise and what it asks."""
        for check in checks.of_stage(self.path.stem):
            name = f"{check.exercise}[{check.description}]"
            yield CheckItem.from_parent(self, name=name, exercise=check.exercise)


class CheckItem(pytest.Item):
    """A check; it passes when its exercise passed."""

    def __init__(self, *, exercise: str, **options: Any) -> None:
        super().__init__(**options)
        self.exercise = exercise

    def runtest(self) -> None:
        """Report the attempt of this check's exercise."""
        grading = self.config.stash[GRADING]
        attempt = grading.attempts[self.exercise]
        if attempt.state != PASSED:
            raise NotPassed(attempt, grading)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the feedback in place of a traceback of ours."""
        if not isinstance(excinfo.value, NotPassed):
            return super().repr_failure(excinfo, style)
        attempt, grading = excinfo.value.args
        exercise, texts = EXERCISE[self.exercise], catalogue(load().language)
        found = feedback(attempt, exercise, grading.submission, texts)
        lines = [f"{self.exercise}: {texts[f'state.{attempt.state}']}"]
        if found:
            lines += [found["message"], "", found["program"] or ""]
        return "\n".join(lines)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say which module the check stands in."""
        return self.path, 0, self.name


class NotPassed(Exception):
    """An attempt that did not pass, and its grading."""

    args: tuple[Attempt, Grading]
