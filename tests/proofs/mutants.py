"""Mutants of the solved package, made by Cosmic Ray: which of them does no exercise tell from it?

`python -m tests.proofs.mutants` takes some minutes; with modules as arguments (`ops/linear.py`),
only these. A mutant is killed when it loses an exercise: of a student's file one of its stage, or
the one that is graded on the whole package alone, for no other runs that file. What is given in a
file, outside its regions, may also be told by a parity program that then answers otherwise.

Mutants that may live stand in `mutants.toml`, each with its reason: `equivalent` where nothing can
tell them from the package, `unasked` where the course leaves the behaviour open on purpose. Those
that change only the words of an error or of what is printed are not made; drawings and data sets
are not mutated.
"""

import ast
import difflib
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import NamedTuple
from warnings import catch_warnings

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db

from grader.curriculum.exercises import EXERCISES, STAGES, Exercise
from grader.grading import STUDENT_FILES, staging
from grader.grading.attempts import attempt_cases
from grader.grading.bank import Bank
from grader.grading.compare import PASSED
from grader.isolation.budget import Budget
from grader.isolation.process import Worker
from grader.programs.cases import Case, refused
from grader.programs.oracle import torch
from grader.programs.program import Program
from grader.settings import SOLUTIONS, load
from tests.parity import DIFFERENCES, ERRORS, PROMISED, REFUSED_HERE, ROWS, promotions, run

PACKAGE = SOLUTIONS / "sinmagia"
RECORDED = Path(__file__).with_suffix(".toml")
WORDS = {"__repr__", "__format__", "extra_repr", "draw_progress"}  # what is read, not computed with
MODULES = (*STUDENT_FILES, "operators.py", "dtypes.py", "creation.py", "functions.py")
PARITY = "parity"
VERDICTS = ("exercise", PARITY, "equivalent", "unasked", "surviving")


class Mutant(NamedTuple):
    """A module's text with one thing changed: where, and the code there before and after."""

    module: str
    line: int
    definition: str
    was: str
    now: str
    given: bool
    text: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.definition}\n- {self.was}\n+ {self.now}"


class Record(NamedTuple):
    """Mutants that may live: found by their code and what it is part of, not by a line's number."""

    verdict: str
    module: str
    was: str
    now: tuple[str, ...]
    why: str
    definition: str = "*"

    def covers(self, mutant: Mutant) -> bool:
        """Say whether a mutant is one of these."""
        return (fnmatch(mutant.module, self.module) and fnmatch(mutant.definition, self.definition)
                and mutant.was == self.was and mutant.now in self.now)  # fmt: skip


def records() -> list[Record]:
    """Read the mutants that may live."""
    tables = tomllib.loads(RECORDED.read_text(encoding="utf-8"))
    return [Record(verdict, **{**entry, "now": tuple(entry["now"])})
            for verdict, entries in tables.items() for entry in entries]  # fmt: skip


def mutants(module: str) -> Iterator[Mutant]:
    """Make the mutants of a module; each once, and none that only words tell from the module."""
    source = (PACKAGE / module).read_text(encoding="utf-8")
    with use_db(":memory:", WorkDB.Mode.create) as session:
        init([PACKAGE / module], session, {})
        places = [item.mutations[0] for item in session.work_items]
    seen = {without_words(source)}
    for place in places:
        text = mutate_code(source, get_operator(place.operator_name)(), place.occurrence)
        with suppress(SyntaxError), catch_warnings(action="error", category=SyntaxWarning):
            # The star of keyword-only parameters does not multiply, nor tells `is` a literal apart.
            compile(text, module, "exec")
            if (sense := without_words(text)) in seen:
                continue
            seen.add(sense)
            line, was, now = changed(source, text)
            given = module not in STUDENT_FILES or not in_region(source, line)
            yield Mutant(module, line, definition(source, line), was, now, given, text)


def in_region(source: str, line: int) -> bool:
    """Say whether a line is the student's to write."""
    before = "\n".join(source.splitlines()[:line])
    return before.count("### BEGIN SOLUTION") > before.count("### END SOLUTION")


class WithoutWords(ast.NodeTransformer):
    """Leaves out what an error says, and what is made to be read."""

    def visit_Raise(self, node):
        if isinstance(node.exc, ast.Call):
            node.exc.args = []
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in WORDS:
            node.args = []
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
    stages = [s.number for s in STAGES if mutant.module in s.files] or range(len(STAGES))
    may_lose = [e for e in EXERCISES if e.stage in stages or e.alone]
    return sorted(may_lose, key=lambda e: (e.alone, e.symbol != mutant.definition,
                                           e.file != mutant.module))  # fmt: skip


@cache
def cases_of(exercise: Exercise) -> tuple[Case, ...]:
    """Give an exercise's cases, read once: the same few are asked thousands of times."""
    return Bank(load()).cases(exercise)


@cache
def parity() -> tuple[Case, ...]:
    """Give the programs of the parity table, with the answers of the package that is not mutated.

    That these are torch's is what `test_parity` proves; so what torch refuses, and the package does
    not, is left out. Of errors any type will do, but in the lists of errors.
    """
    lenient = [*(program for row in ROWS for program in row.samples()), *promotions()]
    exact = [*map(Program, (ERRORS | REFUSED_HERE).values()),
             *(Program(source, {}, ("y",)) for source in PROMISED),
             *(Program(d.source, {}, (d.observe,)) for d in DIFFERENCES)]  # fmt: skip
    with running(staging.reference()) as worker:
        outcomes = list(worker.run([*lenient, *exact]))
    cases = list(map(Case, [*lenient, *exact], outcomes))
    alike = [refused(case.program, "Exception") if case.expected.raised else case
             for case in cases[: len(lenient)]
             if case.expected.raised or not run(case.program, torch()).raised]  # fmt: skip
    return (*alike, *cases[len(lenient) :])


@contextmanager
def running(files: Mapping[str, bytes]) -> Iterator[Worker]:
    """Run a package in a worker, not in a sandbox: all of it is ours."""
    limits = replace(load().limits, seconds_a_case=1)
    with staging.tree(files) as tree, Worker(tree, "none", Budget(limits)) as worker:
        yield worker


def killer(mutant: Mutant) -> str | None:
    """Name what a mutant loses first: an exercise, or parity; what hangs is lost too."""
    exercises = asked(mutant)
    with running({**staging.reference(), mutant.module: mutant.text.encode()}) as worker:
        if worker.import_failure():
            return exercises[0].id
        if mutant.module not in STUDENT_FILES and not pass_all(parity(), worker):
            return PARITY  # before the exercises of all stages, which take longer
        for exercise in exercises:
            if not pass_all(cases_of(exercise), worker):
                return exercise.id
        return PARITY if mutant.given and not pass_all(parity(), worker) else None


def pass_all(cases: Sequence[Case], worker: Worker) -> bool:
    """Say whether a package answers all cases as it should; they are cut, to stop at a failure."""
    parts = (cases[i : i + 300] for i in range(0, len(cases), 300))
    return all(attempt_cases([part], worker, None).state == PASSED for part in parts)


def main(modules: Sequence[str]) -> int:
    """Print each survivor, then a row a module; give the number of survivors and wrong records."""
    recorded, used = records(), set()
    made = [mutant for module in modules or MODULES for mutant in mutants(module)]
    for exercise in EXERCISES:  # before the processes are forked, which then share them
        cases_of(exercise)
    parity()
    counts = {mutant.module: Counter() for mutant in made}
    faults = 0
    with ProcessPoolExecutor() as pool:
        for mutant, by in zip(made, pool.map(killer, made, chunksize=4), strict=True):
            record = next((record for record in recorded if record.covers(mutant)), None)
            used.add((record, mutant.now))
            verdict = by and (PARITY if by == PARITY else "exercise")
            verdict = verdict or (record.verdict if record else "surviving")
            counts[mutant.module][verdict] += 1
            if by and record:
                faults += 1
                print(f"recorded as {record.verdict}, but killed by {by}: {mutant}\n", flush=True)
            elif verdict == "surviving":
                faults += 1
                print(f"survives: {mutant}\n", flush=True)
    for record in recorded:
        unmet = [now for now in record.now if (record, now) not in used]
        if unmet and any(fnmatch(module, record.module) for module in counts):
            faults += 1
            print(f"recorded, but not met: {record._replace(now=tuple(unmet))}\n")
    print(f"| module | mutants | {' | '.join(VERDICTS)} |\n|---|---|{'---|' * len(VERDICTS)}")
    total = sum(counts.values(), Counter())
    for module, count in [*counts.items(), ("all", total)]:
        row = module, count.total(), *(count[verdict] for verdict in VERDICTS)
        print(f"| {' | '.join(map(str, row))} |")
    killed, others = total["exercise"] + total[PARITY], total.total() - total["equivalent"]
    print(f"\n{killed} of the {others} that are not equivalent are killed "
          f"({100 * killed / max(others, 1):.1f} %).")  # fmt: skip
    return faults


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
