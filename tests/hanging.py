"""Submissions made from the solutions: every function of theirs hangs, or every import crashes."""

import ast
from pathlib import Path

from grader.grading.staging import STUDENT_FILES
from grader.settings import SOLUTIONS

LOOP = "while True:\n    pass"
SLEEP = "import time\ntime.sleep(999)"
CRASH = "import os\nos._exit(3)"


def with_every_function(file, source):
    """Give the solved file with `source` at the start of every function of it."""
    tree = ast.parse((SOLUTIONS / "sinmagia" / file).read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body[:0] = ast.parse(source).body
    return ast.unparse(tree)


def with_every_import(file, source):
    """Give the solved file with `source` before everything else."""
    return f"{source}\n{(SOLUTIONS / 'sinmagia' / file).read_text('utf-8')}"


def submission(folder: Path, make, source):
    """Write a submission whose every file is made by `make`; give its folder."""
    for file in STUDENT_FILES:
        path = folder / "exercises" / "sinmagia" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(file, source), encoding="utf-8")
    return folder
