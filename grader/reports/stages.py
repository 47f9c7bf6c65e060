"""What every report says of a result: the headline, a row a stage, what is next, the failures."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grader.curriculum.exercises import STAGES
from grader.curriculum.texts import Texts


@dataclass(frozen=True)
class Row:
    """A stage's row: its title, points, and how many exercises are in each state."""

    title: str
    points: int
    max_points: int
    passed: int
    failed: int
    pending: int


def by_stage(result: dict[str, Any], texts: Texts) -> list[Row]:
    """Give a row for every stage that was graded."""
    rows = []
    for stage in STAGES:
        entries = [e for e in result["exercises"] if e["stage"] == stage.number]
        if entries:
            states = [entry["state"] for entry in entries]
            name = texts[f"stages.{stage.name}.title"]
            title = texts.say("report.stage", number=stage.number, title=name)
            points = sum(entry["points"] for entry in entries)
            most = sum(entry["max_points"] for entry in entries)
            counts = (states.count(state) for state in ("passed", "failed", "pending"))
            rows.append(Row(title, points, most, *counts))
    return rows


def headline(result: dict[str, Any], texts: Texts) -> str:
    """Say the score, or why there is none yet."""
    score, most = result["score"], result["max_score"]
    if score is None:
        return texts["report.no_score"]
    percent = 100 * score // most if most else 0
    return texts.say("report.score", score=score, max_score=most, percent=percent)


def warnings(result: dict[str, Any], texts: Texts) -> list[str]:
    """Say what keeps a result from being a grade of record."""
    reasons = {
        "report.isolation_none": result["isolation"] == "none",
        "report.practice_seed": result["practice_seed"],
    }
    return [texts[key] for key, holds in reasons.items() if holds]


def notes(result: dict[str, Any], texts: Texts) -> list[str]:
    """Say which files of the student's had no effect on the result."""
    found = []
    if result["ignored"]:
        key = "report.ignored_more" if result["ignored_more"] else "report.ignored"
        files = ", ".join(f"`{name}`" for name in result["ignored"])
        found.append(texts.say(key, files=files, more=result["ignored_more"]))
    if result["replaced"]:
        files = ", ".join(f"`{name}`" for name in result["replaced"])
        found.append(texts.say("report.replaced", files=files))
    return found


def next_exercise(result: dict[str, Any], texts: Texts) -> str:
    """Name the first exercise that has not passed, extensions last, with its file and line."""
    left = [entry for entry in result["exercises"] if entry["state"] != "passed"]
    if not left:
        return texts["report.all_done"]
    entry = next((entry for entry in left if entry["core"]), left[0])
    place = entry["feedback"] or entry
    return texts.say("report.next", title=entry["title"], id=entry["id"],
                     file=place["file"], line=place["line"])  # fmt: skip


def labels(found: dict[str, Any], texts: Texts) -> tuple[str, str]:
    """Name the two values of a failure: the student's, and the one it was held against."""
    if found["kind"] == "mutated":
        return texts["report.after"], texts["report.before"]
    return texts["report.yours"], texts[f"report.{'pytorch' if found['by_torch'] else 'expected'}"]


def paste_here(found: dict[str, Any], texts: Texts) -> str:
    """Say in which folder a program can be pasted into Python: the one with the package in it."""
    folder = found["file"].partition("sinmagia/")[0].rstrip("/") or "."
    return texts.say("report.program", folder=folder)


def failures(result: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Give each failed exercise once, with the ids of those that fail for the very same reason."""
    reasons: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for entry in result["exercises"]:
        if entry["feedback"]:
            found = entry["feedback"]
            shared = found["kind"] in ("raised", "import") or found["kind"].startswith("file_")
            reason = f"{found['file']} {found['message']}" if shared else entry["id"]
            reasons.setdefault(reason, (entry, []))[1].append(entry["id"])
    for entry, ids in reasons.values():
        yield entry, ids[1:]
