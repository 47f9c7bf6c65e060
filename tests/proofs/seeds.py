"""No false failure: the solutions get full marks whatever the seed of the course is.

`python -m tests.proofs.seeds 20` takes that many seeds, some twelve seconds each; `--cases 600`
draws ten times as many cases of each check.
"""

import sys
import tempfile
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path

from grader.curriculum.exercises import EXERCISES
from grader.grading import grade_folder
from grader.grading.compare import ERROR, PASSED
from grader.settings import SOLUTIONS, load


def main() -> int:
    """Print a row a seed; give the number of seeds with a failure, or an error of the grader."""
    parser = ArgumentParser(description="Grade the solutions with many seeds.")
    parser.add_argument("seeds", type=int, nargs="?", default=20)
    parser.add_argument("--cases", type=int, default=load().generated)
    asked = parser.parse_args()
    failures, faults, total = 0, 0, 0
    limits = replace(load().limits, seconds_an_exercise=600)
    print("| seed | cases | seconds, bank included | failures | errors of the grader |")
    print("|---|--:|--:|---|---|")
    for number in range(asked.seeds):
        with tempfile.TemporaryDirectory() as folder:
            settings = replace(load(), seed=f"proof {number}", generated=asked.cases,
                               bank=Path(folder), limits=limits)  # fmt: skip
            grading = grade_folder(SOLUTIONS, EXERCISES, settings, "auto")
        errors = [name for name, found in grading.attempts.items() if found.state == ERROR]
        lost = [name for name, found in grading.attempts.items()
                if found.state not in (PASSED, ERROR)]  # fmt: skip
        cases = sum(found.cases for found in grading.attempts.values())
        failures, faults, total = failures + bool(lost), faults + bool(errors), total + cases
        seconds = sum(found.seconds for found in grading.attempts.values())
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
