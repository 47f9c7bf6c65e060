"""Wording: what a failure says of what was asked, what came, and what it was held against."""

import numpy as np
import pytest

from grader.curriculum.exercises import EXERCISE
from grader.curriculum.texts import catalogue
from grader.feedback.failures import feedback
from grader.feedback.values import ABRIDGED, MOST_ITEMS
from grader.grading.attempts import Attempt
from grader.grading.compare import FAILED, compare
from grader.isolation.intake import Submission
from grader.programs.cases import Case, literal, refused
from grader.programs.execution import Outcome, Raised, Value
from grader.programs.program import Program

SUBMISSION = Submission("ana", "exercises/sinmagia", {}, {})


def said(case, *values, raised=None, exercise="chain"):
    """Give the feedback where `values` came, or an exception."""
    inputs = case.program.inputs
    mismatch = compare(case, Outcome(values, raised, inputs))
    attempt = Attempt(FAILED, 1, mismatch=mismatch, case=case)
    return feedback(attempt, EXERCISE[exercise], SUBMISSION, catalogue("en"))


def asked(expression, *expected, source="", twin=None):
    """Make a case that observes one expression, and answers as torch would."""
    return Case(Program(source, {}, (expression,)), Outcome(expected), twin)


def array(data):
    return Value("tensor", np.array(data))


def items(*values):
    return Value("list", [Value(type(value).__name__, value) for value in values])


def items_of_arrays(last):
    return Value("list", [array([[1.0, 2.0], [3.0, last]]), array([0.0])])


def test_the_item_of_a_list_that_differs_is_named_so_that_it_can_be_pasted():
    found = said(asked("losses", items(1.0, 2.5)), items(1.0, 3.5))
    assert found["message"].startswith("`losses[1]` is 3.5 in your package; PyTorch gives 2.5.")
    assert ("[1.0, 3.5]", "[1.0, 2.5]") == (found["actual"], found["expected"])


def test_inside_an_array_of_a_list_the_coordinate_is_named():
    lists = [Value("list", [array([1.0]), array([[1.0, last]])]) for last in (2.0, 7.0)]
    found = said(asked("grads", lists[0]), lists[1])
    assert found["message"].startswith("`grads[1]` differs from PyTorch's at [0, 1]: yours is 7,")
    assert [1, 0, 1] == found["index"]


def test_an_array_of_a_list_that_has_another_shape_says_both():
    lists = [Value("list", [array(data)]) for data in ([1.0, 2.0], [[1.0, 2.0]])]
    found = said(asked("grads", lists[0]), lists[1])
    assert found["message"].startswith("`grads[0]` has shape (1, 2); PyTorch's has (2,).")


def test_lists_of_different_lengths_say_their_lengths():
    found = said(asked("losses", items(1.0, 2.0, 3.0)), items(1.0))
    assert found["message"].startswith("`losses` has length 1; PyTorch's has 3.")


def test_a_list_that_is_too_long_for_a_line_has_a_line_for_each_item():
    names = [f"layers.{i}.weight" for i in range(6)]
    found = said(asked("names", items(*names)), items(*names[:4], "4.weight", names[5]))
    listed = ["['layers.0.weight',", *(f" {name!r}," for name in names[1:5]), f" {names[5]!r}]"]
    assert listed == found["expected"].splitlines()
    assert " '4.weight'," == found["actual"].splitlines()[4]


def test_arrays_in_a_list_keep_their_columns():
    lists = [items_of_arrays(last) for last in (4.0, 5.0)]
    found = said(asked("grads", lists[0]), lists[1])
    assert "[array([[1., 2.],\n        [3., 4.]]),\n array([0.])]" == found["expected"]


@pytest.mark.parametrize("missing", [0, 1], ids=["another item", "a missing item"])
def test_of_a_long_list_what_is_around_the_difference_is_shown(missing):
    names = [f"p{i}" for i in range(5 * MOST_ITEMS)]
    others = [*names[:70], *["q70"] * (1 - missing), *names[71:]]
    found = said(asked("names", items(*names)), items(*others))
    lines = [found[side].splitlines() for side in ("expected", "actual")]
    assert ["[...,", " ...]"] * 2 == [line for side in lines for line in (side[0], side[-1])]
    assert MOST_ITEMS + 2 == len(lines[0]) == len(lines[1])
    assert [" 'p70',", " 'p71'," if missing else " 'q70',"] == [
        next(line for line, other in zip(*pair, strict=True) if line != other)
        for pair in (lines, lines[::-1])
    ]


def test_strings_are_shown_as_strings():
    found = said(asked("names", items("a.weight")), items("weight"))
    assert found["message"].startswith("`names[0]` is 'weight' in your package")
    assert "['a.weight']" == found["expected"]


def test_an_input_that_changed_says_what_it_was_and_what_it_is():
    source = "x = torch.tensor(a)\nout = x + x"
    found = said(asked("x", array([1.0]), source=source), array([2.0]), exercise="add_forward")
    assert "mutated" == found["kind"]
    assert "at [0] it was 1, now it is 2" in found["message"]


def test_a_parameter_may_change_in_training():
    source = "w = torch.tensor(a)\noptimizer.step()"
    found = said(asked("w", array([1.0]), source=source), array([2.0]), exercise="sgd_step")
    assert "value" == found["kind"]


def test_where_an_exception_is_asked_for_another_is_held_against_it():
    raised = Raised(("ValueError", "Exception"), "too many", "tensors.py", 7)
    found = said(refused(Program("x.item()")), raised=raised, exercise="item_of_many")
    start = "Here PyTorch raises RuntimeError; your code raised ValueError at "
    assert found["message"].startswith(f"{start}exercises/sinmagia/tensors.py:7: too many.")


def test_endless_or_deep_calls_are_asked_about_in_a_sentence_of_their_own():
    types = "RecursionError", "RuntimeError", "Exception"
    raised = Raised(types, "maximum recursion depth exceeded", "autograd.py", 7)
    found = said(asked("x.grad", array(1.0)), raised=raised, exercise="deep_chain")
    start = "Your code raised RecursionError at exercises/sinmagia/autograd.py:7: calls inside"
    assert found["message"].startswith(start)
    assert "a list of your own" in found["message"]


@pytest.mark.parametrize("text", ["", "…", "..."])
def test_an_exception_without_a_message_leaves_no_gap(text):
    raised = Raised(("KeyError", "Exception"), text, "autograd.py", 7)
    found = said(asked("y", array(1.0)), raised=raised)
    assert found["message"].startswith(
        "Your code raised KeyError at exercises/sinmagia/autograd.py:7. The program"
    )


def test_torch_is_not_named_where_our_own_words_judged():
    program = Program("n = len(sinmagia.autograd.topological_order(x))", {}, ("n",))
    found = said(literal(program, 3), Value("int", 2), exercise="topological_order")
    assert (False, None) == (found["by_torch"], found["torch_program"])
    assert "our solution gives 3" in found["message"]


def test_torch_that_was_asked_in_other_words_gives_its_program_but_is_not_named():
    case = asked("g", array([1.0]), source="g = sinmagia.f(a)", twin=Program("g = torch.f(a)"))
    found = said(case, array([2.0]))
    assert (False, True) == (found["by_torch"], "torch.f" in found["torch_program"])


@pytest.mark.parametrize(
    ("expected", "actual"),
    [([1e-9], [2e-9]), ([0.123456789], [0.123456788]), ([1.0, 0.1 + 2e-16], [1.0, 0.5])],
)
def test_values_that_differ_are_shown_so_that_they_differ(expected, actual):
    case = Case(Program("", {}, ("y",)), Outcome((array(expected),)), tolerance=1e-15)
    found = said(case, array(actual))
    assert found["expected"] != found["actual"]


def test_values_that_read_alike_are_not_set_side_by_side():
    found = said(asked("y", array([1.0])), Value("array", np.array([1.0])))
    assert (None, None) == (found["expected"], found["actual"])
    assert "is a NumPy array or number; PyTorch gives a tensor" in found["message"]


def test_the_difference_inside_a_long_array_is_in_the_sentence():
    wrong = np.zeros(ABRIDGED + 1)
    wrong[41] = 3
    found = said(asked("y", array(np.zeros(ABRIDGED + 1))), array(wrong))
    assert "at [41]: yours is 3, PyTorch's 0" in found["message"]
