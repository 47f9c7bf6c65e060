"""What grading costs: each figure beside something run in the same minute, as a ratio.

Run `make proofs`; the last figures are in RESULTS.md. Times are medians of several runs.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

from hypothesis import strategies as st

from grader.curriculum.exercises import EXERCISES, STAGES
from grader.grading import staging
from grader.grading.bank import Bank
from grader.grading.generation import generate
from grader.isolation import intake, sandbox
from grader.isolation.process import Worker
from grader.programs.oracle import answer
from grader.programs.program import Program
from grader.settings import ROOT, SOLUTIONS, STUBS, load

RUNS = 5


def timed(action: Callable[[], object], runs: int = RUNS) -> float:
    """Give the median seconds of several runs, after one to warm up."""
    action()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def row(what: str, seconds: float, beside: str, other: float) -> None:
    """Print a figure, what it was run beside, and the ratio."""
    print(f"| {what} | {1000 * seconds:.2f} ms | {beside} | {1000 * other:.2f} ms "
          f"| {seconds / other:.2f} |")  # fmt: skip


def grade(folder: Path, isolation: str = "auto") -> None:
    """Run the whole command in a process of its own."""
    command = [str(Path(sys.executable).with_name("grader")), "grade", str(folder)]
    subprocess.run([*command, "--isolation", isolation], capture_output=True, check=True)


def main() -> None:
    """Print the table."""
    print("| what | median | beside | median | ratio |\n|---|--:|---|--:|--:|")
    python = timed(lambda: subprocess.run([sys.executable, "-c", "import numpy"], check=True))
    bare = "`python -c 'import numpy'`"
    for name, folder in (("solution", SOLUTIONS), ("stubs", STUBS),
                         ("buggy submission", ROOT / "tests/submissions/buggy")):  # fmt: skip
        row(f"`grader grade`, {name}, warm bank", timed(lambda f=folder: grade(f)), bare, python)

    cases = [case for exercise in EXERCISES for case in Bank(load()).cases(exercise)]
    programs = [c.program for c in cases if not c.twin and "upstream" in c.program.inputs]
    torch = timed(lambda: [answer(program) for program in programs]) / len(programs)
    submission = intake.take(SOLUTIONS, staging.STUDENT_FILES)
    with staging.tree(staging.whole(submission)) as tree:
        for isolation in (sandbox.choose("auto"), "none"):
            with Worker(tree, isolation, load().limits) as worker:
                each = timed(lambda w=worker: list(w.run(programs))) / len(programs)
            row(f"a case on the worker ({isolation}), there and back", each,
                "the same on torch, in process", torch)  # fmt: skip

        def start(isolation: str) -> None:
            with Worker(tree, isolation, load().limits) as worker:
                list(worker.run([Program("x = 1", {}, ("x",))]))

        row(f"a worker's first answer ({sandbox.choose('auto')})",
            timed(lambda: start(sandbox.choose("auto"))), bare, python)  # fmt: skip

    checks = [c for e in EXERCISES for c in Bank(load()).checks(e)]
    drawn = sum(len(generate(check.cases, load())) for check in checks)
    each = timed(lambda: [generate(check.cases, load()) for check in checks]) / drawn
    floor = timed(lambda: generate(st.integers(0, 99).map(_nothing), load())) / load().generated
    row("drawing a case", each, "drawing one small integer", floor)

    def build() -> None:
        with tempfile.TemporaryDirectory() as folder:
            bank = Bank(replace(load(), bank=Path(folder)))
            for exercise in EXERCISES:
                bank.cases(exercise)

    replay = timed(lambda: [Bank(load()).cases(exercise) for exercise in EXERCISES])
    row(f"reading a bank of {len(cases)} cases", replay, "building it", timed(build, runs=3))
    print(f"\n{len(EXERCISES)} exercises, {len(STAGES)} stages, {len(cases)} distinct cases.")


def _nothing(_: int) -> object:
    return None


if __name__ == "__main__":
    main()
