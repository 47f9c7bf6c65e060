"""The job summary: `summary.md`, for GitHub's page of a run and any reader of Markdown."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader.curriculum.texts import Texts
from grader.feedback.escaping import fenced, html, markdown

from . import files
from .stages import (
    Row,
    by_stage,
    failures,
    headline,
    labels,
    next_exercise,
    notes,
    paste_here,
    warnings,
)

# GitHub drops a step's summary of more than 1 MiB. With a long value for each of the 123 exercises
# it is 620 kB; only values made of emoji, and messages made of escapes, bring it to 2 MB.
MOST_BYTES = 1_000_000


def render(result: dict[str, Any], texts: Texts) -> str:
    """Write the summary of a result: score, stages, next exercise, failures."""
    return "\n".join(_lines(result, texts)) + "\n"


def _lines(result: dict[str, Any], texts: Texts) -> Iterator[str]:
    yield f"# {markdown(texts.say('report.title', submission=result['submission']))}"
    yield ""
    yield f"**{headline(result, texts)}**"
    yield ""
    for warning in warnings(result, texts):
        yield f"> {markdown(warning)}"
        yield ">"
    yield ""
    yield from _table(by_stage(result, texts), texts)
    yield ""
    yield markdown(next_exercise(result, texts))
    for note in notes(result, texts):
        yield ""
        yield markdown(note)
    groups = list(failures(result))
    if groups:
        yield ""
        yield f"## {texts['report.failures']}"
    left = MOST_BYTES
    drawn = next((entry["id"] for entry, _ in groups if entry["feedback"]["graph"]), None)
    for shown, (entry, others) in enumerate(groups):
        failure = "\n".join(_failure(entry, others, texts, explained=entry["id"] != drawn))
        left -= len(failure.encode())
        if left < 0:
            yield ""
            yield markdown(texts.say("report.more", count=len(groups) - shown))
            break
        yield failure


def _table(stages: list[Row], texts: Texts) -> Iterator[str]:
    names = "stage", "points", "passed", "failed", "pending"
    yield "| " + " | ".join(texts[f"report.column_{name}"] for name in names) + " |"
    yield "|---|--:|--:|--:|--:|"
    for stage in stages:
        counts = f"{stage.passed} | {stage.failed} | {stage.pending}"
        yield f"| {stage.title} | {stage.points} / {stage.max_points} | {counts} |"


def _failure(entry: dict[str, Any], others: list[str], texts: Texts, *,
             explained: bool) -> Iterator[str]:  # fmt: skip
    """Write a failure; whether the reader was told before what is what in a graph is known."""
    found = entry["feedback"]
    yield ""
    yield f"### {markdown(entry['title'])} · `{entry['id']}`"
    yield ""
    yield markdown(found["message"])
    yield ""
    if found["actual"] is not None:
        yours, theirs = labels(found, texts)
        yield fenced(
            f"{found['expression']}\n{yours}:\n{found['actual']}\n{theirs}:\n{found['expected']}"
        )
        yield ""
    if found["hint"]:
        yield markdown(found["hint"])
        yield ""
    if found["note"]:
        yield markdown(found["note"])
        yield ""
    if found["graph"]:
        keys = ["graph"] if explained else ["graph", "graph_parts"]
        keys += ["graph_thick"] * ("\n  style " in found["graph"])
        yield markdown(" ".join(texts[f"report.{key}"] for key in keys))
        yield ""
        yield fenced(found["graph"], "mermaid")
        yield ""
    if found["program"]:
        here = re.sub("`(.*?)`", r"<code>\1</code>", html(paste_here(found, texts)))
        yield f"<details><summary>{here}</summary>"
        yield ""
        yield fenced(found["program"], "python")
        yield ""
        yield "</details>"
        yield ""
    if others:
        yield markdown(texts.say("report.same_reason", ids=", ".join(others)))
        yield ""
    yield "- " + texts.say("report.place", file=f"`{found['file']}", line=f"{found['line']}`")
    yield "- " + texts.say("report.read", lesson=f"`{found['lesson']}`")
    yield "- " + texts.say("report.check", command=f"`{found['next']}`")


def write(path: Path, result: dict[str, Any], texts: Texts) -> None:
    """Write the summary beside the result."""
    files.write(path, render(result, texts))
