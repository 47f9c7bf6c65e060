"""The coverage report: a row an exercise, a column a feature; a point where no case has it."""

from collections.abc import Mapping

from rich import box
from rich.table import Table

from grader.curriculum.texts import Texts
from grader.grading.coverage import FEATURES, Reach

WIDTH = 190  # of the whole table: wider than most windows, for a pager that scrolls sideways


def table(reached: Mapping[str, Reach], texts: Texts) -> Table:
    """Make the table."""
    result = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
    result.add_column(texts["coverage.exercise"], no_wrap=True)
    for column in ("cases", "depth", *FEATURES):
        result.add_column(texts[f"coverage.{column}"], justify="right", vertical="bottom")
    for exercise, reach in reached.items():
        numbers = (reach.cases, reach.depth, *(reach.features[name] for name in FEATURES))
        result.add_row(exercise, *(str(number or "·") for number in numbers))
    return result
