"""What the sandbox costs, and how soon a submission that hangs or crashes everywhere is finished.

`python -m tests.benchmarks.sandbox` prints the tables of RESULTS.md: the same grading with and
without a sandbox, in turns, and the submissions of `tests/hanging.py`.
"""

import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from grader.curriculum.exercises import EXERCISES
from grader.grading import grade_folder
from grader.isolation import layers
from grader.isolation.sandbox import NONE, SANDBOX
from grader.settings import SOLUTIONS, load
from tests import hanging

TURNS = 9
MOST_RATIO, MOST_SECONDS, MOST_SECONDS_TO_CRASH = 1.2, 120, 10
SUBMISSIONS = {
    "every call loops": (hanging.with_every_function, hanging.LOOP),
    "every call sleeps": (hanging.with_every_function, hanging.SLEEP),
    "every import loops": (hanging.with_every_import, hanging.LOOP),
    "every import sleeps": (hanging.with_every_import, hanging.SLEEP),
    "every import crashes": (hanging.with_every_import, hanging.CRASH),
}


def seconds_to_grade(folder: Path, isolation: str) -> tuple[float, Counter]:
    """Grade with a warm bank; give the seconds, and how the exercises came out."""
    start = time.perf_counter()
    grading = grade_folder(folder, EXERCISES, load(), isolation)
    took = time.perf_counter() - start
    return took, Counter(
        attempt.mismatch.kind if attempt.mismatch else attempt.state
        for attempt in grading.attempts.values()
    )


def main() -> bool:
    """Print the tables; say whether a bound was passed."""
    layers.choose(SANDBOX, load().limits)
    grade_folder(SOLUTIONS, EXERCISES, load(), NONE)  # the bank is warm from here on
    turns = [[seconds_to_grade(SOLUTIONS, way)[0] for way in (SANDBOX, NONE)] for _ in range(TURNS)]
    inside, outside = map(median, zip(*turns, strict=True))
    proof = time.perf_counter()
    layers.missing(load().limits)
    proof = time.perf_counter() - proof
    print("| grading the solution | sandbox | none | ratio |\n|---|--:|--:|--:|")
    print(
        f"| median of {TURNS} turns | {inside:.2f} s | {outside:.2f} s | {inside / outside:.2f} |"
    )
    print(f"| with the proof of the layers | {inside + proof:.2f} s | {outside:.2f} s "
          f"| {(inside + proof) / outside:.2f} |\n")  # fmt: skip
    beyond = (inside + proof) / outside > MOST_RATIO
    print("| a submission in which | is finished after | beside the solution | failed for |")
    print("|---|--:|--:|---|")
    for name, (make, source) in SUBMISSIONS.items():
        with TemporaryDirectory() as folder:
            submission = hanging.submission(Path(folder), make, source)
            took, outcomes = seconds_to_grade(submission, SANDBOX)
        beyond |= took > (MOST_SECONDS_TO_CRASH if source == hanging.CRASH else MOST_SECONDS)
        told = ", ".join(f"{kind} {count}" for kind, count in sorted(outcomes.items()))
        print(f"| {name} | {took:.1f} s | {took / inside:.0f} times | {told} |", flush=True)
    return beyond


if __name__ == "__main__":
    sys.exit(main())
