"""The job summary: `summary.md`, for GitHub's page of a run and any reader of Markdown."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader.curriculum.texts import Texts

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


def render(result: dict[str, Any], texts: Texts) -> str:
    """Write the summary of a result: score, stages, next exercise, failures."""
    return "\n".join(_lines(result, texts)) + "\n"


def _lines(result: dict[str, Any], texts: Texts) -> Iterator[str]:
    yield f"# {_escaped(texts.say('report.title', submission=result['submission']))}"
    yield ""
    yield f"**{headline(result, texts)}**"
    yield ""
    for warning in warnings(result, texts):
        yield f"> {_escaped(warning)}"
        yield ">"
    yield ""
    yield from _table(by_stage(result, texts), texts)
    yield ""
    yield _escaped(next_exercise(result, texts))
    for note in notes(result, texts):
        yield ""
        yield _escaped(note)
    groups = list(failures(result))
    if groups:
        yield ""
        yield f"## {texts['report.failures']}"
    for entry, others in groups:
        yield from _failure(entry, others, texts)


def _table(stages: list[Row], texts: Texts) -> Iterator[str]:
    names = "stage", "points", "passed", "failed", "pending"
    yield "| " + " | ".join(texts[f"report.column_{name}"] for name in names) + " |"
    yield "|---|--:|--:|--:|--:|"
    for stage in stages:
        counts = f"{stage.passed} | {stage.failed} | {stage.pending}"
        yield f"| {stage.title} | {stage.points} / {stage.max_points} | {counts} |"


def _failure(entry: dict[str, Any], others: list[str], texts: Texts) -> Iterator[str]:
    found = entry["feedback"]
    yield ""
    yield f"### {_escaped(entry['title'])} · `{entry['id']}`"
    yield ""
    yield _escaped(found["message"])
    yield ""
    if found["actual"] is not None:
        yours, theirs = labels(found, texts)
        yield from fenced(
            f"{found['expression']}\n{yours}:\n{found['actual']}\n{theirs}:\n{found['expected']}"
        )
        yield ""
    if found["note"]:
        yield _escaped(found["note"])
        yield ""
    if found["program"]:
        yield f"<details><summary>{paste_here(found, texts).replace('`', '')}</summary>"
        yield ""
        yield from fenced(found["program"], "python")
        yield ""
        yield "</details>"
        yield ""
    if others:
        yield _escaped(texts.say("report.same_reason", ids=", ".join(others)))
        yield ""
    yield "- " + texts.say("report.place", file=f"`{found['file']}", line=f"{found['line']}`")
    yield "- " + texts.say("report.read", lesson=f"`{found['lesson']}`")
    yield "- " + texts.say("report.check", command=f"`{found['next']}`")


def fenced(text: str, language: str = "") -> Iterator[str]:
    """Fence text with more backticks than it has in a row, so that it cannot close its fence."""
    fence = "```"
    while fence in text:
        fence += "`"
    yield f"{fence}{language}"
    yield text
    yield fence


def _escaped(text: str) -> str:
    """Take the meaning from HTML and Markdown, but leave what our sentences set in backticks."""
    parts = " ".join(text.split()).split("`")
    parts[::2] = [re.sub(r"([\\*_\[\]#|!~>])", r"\\\1", part) for part in parts[::2]]
    return "`".join(part.replace("&", "&amp;").replace("<", "&lt;") if i % 2 == 0 else part
                    for i, part in enumerate(parts))  # fmt: skip


def write(path: Path, result: dict[str, Any], texts: Texts) -> None:
    """Write the summary beside the result."""
    path.write_text(render(result, texts), encoding="utf-8")
