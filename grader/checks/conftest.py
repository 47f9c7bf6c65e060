"""`pytest grader/checks --submission DIR`: the checks of every exercise as a test item.

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
from grader.feedback.escaping import log
from grader.feedback.failures import feedback
from grader.grading import grade_folder
from grader.grading.attempts import Attempt, Grading
from grader.grading.compare import PASSED
from grader.reports.stages import labels
from grader.settings import UsageError, load

GRADING = pytest.StashKey[Grading]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the submission to grade, and where it runs."""
    parser.addoption("--submission", type=Path, help="the folder of the submission to grade")
    parser.addoption("--isolation", choices=("sandbox", "auto", "none"), default="sandbox")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "CheckFile | None":
    """Collect the modules of checks, one a stage."""
    if file_path.parent == Path(__file__).parent and file_path.stem in checks.STAGES:
        return CheckFile.from_parent(parent, path=file_path)
    return None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Grade the submission once, the chosen exercises only."""
    chosen = {item.name for item in session.items if isinstance(item, CheckItem)}
    if not chosen or session.config.option.collectonly:
        return
    folder = session.config.getoption("--submission")
    if folder is None:
        raise pytest.UsageError("say what to grade: pytest grader/checks --submission DIR")
    exercises = [exercise for exercise in EXERCISES if exercise.id in chosen]
    try:
        grading = grade_folder(folder, exercises, load(), session.config.getoption("--isolation"))
    except UsageError as error:
        raise pytest.UsageError(log(catalogue(load().language).error(error))) from error
    session.config.stash[GRADING] = grading


class CheckFile(pytest.File):
    """A module of checks."""

    def collect(self) -> Iterator["CheckItem"]:
        """Give an item for each exercise: its checks are passed together or not at all."""
        for exercise in dict.fromkeys(check.exercise for check in checks.of_stage(self.path.stem)):
            yield CheckItem.from_parent(self, name=exercise)


class CheckItem(pytest.Item):
    """The checks of an exercise; it passes when the exercise passed."""

    def runtest(self) -> None:
        """Report the attempt of this exercise."""
        grading = self.config.stash[GRADING]
        attempt = grading.attempts[self.name]
        if attempt.state != PASSED:
            raise NotPassed(attempt, grading)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the feedback in place of a traceback of ours."""
        if not isinstance(excinfo.value, NotPassed):
            return super().repr_failure(excinfo, style)
        attempt, grading = excinfo.value.args
        exercise, texts = EXERCISE[self.name], catalogue(load().language)
        found = feedback(attempt, exercise, grading.submission, texts)
        lines = [f"{self.name}: {texts[f'state.{attempt.state}']}"]
        asked = checks.of_exercise(self.path.stem, self.name)
        lines += [f"- {check.description}" for check in asked]
        if found:
            lines += [found["message"], ""]
            if found["actual"] is not None:
                pair = zip(labels(found, texts), (found["actual"], found["expected"]), strict=True)
                lines += [f"{label}: {value}" for label, value in pair]
            lines += ["", found["program"] or "", f"{found['file']}:{found['line']}"]
        return "\n".join(lines)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say which module the check stands in."""
        return self.path, 0, self.name


class NotPassed(Exception):
    """An attempt that did not pass, and its grading."""

    args: tuple[Attempt, Grading]
