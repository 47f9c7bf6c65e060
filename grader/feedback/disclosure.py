"""Disclosure: how much of a hidden case a result shows, as the lecturer chose; decided here alone.

What is not disclosed is nowhere in the result, so no reader of it can show it.
"""

from typing import Any

from grader.curriculum.texts import Texts
from grader.settings import ALL, NOTHING

# What is of the case itself, or says something of it.
OF_THE_CASE = ("program", "torch_program", "graph", "expression", "expected", "actual", "index",
               "note")  # fmt: skip


def disclosed(found: dict[str, Any], setting: str, category: str, todo: tuple[str, int],
              texts: Texts) -> dict[str, Any]:  # fmt: skip
    """Take from a feedback object what is not to be shown.

    `category` is the sentence that says what kind of thing went wrong, without any value.
    """
    if setting == ALL:
        return found
    left = found | dict.fromkeys(OF_THE_CASE) | {"by_torch": False, "message": category}
    if setting == NOTHING:
        kind = "undisclosed"
        left |= {"kind": kind, "message": texts[f"failure.{kind}"], "misconception": None,
                 "hint": None, "file": todo[0], "line": todo[1]}  # fmt: skip
    return left
