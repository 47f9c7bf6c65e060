"""Parity: each public name does what its twin in torch does, or the guide says why it does not."""

import inspect
import re
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.grading.compare import compare
from grader.programs.cases import Case
from grader.programs.oracle import torch
from grader.programs.program import Program
from grader.settings import COURSE, SOLUTIONS
from tests import parity
from tests.parity import (
    DIFFERENCES,
    ERRORS,
    FILES,
    ONLY_HERE,
    REFUSED_HERE,
    ROWS,
    run,
    sinmagia,
)

REFUSALS = {"RuntimeError", "ValueError", "IndexError", "TypeError"}
ALLOWED_HERE = re.compile("|".join(d.refusal for d in DIFFERENCES if d.refusal))


def disagreement(program):
    """Say how the package differs from torch; errors need not be of one type, see `ERRORS`."""
    expected, actual = run(program, torch()), run(program, sinmagia())
    if expected.raised and actual.raised:
        types = set(actual.raised.types)
        return None if types & REFUSALS and "NotImplementedError" not in types else actual.raised
    if expected.raised and ALLOWED_HERE.search(expected.raised.message):
        return None
    found = compare(Case(program, expected), actual)
    return found and f"{found}\n{expected.raised}\n{program.script('sinmagia')}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.calls[0][:30]} {row.names[:40]}")
@given(data=st.data())
@settings(max_examples=20, derandomize=True, database=None, deadline=None,
          suppress_health_check=list(HealthCheck))  # fmt: skip
def test_generated_programs_give_what_torch_gives(row, data):
    program = data.draw(parity.programs(row))
    assert disagreement(program) is None


def test_programs_that_are_always_the_same_give_what_torch_gives():
    assert [] == [found for row in ROWS for p in row.samples() if (found := disagreement(p))]


def test_every_pair_of_types_is_promoted_as_torch_promotes_it():
    assert [] == [found for p in parity.promotions() if (found := disagreement(p))]


@pytest.mark.parametrize("source", ERRORS.values(), ids=ERRORS.keys())
def test_the_closed_list_of_errors_has_the_types_of_torch(source):
    expected, actual = (run(Program(source), package) for package in (torch(), sinmagia()))
    assert expected.raised is not None
    assert actual.raised is not None
    assert expected.raised.types[0] in actual.raised.types


@pytest.mark.parametrize("source", REFUSED_HERE.values(), ids=REFUSED_HERE.keys())
def test_what_the_given_code_refuses_is_a_value_error(source):
    assert "ValueError" == run(Program(source), sinmagia()).raised.types[0]


@pytest.mark.parametrize(("source", "expected"), parity.PROMISED.items())
def test_what_the_given_code_promises_of_its_own_names_holds(source, expected):
    assert expected == run(Program(source, {}, ("y",)), sinmagia()).values[0].content


MADE = {
    "Tensor": "s.tensor([1.0])",
    "nn.Module": "s.nn.Module()",
    "nn.Linear": "s.nn.Linear(1, 1)",
    "nn.Parameter": "s.nn.Parameter(s.tensor([1.0]))",
    "nn.Sequential": "s.nn.Sequential()",
    "nn.MLP": "s.nn.MLP(1, 1)",
    "nn.ReLU": "s.nn.ReLU()",
    "nn.Tanh": "s.nn.Tanh()",
    "nn.Sigmoid": "s.nn.Sigmoid()",
    "optim.Optimizer": "s.optim.Optimizer([s.tensor([1.0])])",
    "optim.SGD": "s.optim.SGD([s.tensor([1.0])])",
    "optim.Adam": "s.optim.Adam([s.tensor([1.0])])",
}
EMPTY = vars(type("Empty", (), {}))  # what every class has


def found(package, name):
    """Look a dotted name up, or give None."""
    try:
        return eval(f"s.{name}", {"s": package})
    except AttributeError:
        return None


def is_public(name):
    return name[0] != "_" or name.startswith("__")


def public_names():
    """Find every public name: of the modules, of each class's body, of each object."""
    package = sinmagia().module
    names = {}
    for module in ("", "nn.", "nn.functional.", "optim."):
        for name, value in vars(found(package, module[:-1]) if module else package).items():
            if name[0] != "_" and not foreign(value):
                names[module + name] = value
    classes = {value: path for path, value in names.items() if isinstance(value, type)}
    for cls, path in classes.items():
        mine = attributes(cls, path)
        for base in cls.__mro__[1:-1]:
            if base in classes:  # there they are listed already
                mine = {n: v for n, v in mine.items() if n in vars(cls)
                        or n not in attributes(base, classes[base])}  # fmt: skip
        names |= {f"{path}.{name}": value for name, value in mine.items()}
    return names


def attributes(cls, path):
    """Find the public attributes of a class and of an object of it."""
    everywhere = {}
    for body in (*map(vars, cls.__mro__[-2::-1]), vars(found(sinmagia().module, MADE[path][2:]))):
        everywhere |= body
    return {n: v for n, v in everywhere.items()
            if n not in EMPTY and n.isidentifier() and is_public(n)}  # fmt: skip


def foreign(value):
    """Whether a module's variable is another package, such as NumPy."""
    return isinstance(value, ModuleType) and not value.__name__.startswith("sinmagia")


NAMES = public_names()
TESTED = {name for row in ROWS for name in row.names.split()}
MODULES = {"nn", "nn.functional", "optim"}  # they are looked through


def test_every_public_name_has_programs_or_a_reason():
    assert set() == set(NAMES) - TESTED - set(ONLY_HERE) - set(FILES) - MODULES


def test_no_entry_names_what_does_not_exist():
    assert set() == (TESTED | set(ONLY_HERE)) - set(NAMES)
    folder = SOLUTIONS / "sinmagia"
    files = {".".join(path.relative_to(folder).with_suffix("").parts) for path in folder.rglob("*")}
    assert set() == set(FILES) - files


def test_every_name_that_has_programs_has_a_twin():
    of_objects = {"nn.Linear.weight", "nn.Linear.bias", "nn.Linear.in_features",
                  "nn.Linear.out_features"}  # fmt: skip
    assert [] == [n for n in TESTED - of_objects if not hasattr_of(torch().module, n)]


def hasattr_of(package, name):
    owner, _, last = name.rpartition(".")
    return hasattr(found(package, owner) if owner else package, last)


def gone(*_, **__):
    """Stand where a method or a function was."""
    raise LookupError("this name was taken away")


def substitute(value):
    return property(gone, gone) if isinstance(value, property) else gone


def is_of_an_object(name):
    """Whether only objects have the name, and not their class: it cannot be taken away."""
    owner, _, last = name.rpartition(".")
    cls = found(sinmagia().module, owner) if owner else None
    return isinstance(cls, type) and not hasattr(cls, last)


@pytest.mark.parametrize("name", sorted(TESTED))
def test_the_programs_of_a_name_fail_without_it(name, monkeypatch):
    rows = [row for row in ROWS if name in row.names.split()]
    owner, _, last = name.rpartition(".")
    assert name in NAMES
    if is_of_an_object(name):
        assert any(f".{last}" in p.source + "".join(p.observe) for r in rows for p in r.samples())
        return
    package = sinmagia().module
    monkeypatch.setattr(found(package, owner) if owner else package, last, substitute(NAMES[name]))
    programs = [program for row in rows for program in row.samples()]
    expected = (Case(program, run(program, torch())) for program in programs)
    answered = (case for case in expected if case.expected.raised is None)
    assert any(compare(case, run(case.program, sinmagia())) for case in answered)


# Parameters that are given by position only, here or there.
POSITIONAL = {"self", "inputs", "modules", "args", "size", "shape", "dims", "array"}


def parameters(function):
    """Give the parameters by name, or None where Python cannot tell them."""
    try:
        return dict(inspect.signature(function).parameters)
    except ValueError:
        return None


CALLABLE = sorted(n for n in TESTED if callable(NAMES.get(n)) and "_" != n.rpartition(".")[2][0])


@pytest.mark.parametrize("name", CALLABLE)
def test_parameters_have_the_names_and_defaults_of_the_twin(name):
    mine = {n: p for n, p in parameters(NAMES[name]).items() if n not in POSITIONAL}
    theirs = parameters(found(torch().module, name))
    if name == "Tensor":  # whose constructor differs on purpose
        return
    if theirs is None or "args" in theirs:  # then the programs give each by its keyword
        text = "".join(p.source for r in ROWS if name in r.names.split() for p in r.samples())
        assert [] == [n for n in mine if f"{n}=" not in text]
        return
    assert set() == set(mine) - set(theirs)
    defaults = {n: p.default for n, p in mine.items() if p.default is not inspect.Parameter.empty}
    other = {n: d for n, d in defaults.items() if d != theirs[n].default}
    assert not any(default or theirs[n].default for n, default in other.items())  # None for False


def outcome(difference, package):
    """Say in text what a difference's program gives: a value, or the type of an error."""
    result = run(Program(difference.source, {}, (difference.observe,)), package)
    return result.raised.types[0] if result.raised else text(result.values[0])


def text(value):
    if value.kind == "tuple":
        return str(tuple(item.content for item in value.content))
    return str(value.content)


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda d: d.name)
def test_what_differs_on_purpose_differs_as_it_is_said(difference):
    assert (difference.torch, difference.here) == (
        outcome(difference, torch()), outcome(difference, sinmagia()))  # fmt: skip


def tables(language):
    """Read the guide's tables: of each row the cells, without what marks them as code."""
    lines = (COURSE / language / "guide" / "parity.md").read_text("utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| `")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_guide_lists_what_differs_and_what_only_exists_here(language):
    rows = tables(language)
    differing = {row[0]: row for row in rows if len(row) == 4}
    assert [f"`{d.name}`" for d in DIFFERENCES] == list(differing)
    only_here = [name.strip("`") for row in rows if len(row) == 2 for name in row[0].split(", ")]
    assert sorted([*ONLY_HERE, *FILES]) == sorted(only_here)
    for difference in DIFFERENCES:
        _, there, here, _ = differing[f"`{difference.name}`"]
        assert f"`{difference.torch}`" in there
        assert f"`{difference.here}`" in here
