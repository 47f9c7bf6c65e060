"""Mutants of the solved package, made by Cosmic Ray: which of them no graded exercise tells from it.

`python -m tests.proofs.mutants` takes some minutes; with modules as arguments (`ops/linear.py`),
only these. A mutant is killed when it loses an exercise of the stage that its file is in, or the
one that is graded on the whole package alone: no other exercise runs the student's file. Mutants
that live on stand in `mutants.toml`, each with its reason: `equivalent` where nothing could tell
it, `unasked` where the course leaves the behaviour open on purpose. Mutants that change nothing but
the words of an error or of a `repr` are not made.
"""

import ast
import difflib
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db

from grader.curriculum.exercises import EXERCISES, STAGES, Exercise
from grader.grading import STUDENT_FILES, staging
from grader.grading.attempts import attempt
from grader.grading.bank import Bank
from grader.grading.compare import PASSED
from grader.isolation.budget import Budget
from grader.isolation.process import Worker
from grader.settings import SOLUTIONS, load

PACKAGE = SOLUTIONS / "sinmagia"
RECORDED = Path(__file__).with_suffix(".toml")
WORDS = {"__repr__", "__format__", "extra_repr", "draw_progress"}  # what is read, not computed with
VERDICTS = ("killed", "equivalent", "unasked", "surviving")


class Mutant(NamedTuple):
    """A module's text with one thing changed: where, and the code there before and after."""

    module: str
    line: int
    definition: str
    was: str
    now: str
    text: str


class Record(NamedTuple):
    """Mutants that may live: found by their code and where it is defined, not by a line's number."""

    verdict: str
    module: str
    was: str
    now: Sequence[str]
    why: str
    definition: str = "*"

    def covers(self, mutant: Mutant) -> bool:
        """Say whether a mutant is one of these."""
        return (fnmatch(mutant.module, self.module) and fnmatch(mutant.definition, self.definition)
                and mutant.was == self.was and mutant.now in self.now)  # fmt: skip


def records() -> list[Record]:
    """Read the mutants that may live."""
    tables = tomllib.loads(RECORDED.read_text(encoding="utf-8"))
    return [Record(verdict, **entry) for verdict, entries in tables.items() for entry in entries]


def mutants(module: str) -> Iterator[Mutant]:
    """Make the mutants of a module; each once, and none that only words tell from the module."""
    source = (PACKAGE / module).read_text(encoding="utf-8")
    with use_db(":memory:", WorkDB.Mode.create) as session:
        init([PACKAGE / module], session, {})
        places = [item.mutations[0] for item in session.work_items]
    seen = {without_words(source)}
    for place in places:
        text = mutate_code(source, get_operator(place.operator_name)(), place.occurrence)
        with suppress(SyntaxError):  # to Cosmic Ray the star of keyword-only parameters multiplies
            if (sense := without_words(text)) in seen:
                continue
            seen.add(sense)
            line, was, now = changed(source, text)
            yield Mutant(module, line, definition(source, line), was, now, text)


class WithoutWords(ast.NodeTransformer):
    """Leaves out what an error says, and what is made to be read."""

    def visit_Raise(self, node):
        if isinstance(node.exc, ast.Call):
            node.exc.args = []
        return node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        if node.name in WORDS:
            node.body = []
        return node


def without_words(source: str) -> str:
    """Give what tells a module's mutants apart."""
    return ast.dump(WithoutWords().visit(ast.parse(source)))


def changed(before: str, after: str) -> tuple[int, str, str]:
    """Give the line that was changed, its number first, as it was and as it is now."""
    lines, others = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, lines, others, autojunk=False)
    blocks = [block for block in matcher.get_opcodes() if block[0] != "equal"]
    (_, start, _, other, _), (*_, end, _, other_end) = blocks[0], blocks[-1]
    was, now = lines[start:end], others[other:other_end]
    return start + 1, code(was), code(now)


def code(lines: Sequence[str]) -> str:
    """Give the code of some lines; a decorator goes with what stands before it."""
    stripped = map(str.strip, lines)
    return "\n".join(line for line in stripped if line and not line.startswith("###"))


def definition(source: str, line: int) -> str:
    """Name the function or class that a line is in, from the outside in: `Amax.backward`."""
    names, inside = [], ast.parse(source).body
    while found := [node for node in inside if isinstance(node, ast.FunctionDef | ast.ClassDef)
                    and first_line(node) <= line <= node.end_lineno]:  # fmt: skip
        names.append(found[0].name)
        inside = found[0].body
    return ".".join(names)


def first_line(node: ast.FunctionDef | ast.ClassDef) -> int:
    return min(part.lineno for part in (node, *node.decorator_list))


def asked(mutant: Mutant) -> list[Exercise]:
    """Order the exercises that a mutant may lose: the changed function's own first."""
    stage = next(stage.number for stage in STAGES if mutant.module in stage.files)
    may_lose = [e for e in EXERCISES if e.stage == stage or e.alone]
    return sorted(may_lose, key=lambda e: (e.alone, e.symbol != mutant.definition,
                                           e.file != mutant.module))  # fmt: skip


@cache
def bank() -> Bank:
    """Keep the cases at hand: the same few exercises are asked thousands of times."""
    kept = Bank(load())
    kept.cases = cache(kept.cases)
    return kept


def lost(mutant: Mutant) -> str | None:
    """Name the first exercise that a mutant loses, where one does; one that hangs loses it too."""
    files = {**staging.reference(), mutant.module: mutant.text.encode()}
    with staging.tree(files) as tree, Worker(tree, "none", Budget(load().limits)) as worker:
        return next((exercise.id for exercise in asked(mutant)
                     if attempt(exercise, worker, bank()).state != PASSED), None)  # fmt: skip


def main(modules: Sequence[str]) -> int:
    """Print a row a module, then each survivor; give the number of survivors and wrong records."""
    recorded, used = records(), set()
    made = [m for module in modules or STUDENT_FILES for m in mutants(module)]
    for exercise in EXERCISES:
        bank().cases(exercise)
    counts: dict[str, Counter[str]] = {mutant.module: Counter() for mutant in made}
    faults = []
    with ProcessPoolExecutor() as pool:
        for mutant, exercise in zip(made, pool.map(lost, made, chunksize=4), strict=True):
            record = next((r for r in recorded if r.covers(mutant)), None)
            used.add(record)
            verdict = "killed" if exercise else record.verdict if record else "surviving"
            counts[mutant.module][verdict] += 1
            where = f"{mutant.module}:{mutant.line} {mutant.definition}\n- {mutant.was}\n+ {mutant.now}"
            if verdict == "surviving":
                faults.append(f"survives: {where}")
            elif exercise and record:
                faults.append(f"recorded as {record.verdict}, but loses {exercise}: {where}")
    faults += [f"recorded, but not met: {record.module} {record.definition}\n- {record.was}"
               for record in recorded if record not in used and record.module in counts]  # fmt: skip
    print(f"| module | mutants | {' | '.join(VERDICTS)} |\n|---|---|{'---|' * len(VERDICTS)}")
    for module, count in [*counts.items(), ("all", sum(counts.values(), Counter()))]:
        row = module, count.total(), *(count[verdict] for verdict in VERDICTS)
        print(f"| {' | '.join(map(str, row))} |")
    print("\n".join(["", *faults]))
    return len(faults)


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
