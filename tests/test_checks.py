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
from grader.programs.execution import execute
from grader.programs.operations import OPERATIONS
from grader.programs.oracle import answer, torch
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
        assert case.expected or answer(case.twin or case.program).values

    every_case_is_answered()


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
@pytest.mark.parametrize("exercise", [e.id for e in EXERCISES])
def test_torch_passes_the_checks(exercise):
    """Where a question is put to torch in other words, in those; what only we have is not asked."""
    for case in cases(exercise):
        asked = case.twin or case.program
        if "sinmagia." not in asked.source:
            outcome = execute(asked.source, asked.inputs, asked.observe, torch())
            assert compare(case, outcome) is None, asked.script("torch")


# A single answer, or a choice among few programs that say it all.
FEW = {
    "first_push": 1,
    "default_step": 2,
    "requires_grad": 6,
    "deep_chain": 2,
    "load_state_dict": 4,
}


@pytest.mark.parametrize("exercise", [e.id for e in EXERCISES])
def test_an_exercise_has_at_least_forty_distinct_cases(exercise):
    assert len({case.program.digest for case in cases(exercise)}) >= FEW.get(exercise, 40)


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


@pytest.mark.parametrize("exercise", ["add_backward", "sum_backward", "chain", "unbroadcast_ones"])
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


@pytest.mark.parametrize(
    ("exercise", "line"),
    [("shared_node", "out = x + x"), ("diamond", "out = h * h"), ("skip_path", "out = g + h"),
     ("skip_path", "out = h + g")],
)  # fmt: skip
def test_a_graph_is_met_in_its_simplest_form(exercise, line):
    assert any(line in case.program.source for case in cases(exercise))


CONVENTIONAL = {
    "relu_backward": lambda a: (a == 0).any(),
    "abs_backward": lambda a: (a == 0).any(),
    "amax_backward": lambda a: len(np.unique(a)) < a.size,
    "softmax_forward": lambda a: (np.abs(a) > 100).any(),
}


@pytest.mark.parametrize("exercise", CONVENTIONAL)
def test_what_is_a_convention_is_not_asked_of_the_idea(exercise):
    met = [CONVENTIONAL[exercise](case.program.inputs["a"]) for case in cases(exercise)]
    assert not any(met)


def test_a_maximum_that_is_no_convention_has_no_ties():
    pairs = [case.program.inputs for case in cases("maximum_backward")]
    assert not any((pair["a"] == pair["b"]).any() for pair in pairs)
