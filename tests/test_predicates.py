"""Predicates: what torch cannot answer is asked of the outcome itself."""

import numpy as np
import pytest

from grader.grading.compare import FAILED, PASSED, compare, state_of
from grader.programs.cases import Case, Predicate
from grader.programs.execution import Outcome, Raised, Value
from grader.programs.predicates import uniform_parameters
from grader.programs.program import Program

ERROR = Raised(("ValueError", "Exception", "BaseException"), "")


def parameters(bias, other=None):
    weight = np.array([[0.25, -0.5], [0.125, 0.5], [-0.25, 0.375], [0.5, 0.0]], np.float32)
    values = [Value("tensor", array) for array in (weight, np.array(bias, np.float32))]
    flags = [Value("bool", True)] * 2
    other = weight / 2 if other is None else other
    return Outcome((*values, *flags, Value("tensor", other)))


ASKED = Case(
    Program("", {}, ("w", "b", "c", "d", "e")),
    Predicate("uniform_parameters", {"in_features": 2, "out_features": 4}),
)


def test_a_predicate_that_is_satisfied_passes():
    assert state_of(ASKED, parameters([0.5, -0.25, 0.7, 0])) == (PASSED, None)


@pytest.mark.parametrize(
    ("bias", "complaint"),
    [([0.5, -0.25, 0.71, 0], "parameters_bound"), ([0.5], "bias_shape"),
     ([0] * 4, "parameters_equal"), ([np.nan, 0, 0.5, 0], "parameters_bound")],
)  # fmt: skip
def test_a_predicates_complaint_is_given_with_what_its_sentence_needs(bias, complaint):
    state, found = state_of(ASKED, parameters(bias))
    assert (state, found.kind) == (FAILED, "complaint")
    shapes = [(4, 2), (len(bias),), None, None, (4, 2)]  # of what is observed; None has none
    words = {"complaint": complaint, "shapes": shapes, "in_features": 2, "out_features": 4}
    assert words == found.words


def test_a_second_layer_that_starts_with_the_same_weights_is_complained_of():
    same = parameters([0.5, -0.25, 0.7, 0]).values[0].content
    _, found = state_of(ASKED, parameters([0.5, -0.25, 0.7, 0], other=same))
    assert found.words["complaint"] == "parameters_repeated"


def test_three_numbers_may_be_alike_by_chance():
    ones = Value("tensor", np.ones((3, 1), np.float32))
    same = (ones, ones._replace(content=ones.content[:, 0]), *[Value("bool", True)] * 2, ones)
    assert uniform_parameters(same, in_features=1, out_features=3) is None


def test_an_exception_is_shown_where_a_predicate_was_to_be_asked():
    assert compare(ASKED, Outcome(raised=ERROR)).kind == "raised"


def test_an_outcome_that_never_came_fails_before_anything_is_asked():
    assert compare(ASKED, Outcome(lost="time")).kind == "time"
