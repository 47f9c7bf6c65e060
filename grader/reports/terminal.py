"""The terminal report: progress while it runs, then score, stages and failures."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from grader.curriculum.exercises import Exercise
from grader.curriculum.texts import Texts
from grader.grading.attempts import Progress as OnProgress

from .stages import by_stage, failures, headline, labels, next_exercise, notes, paste_here, warnings

COLOURS = {"passed": "green", "failed": "red", "pending": "yellow", "error": "magenta"}


@contextmanager
def progress(console: Console, total: int, texts: Texts) -> Iterator[OnProgress]:
    """Show a bar while the exercises are graded; it is gone at the end, and not there in a file."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(texts["report.working"], total=total)

        def done(exercise: Exercise, state: str) -> None:
            bar.update(task, advance=1, description=f"{exercise.id}: {texts[f'state.{state}']}")

        yield done


def show(console: Console, result: dict[str, Any], texts: Texts) -> None:
    """Print a result."""
    console.print(Text(texts.say("report.title", submission=result["submission"]), style="bold"))
    console.print(_stages(result, texts))
    for entry, others in failures(result):
        _show_failure(console, entry, others, texts)
    console.print(Text(headline(result, texts), style="bold"))
    console.print(Text(next_exercise(result, texts)))
    for note in notes(result, texts):
        console.print(Text(note))
    for warning in warnings(result, texts):
        console.print(Text(warning, style="yellow"))
    details = texts.say(
        "report.details",
        cases=sum(entry["cases"] for entry in result["exercises"]),
        seconds=round(result["seconds"], 1),
        isolation=result["isolation"],
        seed_id=result["seed_id"],
    )
    console.print(Text(details, style="dim"))


def _stages(result: dict[str, Any], texts: Texts) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(texts["report.column_stage"])
    table.add_column(texts["report.column_points"], justify="right")
    for state in ("passed", "failed", "pending"):
        table.add_column(texts[f"report.column_{state}"], justify="right")
    for stage in by_stage(result, texts):
        counts = {"passed": stage.passed, "failed": stage.failed, "pending": stage.pending}
        cells = [Text(str(n), style=COLOURS[state] if n else "dim") for state, n in counts.items()]
        table.add_row(stage.title, f"{stage.points} / {stage.max_points}", *cells)
    return table


def _show_failure(console: Console, entry: dict[str, Any], others: list[str], texts: Texts) -> None:
    """Print one failure: message, both values, the program, where, what to read, what to run.

    The program stands in no frame and is never wrapped, so that it can be copied as it is.
    """
    found = entry["feedback"]
    title = Text(f"{entry['title']} · {entry['id']}", style="bold red")
    console.print(Rule(title, align="left", style="red"))
    console.print(Text(found["message"]))
    if found["actual"] is not None:
        values = Table.grid(padding=(0, 2))
        pair = found["actual"], found["expected"]
        for label, value in zip(labels(found, texts), pair, strict=True):
            values.add_row(Text(label, style="dim"), Text(str(value)))
        console.print(Padding(values, (1, 0, 0, 2)))
    if found["hint"]:
        console.print(Padding(Text(found["hint"], style="yellow"), (0, 0, 1, 0)))
    if found["note"]:
        console.print(Text(found["note"], style="dim"))
    if others:
        console.print(Text(texts.say("report.same_reason", ids=", ".join(others))))
    if found["program"]:
        console.print(Text(f"\n{paste_here(found, texts)}\n", style="dim"))
        console.print(Text(found["program"], style="cyan"), soft_wrap=True)
    console.print()
    console.print(Text(texts.say("report.place", file=found["file"], line=found["line"])))
    console.print(Text(texts.say("report.read", lesson=found["lesson"])))
    console.print(Text(texts.say("report.check", command=found["next"])))
    console.print()
