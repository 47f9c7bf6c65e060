"""The page of messages: all that a student can be told, every language beside the others.

It is for reading as a whole, before a term or after a change of texts. Sentences with values are
filled with examples.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.curriculum.exercises import EXERCISES, STAGES
from grader.curriculum.misconceptions import of_exercise
from grader.curriculum.texts import Texts
from grader.feedback.escaping import html

# What stands in for the values of a sentence: in general, and where that would not fit.
EXAMPLES: Mapping[str, Any] = {
    "expression": "x.grad", "actual": "2", "expected": "4", "error": "ValueError",
    "wanted": "RuntimeError", "text": ": shapes (2,) and (3,) do not fit",
    "reason": "No module named 'pandas'", "detail": "3", "shapes": [(3, 2), (3,)],
    "in_features": 3, "out_features": 2, "file": "exercises/sinmagia/autograd.py", "line": 167,
    "name": "Context", "index": "1, 0", "lesson": "lessons/3-backward.md#chain",
    "command": "python -m pytest -k test_chain_", "id": "chain", "points": 6, "score": 120,
    "max_score": 200, "percent": 60, "number": 3, "count": 2, "ids": "diamond, skip_path",
    "files": "`sinmagia/extra.py`", "more": 5, "folder": "exercises", "most": 2000,
    "submission": "ana", "cases": 5012, "seconds": 9.5, "isolation": "sandbox",
    "seed_id": "0123456789ab",
}  # fmt: skip
FITTING: Mapping[str, Mapping[str, str]] = {
    "failure.shape": {"actual": "(1,)", "expected": "()"},
    "failure.dtype": {"actual": "float64", "expected": "float32"},
    "failure.value_plain": {"expression": "x.requires_grad", "actual": "False", "expected": "True"},
    "failure.length": {"expression": "losses", "actual": "1", "expected": "3"},
    "failure.mutated": {"expression": "a"},
    "failure.mutated_whole": {"expression": "a"},
    "failure.crash": {"detail": "SIGSEGV"},
    "failure.files": {"detail": "1000"},
    "failure.protocol": {"detail": "larger than 8 MB"},
    "failure.unasked": {"detail": "30"},
    "failure.exit": {"error": "SystemExit"},
    "failure.recursion": {"error": "RecursionError"},
    "stub.todo": {"points": "6 points"},
    "failure.import": {"error": "SyntaxError", "text": ": invalid syntax"},
}
COORDINATES = ("failure.value", "failure.mutated")  # where their place is
ROOMS = ("failure", "category", "complaint", "kind", "judge", "place", "report", "state", "stub")
OF_THE_LECTURER = ("report.no_sandbox", "report.written", "report.working")


@dataclass(frozen=True)
class Message:
    """A text in every language, by the key under which it can be found and changed."""

    key: str
    by_language: Mapping[str, str]


def messages(languages: Sequence[Texts]) -> Iterator[tuple[str, list[Message]]]:
    """Give all messages in sections: the exercises of each stage, then what a result says."""
    for stage in STAGES:
        found = _said(languages, f"stages.{stage.name}.")
        for exercise in (e for e in EXERCISES if e.stage == stage.number):
            found += _said(languages, f"exercises.{exercise.id}.")
            found += [Message(f"misconceptions.{exercise.id}.{entry.id}", entry.hints)
                      for entry in of_exercise(exercise.id)]  # fmt: skip
        yield f"{stage.number}: {stage.name}", found
    for room in ROOMS:
        yield room, _said(languages, f"{room}.")


def _said(languages: Sequence[Texts], start: str) -> list[Message]:
    keys = [key for key in languages[0] if key.startswith(start) and key not in OF_THE_LECTURER]
    return [Message(key, {texts.language: filled(texts, key) for texts in languages})
            for key in keys]  # fmt: skip


def filled(texts: Texts, key: str) -> str:
    """Give a text as a student might meet it; exercises' own texts take no values."""
    if key.startswith(("exercises.", "stages.")):
        return texts[key]
    values = {
        **EXAMPLES,
        "judge": texts["judge.torch"],
        "title": texts["exercises.chain.title"],
        "do": texts["exercises.chain.do"],
        **FITTING.get(key, {}),
    }
    if key == "failure.type":
        values |= {"actual": texts["kind.list"], "expected": texts["kind.tuple"]}
    where = "place.at" if key in COORDINATES else "place.line"
    return texts.say(key, **{"place": texts.say(where, **values)} | values)


STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; margin: 2em; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
td, th { border-top: 1px solid #999; padding: .4em .6em; text-align: left; vertical-align: top; }
td:first-child, th:first-child { width: 16em; overflow-wrap: anywhere; font: 13px monospace; }
code { background: #eee; padding: 0 .2em; }
"""


def page(languages: Sequence[Texts]) -> str:
    """Write the page as HTML; nothing on it is loaded from elsewhere."""
    names = [texts.language for texts in languages]
    head = "".join(f"<th>{name}</th>" for name in ("", *names))
    parts = ["<!doctype html>", f'<html lang="{names[0]}">', '<meta charset="utf-8">',
             "<title>sin magia</title>", f"<style>{STYLE}</style>"]  # fmt: skip
    for title, found in messages(languages):
        parts += [f"<h2>{html(title)}</h2>", "<table>", f"<tr>{head}</tr>"]
        for message in found:
            cells = [f'<td lang="{name}">{_marked(message.by_language.get(name, ""))}</td>'
                     for name in names]  # fmt: skip
            parts += [f"<tr><td>{html(message.key)}</td>{''.join(cells)}</tr>"]
        parts += ["</table>"]
    return "\n".join([*parts, "</html>", ""])


def _marked(text: str) -> str:
    """Set what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html(" ".join(text.split())))
