"""Planted bugs, each graded on the whole course: what it loses, and nothing else.

`python -m tests.proofs.bugs` takes some minutes. A bug may lose its own exercise, those that need
it by the curriculum, and what is graded on the whole package alone.
"""

import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from shutil import copytree

from grader.curriculum.exercises import EXERCISE, EXERCISES, dependants
from grader.grading import explanation, grade_folder
from grader.grading.compare import ERROR, PASSED
from grader.settings import SOLUTIONS, load
from tests.planted import PLANTED, plant


def lost(bug: tuple[str, str, str, str]) -> tuple[set[str], set[str]]:
    """Name the exercises that a bug loses, and those in which the grader itself went wrong."""
    explanation.explained = lambda found, *_: found  # what is lost is asked, not why
    _, file, right, wrong = bug
    with tempfile.TemporaryDirectory() as folder:
        copytree(SOLUTIONS / "sinmagia", Path(folder) / "sinmagia")
        plant(Path(folder), file, right, wrong)
        attempts = grade_folder(Path(folder), EXERCISES, load(), "auto").attempts
    errors = {name for name, found in attempts.items() if found.state == ERROR}
    return {name for name, found in attempts.items() if found.state != PASSED} - errors, errors


def main() -> int:
    """Print a row a bug; give the number of those that lose too little or too much, or err."""
    wrong, faults = 0, 0
    print("| exercise | also lost, as declared | not as declared |\n|---|---|---|")
    with ProcessPoolExecutor() as pool:
        for (exercise, *_), (found, errors) in zip(PLANTED, pool.map(lost, PLANTED), strict=True):
            declared = dependants(EXERCISE[exercise])
            beyond = sorted(found - declared - {exercise})
            if exercise not in found:
                beyond += [f"{exercise} keeps its points"]
            wrong += bool(beyond)
            faults += bool(errors)
            beyond += [f"{name}: the grader's own error" for name in sorted(errors)]
            declared_too = ", ".join(sorted(found & declared - {exercise})) or "-"
            print(f"| {exercise} | {declared_too} | {', '.join(beyond) or '-'} |", flush=True)
    stages = [sum(EXERCISE[bug[0]].stage == stage for bug in PLANTED) for stage in range(6)]
    print(f"\n{len(PLANTED)} bugs, by stage {stages}; {wrong} lose something else than declared, "
          f"{faults} met an error of the grader.")  # fmt: skip
    return wrong + faults


if __name__ == "__main__":
    sys.exit(bool(main()))  # 256 of them would be none
