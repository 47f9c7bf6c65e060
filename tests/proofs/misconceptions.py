"""The misconceptions, each handed in: what it loses, and whether the report names it.

`python -m tests.proofs.misconceptions` takes some minutes; with names as arguments, only these.
A misconception may lose its own exercise, those that need it by the curriculum, and what is graded
on the whole package alone; its name must stand there, and no other's anywhere.
"""

import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from shutil import copytree

from grader.curriculum.exercises import EXERCISE, EXERCISES, dependants
from grader.curriculum.misconceptions import Misconception, misconceptions
from grader.grading import grade_folder
from grader.grading.compare import PASSED
from grader.settings import SOLUTIONS, load


def faults_of(entry: Misconception, lost: set[str], names: dict[str, str]) -> list[str]:
    """Say what is wrong with what a misconception lost, and with what was named where."""
    declared = dependants(EXERCISE[entry.exercise])
    found = [f"{entry.exercise} keeps its points"] if entry.exercise not in lost else []
    found += ["is not named"] if names.get(entry.exercise) != entry.id else []
    found += [f"loses {name}" for name in sorted(lost - declared - {entry.exercise})]
    return found + [f"{name} is named {other}" for name, other in names.items()
                    if other != entry.id]  # fmt: skip


def handed_in(ids: list[str]) -> tuple[set[str], dict[str, str]]:
    """Hand in the reference with misconceptions: the exercises lost, and the names by exercise."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(copytree(SOLUTIONS / "sinmagia", Path(folder) / "sinmagia"))
        for entry in map(misconceptions().get, ids):
            file = package / entry.file
            file.write_text(entry.spoil(file.read_text("utf-8")), encoding="utf-8")
        attempts = grade_folder(Path(folder), EXERCISES, load(), "auto").attempts
    lost = {name for name, found in attempts.items() if found.state != PASSED}
    return lost, {name: found.misconception for name, found in attempts.items()
                  if found.misconception}  # fmt: skip


def main(ids: list[str]) -> int:
    """Print a row a misconception; give the number of those with a fault."""
    ids = ids or list(misconceptions())
    if unknown := set(ids) - misconceptions().keys():
        sys.exit(f"no misconception is called {', '.join(sorted(unknown))}")
    faults, named = 0, 0
    print("| misconception | exercise | also lost, as declared | named | fault |")
    print("|---|---|---|---|---|")
    with ProcessPoolExecutor() as pool:
        for id_, (lost, names) in zip(ids, pool.map(handed_in, [[i] for i in ids]), strict=True):
            exercise = misconceptions()[id_].exercise
            fault = faults_of(misconceptions()[id_], lost, names)
            faults += bool(fault)
            named += names.get(exercise) == id_
            also = ", ".join(sorted(lost & dependants(EXERCISE[exercise]) - {exercise})) or "-"
            is_named = "yes" if names.get(exercise) == id_ else "no"
            row = id_, exercise, also, is_named, "; ".join(fault) or "-"
            print(f"| {' | '.join(row)} |", flush=True)
    print(f"\n{len(ids)} misconceptions; {named} are named ({100 * named / len(ids):.0f} %), "
          f"{faults} have a fault.")  # fmt: skip
    return faults


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
