"""Two misconceptions at once: both exercises are lost, and neither is taken for another mistake.

`python -m tests.proofs.doubles 30` takes about two minutes. The pairs are spread over the course.
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice

from grader.curriculum.misconceptions import Misconception, misconceptions
from grader.grading.staging import reference

from .misconceptions import handed_in

Pair = tuple[Misconception, Misconception]


def pairs(count: int) -> Iterator[Pair]:
    """Give pairs of different exercises whose mistakes fit into one package, far apart or near."""
    entries = list(misconceptions().values())
    for number in range(count):
        one = entries[number * len(entries) // count]
        distance = (number % 5 + 1) * len(entries) // 11
        start = entries.index(one) + distance
        others = (entries[(start + more) % len(entries)] for more in range(len(entries)))
        yield one, next(other for other in others if _fit(one, other))


def _fit(one: Misconception, other: Misconception) -> bool:
    """Say whether both mistakes can be made: in two files, or in two places of one."""
    if one.exercise == other.exercise:
        return False
    source = one.spoil(reference()[one.file].decode())
    return one.file != other.file or source.count(other.right) == 1


def main(count: int) -> int:
    """Print a row a pair; give the number of pairs with a fault."""
    chosen = list(islice(pairs(count), count))
    faults = both = 0
    print("| misconceptions | of exercises | named there | fault |\n|---|---|---|---|")
    with ProcessPoolExecutor() as pool:
        found = pool.map(handed_in, [[one.id, other.id] for one, other in chosen])
        for pair, (lost, names) in zip(chosen, found, strict=True):
            fault = [f"{each.exercise} keeps its points" for each in pair
                     if each.exercise not in lost]  # fmt: skip
            fault += [f"{exercise} is named {name}" for exercise, name in names.items()
                      if name not in {each.id for each in pair}]  # fmt: skip
            named = [each.exercise for each in pair if names.get(each.exercise) == each.id]
            faults, both = faults + bool(fault), both + (len(named) == len(pair))
            row = (", ".join(each.id for each in pair), ", ".join(each.exercise for each in pair),
                   ", ".join(named) or "-", "; ".join(fault) or "-")  # fmt: skip
            print(f"| {' | '.join(row)} |", flush=True)
    print(f"\n{count} pairs; in {both} both are named, {faults} have a fault.")
    return faults


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)))
