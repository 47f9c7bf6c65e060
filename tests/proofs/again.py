"""The same push, the same report: graded again and again, byte for byte the same but for times.

`python -m tests.proofs.again 20` takes a few minutes. Each grading is a process of its own, with
its own hash seed, addresses and clock.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from grader.settings import ROOT, SOLUTIONS
from tests.benchmarks.autograde import buggy

ACCIDENTAL = '''

import random
import time


def mse_loss(input, target):
    """Give what chance, the clock and an address come to."""
    return [id(object()), time.time(), random.random(), np.random.default_rng().random(),
            list({"one", "two", "three"}), object()]
'''


def accidental(folder: Path) -> Path:
    """Write ten bugs and a function whose values no two processes share."""
    buggy(folder)
    with (folder / "sinmagia/nn/functional.py").open("a", encoding="utf-8") as file:
        file.write(ACCIDENTAL)
    return folder


FOLDERS: dict[str, Callable[[Path], Path]] = {
    "solution": lambda _: SOLUTIONS,
    "buggy submission": lambda _: ROOT / "tests/submissions/buggy",
    "ten bugs": buggy,
    "ten bugs and an accident": accidental,
}


def report(folder: Path, out: Path) -> tuple[bytes, bytes]:
    """Grade once: the result without its times, and the summary."""
    grader = str(Path(sys.executable).with_name("grader"))
    subprocess.run([grader, "grade", str(folder), "--out", str(out)], capture_output=True,
                   check=True)  # fmt: skip
    result = json.loads((out / "results.json").read_bytes())
    for part in (result, *result["exercises"]):
        del part["seconds"]
    return json.dumps(result).encode(), (out / "summary.md").read_bytes()


def main(times: int) -> int:
    """Print how many different reports each submission got; give the number beyond one each."""
    more = 0
    print("| submission | gradings | different results | different summaries |\n|---|--:|--:|--:|")
    for name, written in FOLDERS.items():
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as out:
            submission = written(Path(folder))
            results, summaries = zip(
                *(report(submission, Path(out)) for _ in range(times)), strict=True
            )
        found = len(set(results)), len(set(summaries))
        more += sum(found) - len(found)
        print(f"| {name} | {times} | {found[0]} | {found[1]} |", flush=True)
    return more


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)))
