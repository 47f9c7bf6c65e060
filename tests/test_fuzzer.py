"""The graph fuzzer: what it draws is all that the course knows, and stays where torch is smooth."""

import re
from dataclasses import replace

import numpy as np
import pytest

from grader.checks.fuzzer import EDGE, LINKS, MOST_GRADIENT, Graph, programs
from grader.grading.coverage import calls_of
from grader.grading.generation import generate
from grader.programs.domains import MOST
from grader.programs.operations import OPERATIONS, ROW
from grader.programs.oracle import answer
from grader.settings import load

LINE = re.compile(r"(h\d+) = (.*)")


@pytest.fixture(scope="module")
def cases():
    """Programs with two outputs, from a seed of their own."""
    return generate(programs(2), replace(load(), seed="fuzz", generated=300))


def test_every_operation_is_drawn(cases):
    source = "\n".join(case.program.source for case in cases)
    calls = [re.escape(row.call) for row in OPERATIONS]
    patterns = [re.sub(r"\b[xy]\b", r"\\w+", call).replace(r"\{\}", ".*") for call in calls]
    assert [] == [pattern for pattern in patterns if not re.search(f"= {pattern}\n", source)]


def test_values_and_gradients_stay_so_small_that_rounding_does_not_show(cases):
    values = [value for case in cases for value in answer(case.program).values]
    arrays = [np.abs(value.content) for value in values if value.kind == "tensor"]
    assert max(array.max(initial=0) for array in arrays) <= MOST_GRADIENT


def test_operands_are_never_empty_and_never_large(cases):
    traces = [calls_of(case.program.source, case.program.inputs) for case in cases]
    drawn = [call.result.detach() for calls, _ in traces for call in calls]
    assert all(tensor.numel() > 0 for tensor in drawn)
    assert max(float(tensor.abs().max()) for tensor in drawn) <= MOST


@pytest.mark.parametrize("name", ["relu", "abs", "log", "div", "maximum", "amax", "sqrt"])
def test_an_operation_is_refused_at_its_edge(name):
    graph, near = Graph(), np.full((1, 2), EDGE / 2)
    graph.leaf(near, constant=False)
    graph.leaf(near, constant=False)
    row = ROW[name]
    operands = ("x", "y")[: len(row.operands)]
    assert not graph.add(row, row.params[0], operands)


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.name)
def test_an_operation_is_given_only_the_ranks_of_its_row(link):
    """torch accepts a transposition of a tensor without dimensions; the course does not ask."""
    graph = Graph()
    graph.leaf(np.ones((1,) * 5), constant=False)
    assert not graph.add(link, link.params[0], ("x", "x")[: len(link.operands)])


def test_the_same_seed_draws_the_same_programs(cases):
    again = generate(programs(2), replace(load(), seed="fuzz", generated=300))
    assert [c.program.digest for c in cases] == [c.program.digest for c in again]
