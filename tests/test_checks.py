"""The hidden checks: what their cases reach, and what torch itself answers."""

import numpy as np
import pytest
from hypothesis import given, settings

from grader.checks import STAGES as CHECKED
from grader.checks import of_stage
from grader.checks.operations import combinations
from grader.curriculum.exercises import EXERCISE, EXERCISES
from grader.grading.bank import Bank
from grader.grading.compare import compare
from grader.programs.cases import Predicate
from grader.programs.operations import OPERATIONS
from grader.programs.oracle import answer
from grader.programs.strategies import upstream
from grader.settings import load

ALL = [check for stage in CHECKED for check in of_stage(stage)]


def cases(exercise):
    return Bank(load()).cases(EXERCISE[exercise])


@pytest.mark.parametrize("check", ALL, ids=lambda check: f"{check.exercise}: {check.description}")
def test_a_check_draws_cases_that_torch_answers(check):
    @settings(max_examples=20, deadline=None, database=None, derandomize=True)
    @given(check.cases)
    def every_case_is_answered(case):
        assert isinstance(case.expected, Predicate) or answer(case.twin or case.program).values

    every_case_is_answered()


@pytest.mark.parametrize("exercise", [e.id for e in EXERCISES])
def test_torch_passes_the_checks(exercise):
    """Where a question is put to torch in other words, in those."""
    for case in cases(exercise):
        asked = case.twin or case.program
        assert compare(case, answer(asked)) is None, asked.script("torch")


@pytest.mark.parametrize("exercise", [e.id for e in EXERCISES if e.id != "linear_parameters"])
def test_an_exercise_has_at_least_forty_distinct_cases(exercise):
    assert len({case.program.digest for case in cases(exercise)}) >= 40


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_shape_meets_every_parameter_that_torch_accepts(operation):
    seen = {
        (tuple(a.shape for a in case.program.inputs.values()), case.program.source.splitlines()[-1])
        for case in cases(f"{operation.name}_forward")
    }
    wanted = {(shapes, f"out = {operation.call.format(params)}")
              for shapes, params in combinations(operation)}  # fmt: skip
    assert wanted <= seen


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_most_drawn_combinations_differ(operation):
    """Hypothesis repeats itself in long runs; the shapes and parameters drawn should not."""
    drawn = [
        (tuple(a.shape for a in case.program.inputs.values()), case.program.source)
        for case in cases(f"{operation.name}_backward")[len(combinations(operation)) :]
    ]
    assert len(set(drawn)) >= min(15, len(operation.shapes))


@settings(deadline=None)
@given(upstream((2, 2)))
def test_an_upstream_gradient_is_never_all_ones(array):
    assert not np.all(array == 1)


@pytest.mark.parametrize("exercise", ["add_backward", "sum_backward", "chain", "unbroadcast"])
def test_upstream_gradients_tell_their_coordinates_apart(exercise):
    inputs = [case.program.inputs for case in cases(exercise)]
    upstreams = [arrays["upstream"] for arrays in inputs if "upstream" in arrays]
    several = [array for array in upstreams if array.size > 1]
    assert sum(len(np.unique(array)) > 1 for array in several) > len(several) / 2


def test_both_dtypes_are_asked():
    dtypes = {c.program.inputs["a"].dtype.name for c in cases("mul_backward")}
    assert {"float64", "float32"} == dtypes


def test_one_operand_is_sometimes_constant():
    constant = [c for c in cases("mul_backward") if "x = torch.tensor(a)\n" in c.program.source]
    assert constant


def test_a_shared_node_is_met_as_a_double_a_diamond_and_a_skip():
    sources = {case.program.source for case in cases("shared_node")}
    assert any("out = x + x" in source for source in sources)
    assert any("out = h * h" in source for source in sources)
    assert any("out = h + x" in source for source in sources)
