"""No false failure: the solutions get full marks whatever the seed of the course is.

`python -m tests.proofs.seeds 200` takes that many seeds, some ten seconds each, on every core;
`--cases 600` draws ten times as many cases of each check.
"""

import sys
import tempfile
from argparse import ArgumentParser
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from grader.curriculum.exercises import EXERCISES
from grader.grading import grade_folder
from grader.grading.compare import ERROR, PASSED
from grader.settings import SOLUTIONS, load


def graded(generated: int, number: int) -> dict[str, tuple[str, int, float]]:
    """Grade the solutions with a seed: each exercise's state, cases and seconds."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(load(), seed=f"proof {number}", generated=generated, bank=Path(folder))
        attempts = grade_folder(SOLUTIONS, EXERCISES, settings, "auto").attempts
    return {name: (found.state, found.cases, found.seconds) for name, found in attempts.items()}


def main() -> int:
    """Print a row a seed; give the number of seeds with a failure, or an error of the grader."""
    parser = ArgumentParser(description="Grade the solutions with many seeds.")
    parser.add_argument("seeds", type=int, nargs="?", default=20)
    parser.add_argument("--cases", type=int, default=load().generated)
    asked = parser.parse_args()
    failures, faults, total = 0, 0, 0
    print("| seed | cases | seconds, bank included | failures | errors of the grader |")
    print("|---|--:|--:|---|---|")
    with ProcessPoolExecutor() as pool:
        numbers = range(asked.seeds)
        for number, found in enumerate(pool.map(partial(graded, asked.cases), numbers)):
            errors = [name for name, (state, *_) in found.items() if state == ERROR]
            lost = [name for name, (state, *_) in found.items() if state not in (PASSED, ERROR)]
            cases = sum(count for _, count, _ in found.values())
            seconds = sum(taken for *_, taken in found.values())
            failures, faults, total = failures + bool(lost), faults + bool(errors), total + cases
            print(
                f"| proof {number} | {cases} | {seconds:.1f} | {', '.join(lost) or 'none'} "
                f"| {', '.join(errors) or 'none'} |",
                flush=True,
            )
    print(f"\n{asked.seeds} seeds, {total} cases, {failures} seeds with a false failure, "
          f"{faults} with an error of the grader.")  # fmt: skip
    return failures + faults


if __name__ == "__main__":
    sys.exit(bool(main()))
