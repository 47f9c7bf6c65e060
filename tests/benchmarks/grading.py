"""What grading costs: each figure beside something run in the same minute, as a ratio.

Run `make proofs`; the last figures are in RESULTS.md. Times are medians of several runs.
"""

import cProfile
import os
import pstats
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from shutil import copytree
from statistics import median
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

from grader.curriculum.exercises import EXERCISES, STAGES
from grader.grading import grade_folder, staging
from grader.grading.bank import Bank
from grader.grading.generation import generate
from grader.isolation import intake, layers
from grader.isolation.budget import Budget
from grader.isolation.process import Worker
from grader.programs.oracle import answer
from grader.programs.program import Program
from grader.settings import ROOT, SOLUTIONS, STUBS, load
from tests.vacuous import KINDS, appended

RUNS = 5
BARE = "`python -c 'import numpy'`"


def timed(action: Callable[[], object], runs: int = RUNS) -> float:
    """Give the median seconds of several runs, after one to warm up; or those of a single one."""
    if runs > 1:
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


def grade(folder: Path, **environment: str) -> None:
    """Run the whole command in a process of its own."""
    command = [str(Path(sys.executable).with_name("grader")), "grade", str(folder)]
    subprocess.run(command, capture_output=True, check=True, env={**os.environ, **environment})


def cold(folder: Path) -> None:
    """Grade without a bank."""
    with TemporaryDirectory() as empty:
        grade(folder, SINMAGIA_BANK=empty)


def wrong_everywhere(folder: Path) -> Path:
    """Write a package whose every exercise does the right thing and then gives back nothing."""
    copytree(SOLUTIONS / "sinmagia", folder / "sinmagia")
    for file, exercises in groupby(sorted(EXERCISES, key=attrgetter("file")), attrgetter("file")):
        versions = {e.symbol: next(filter(None, (appended(e, kind) for kind in KINDS)))
                    for e in exercises}  # fmt: skip
        with (folder / "sinmagia" / file).open("a", encoding="utf-8") as out:
            out.writelines(versions.values())
    return folder


def profile(name: str, folder: Path) -> None:
    """Print what part of the time grading spends where, the largest first."""
    profiler = cProfile.Profile()
    profiler.runcall(grade_folder, folder, EXERCISES, load(), "auto")
    stats = pstats.Stats(profiler)
    seconds = {what: sum(times[3] for (file, _, function), times in stats.stats.items()
                         if file.endswith(where) and function == outermost)
               for what, (where, outermost) in PARTS.items()}  # fmt: skip
    for what, spent in sorted(seconds.items(), key=itemgetter(1), reverse=True):
        print(f"| {name}: {what} | {spent:.2f} s | {spent / stats.total_tt:.2f} |")


# Each part's outermost function, with all that it calls: shrinking waits for answers too.
PARTS = {
    "waiting for a worker, its start included": ("isolation/channel.py", "receive"),
    "launching workers": ("isolation/sandbox.py", "start"),
    "shrinking": ("grading/shrink.py", "simplest_failing"),
    "comparing": ("grading/compare.py", "state_of"),
    "reading the bank": ("grading/bank.py", "_read"),
}


def main() -> None:
    """Print the tables."""
    with TemporaryDirectory() as scratch:
        folders = {
            "solution": SOLUTIONS,
            "stubs": STUBS,
            "buggy submission": ROOT / "tests/submissions/buggy",
            "wrong everywhere": wrong_everywhere(Path(scratch)),
        }
        whole_commands(folders)
        print("\n| where the time goes, warm bank, profiled | time | part of all |\n|---|--:|--:|")
        for name, folder in folders.items():
            profile(name, folder)
    print()
    parts()


def whole_commands(folders: Mapping[str, Path]) -> None:
    """Time `grader grade`."""
    print("| what | median | beside | median | ratio |\n|---|--:|---|--:|--:|")
    python = timed(lambda: subprocess.run([sys.executable, "-c", "import numpy"], check=True))
    for name, folder in folders.items():
        runs = 1 if name == "wrong everywhere" else RUNS
        row(f"`grader grade`, {name}, warm bank", timed(partial(grade, folder), runs), BARE, python)
    row("`grader grade`, solution, no bank", timed(partial(cold, SOLUTIONS), 3), BARE, python)


def parts() -> None:
    """Time a case on the worker, a worker's start, the drawing of cases, and the bank."""
    print("| what | median | beside | median | ratio |\n|---|--:|---|--:|--:|")
    python = timed(lambda: subprocess.run([sys.executable, "-c", "import numpy"], check=True))
    cases = [case for exercise in EXERCISES for case in Bank(load()).cases(exercise)]
    programs = [c.program for c in cases if not c.twin and "upstream" in c.program.inputs]
    torch = timed(lambda: [answer(program) for program in programs]) / len(programs)
    submission = intake.take(SOLUTIONS, staging.STUDENT_FILES)
    with staging.tree(staging.whole(submission)) as tree:
        chosen, _ = layers.choose("auto", load().limits)
        for isolation in (chosen, "none"):
            with Worker(tree, isolation, Budget(load().limits)) as worker:
                each = timed(lambda w=worker: list(w.run(programs))) / len(programs)
            row(f"a case on the worker ({isolation}), there and back", each,
                "the same on torch, in process", torch)  # fmt: skip

        def start(isolation: str) -> None:
            with Worker(tree, isolation, Budget(load().limits)) as worker:
                list(worker.run([Program("x = 1", {}, ("x",))]))

        row(f"a worker's first answer ({chosen})", timed(lambda: start(chosen)), BARE, python)

    checks = [c for e in EXERCISES for c in Bank(load()).checks(e)]
    drawn = sum(len(generate(check.cases, load())) for check in checks)
    each = timed(lambda: [generate(check.cases, load()) for check in checks]) / drawn
    floor = timed(lambda: generate(st.integers(0, 99).map(_nothing), load())) / load().generated
    row("drawing a case", each, "drawing one small integer", floor)

    def build() -> None:
        with TemporaryDirectory() as folder:
            bank = Bank(replace(load(), bank=Path(folder)))
            for exercise in EXERCISES:
                bank.cases(exercise)

    building = timed(build, runs=3)
    row("generating a case: drawn, answered by torch, kept", building / len(cases),
        "drawing one small integer", floor)  # fmt: skip
    replay = timed(lambda: [Bank(load()).cases(exercise) for exercise in EXERCISES])
    row(f"reading a bank of {len(cases)} cases", replay, "building it", building)
    print(f"\n{len(EXERCISES)} exercises, {len(STAGES)} stages, {len(cases)} distinct cases.")


def _nothing(_: int) -> object:
    return None


if __name__ == "__main__":
    main()
