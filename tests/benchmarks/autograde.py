"""What a push costs beside `nbgrader autograde` of one notebook with one check, in the same turns.

`python -m tests.benchmarks.autograde` needs nbgrader (`pip install -e '.[proofs]'`). It fails where
the solution takes more than half of nbgrader's time, the stubs more than a quarter, or a submission
with ten bugs, each shrunk and diagnosed, more than three times.
"""

import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from shutil import copytree
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from grader.curriculum.misconceptions import misconceptions
from grader.settings import SOLUTIONS, STUBS

if TYPE_CHECKING:
    from collections.abc import Callable

TURNS = 7
SCRIPTS = Path(sys.executable).parent
MOST = {"solution": 0.5, "stubs": 0.25, "ten bugs": 3.0}
BUGS = (
    "forward_difference", "reflected_minus_is_minus", "pow_keeps_the_exponent",
    "exp_slope_is_the_input", "relu_lets_everything_back", "second_pass_overwrites",
    "mse_halved", "children_in_reverse", "momentum_ignored", "adam_without_bias_correction",
)  # fmt: skip
SOLVED = "def product_backward(grad, a, b):\n    return grad * b, grad * a"
CHECK = """
import numpy as np
import torch
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import floats

rows = arrays("float64", (2, 3), elements=floats(-9, 9))

@given(rows, rows, rows)
@settings(max_examples=100, deadline=None, database=None)
def check(upstream, a, b):
    mine = product_backward(upstream, a, b)
    x, y = (torch.tensor(each, requires_grad=True) for each in (a, b))
    (x * y).backward(torch.tensor(upstream))
    np.testing.assert_allclose(mine[0], x.grad.numpy())
    np.testing.assert_allclose(mine[1], y.grad.numpy())

check()
""".strip()


def command(*words: str, folder: Path) -> None:
    """Run one of the environment's commands, as its user would."""
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls others by their names
    environment = {**os.environ, "PATH": path, "PYTHONWARNINGS": "ignore"}
    subprocess.run([str(SCRIPTS / words[0]), *words[1:]], cwd=folder, env=environment,
                   capture_output=True, check=True)  # fmt: skip


def marked(source: str, name: str, **role: object) -> nbformat.NotebookNode:
    """Write a cell that nbgrader knows."""
    known = {"grade": False, "solution": False, "locked": False, "task": False}
    cell = new_code_cell(source)
    cell.metadata["nbgrader"] = {**known, **role, "grade_id": name, "schema_version": 3}
    return cell


def assignment(folder: Path) -> None:
    """Make a course of one notebook with one check of a hundred examples, and hand it in solved."""
    cells = [marked(f"### BEGIN SOLUTION\n{SOLVED}\n### END SOLUTION", "answer", solution=True),
             marked(CHECK, "check", grade=True, locked=True, points=1)]  # fmt: skip
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    source = folder / "source/product"
    source.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells, metadata=kernel), source / "product.ipynb")
    command("nbgrader", "generate_assignment", "product", folder=folder)
    copytree(source, folder / "submitted/ana/product")


def buggy(folder: Path) -> Path:
    """Write the solution with ten misconceptions."""
    package = Path(copytree(SOLUTIONS / "sinmagia", folder / "sinmagia"))
    for entry in map(misconceptions().__getitem__, BUGS):
        file = package / entry.file
        file.write_text(entry.spoil(file.read_text("utf-8")), encoding="utf-8")
    return folder


def main() -> int:
    """Print the table; give 1 where a ratio is beyond what we allow."""
    with TemporaryDirectory() as course, TemporaryDirectory() as bugs:
        assignment(Path(course))
        autograde = partial(command, "nbgrader", "autograde", "product", "--force",
                            folder=Path(course))  # fmt: skip
        folders = {"solution": SOLUTIONS, "stubs": STUBS, "ten bugs": buggy(Path(bugs))}
        contenders: dict[str, Callable[[], None]] = {"nbgrader autograde": autograde} | {
            name: partial(command, "grader", "grade", str(path), folder=Path(bugs))
            for name, path in folders.items()
        }
        seconds: dict[str, list[float]] = {name: [] for name in contenders}
        for turn in range(TURNS + 1):  # the first one warms up
            for name, contender in contenders.items():
                start = time.perf_counter()
                contender()
                seconds[name] += [time.perf_counter() - start] if turn else []
    beside = median(seconds["nbgrader autograde"])
    print("| median of turns | time | beside nbgrader | at most |\n|---|--:|--:|--:|")
    for name, taken in seconds.items():
        print(f"| {name} | {median(taken):.2f} s | {median(taken) / beside:.2f} "
              f"| {MOST.get(name, 1)} |")  # fmt: skip
    return int(any(median(seconds[name]) > most * beside for name, most in MOST.items()))


if __name__ == "__main__":
    sys.exit(main())
