"""Comparison: every kind of difference is found where it is, and nothing else counts as one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.grading.compare import FAILED, PASSED, PENDING, compare, state_of
from grader.programs.cases import Case, Predicate
from grader.programs.execution import Outcome, Raised, Value
from grader.programs.program import Program


def case(*expected, inputs=None, **more):
    """Make a case that expects values for the expressions a, b, …"""
    observe = tuple("abc"[: len(expected)])
    return Case(Program("", inputs or {}, observe), Outcome(expected), **more)


def tensor(*data, dtype="float64"):
    return Value("tensor", np.array(*data, dtype=dtype))


def difference(expected, actual, **more):
    """Compare one value with what was expected of it."""
    return compare(case(expected, **more), Outcome((actual,)))


NAN, INF = np.nan, np.inf
MATRIX = tensor([[1, 2], [3, 4]])
ITEM = Value("int", 1)


def test_equal_outcomes_pass():
    outcome = Outcome((MATRIX, Value("int", 3)), inputs={"x": np.ones(2)})
    asked = case(MATRIX, Value("int", 3), inputs={"x": np.ones(2)})
    assert state_of(asked, outcome) == (PASSED, None)


def test_a_wrong_value_is_shown_with_its_expression_and_the_first_differing_coordinate():
    wrong = tensor([[1, 2.5], [3.5, 4]])
    state, found = state_of(case(MATRIX, MATRIX), Outcome((MATRIX, wrong)))
    assert (state, found.kind, found.expression) == (FAILED, "value", "b")
    assert found.index == (0, 1)
    assert found.expected is MATRIX
    assert found.actual is wrong


shapes = hnp.array_shapes(min_dims=0, max_dims=4, max_side=4)


@given(shapes, st.sampled_from(["float64", "float32", "int64", "uint8", "bool"]), st.data())
@settings(deadline=None)
def test_every_coordinate_is_compared(shape, dtype, data):
    index = data.draw(st.tuples(*(st.integers(0, side - 1) for side in shape)))
    expected = np.ones(shape, dtype)
    actual = expected.copy()
    actual[index] = 0 if dtype == "bool" else actual[index] + actual.dtype.type(1)
    found = difference(Value("array", expected), Value("array", actual))
    assert (found.kind, found.index) == ("value", index)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [((1,), ()), ((), (1,)), ((2, 3), (3, 2)), ((2,), (2, 1)), ((2, 1), (2,)), ((0,), (0, 2))],
)  # fmt: skip
def test_a_shape_that_would_broadcast_differs_all_the_same(expected, actual):
    found = difference(tensor(np.ones(expected)), tensor(np.ones(actual)))
    assert (found.kind, found.expression, found.index) == ("shape", "a", None)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [("float64", "float32"), ("float32", "float64"), ("int64", "float64"), ("bool", "int64"),
     ("int64", "int32"), ("float32", "float16")],
)  # fmt: skip
@pytest.mark.parametrize("shape", [(), (2,), (0,)])
def test_a_dtype_differs_where_the_values_are_equal(expected, actual, shape):
    ones = np.ones(shape)
    assert difference(tensor(ones, dtype=expected), tensor(ones, dtype=actual)).kind == "dtype"


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (tensor([1.0]), Value("array", np.ones(1))), (Value("array", np.ones(1)), tensor([1.0])),
        (Value("int", 1), Value("bool", True)), (Value("float", 1.0), Value("int", 1)),
        (Value("float", 1.0), tensor(1.0)), (Value("none", None), tensor(0.0)),
        (tensor(0.0), Value("none", None)), (tensor(0.0), Value("other", "tensor")),
        (Value("tuple", []), Value("list", [])), (Value("dtype", "int64"), Value("str", "int64")),
    ],
)  # fmt: skip
def test_another_type_differs_where_the_values_are_equal(expected, actual):
    assert difference(expected, actual).kind == "type"


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (Value("int", 1), Value("int", 2)), (Value("bool", True), Value("bool", False)),
        (Value("str", "a"), Value("str", "b")), (Value("dtype", "int64"), Value("dtype", "int32")),
        (Value("float", 1.0), Value("float", 1.000001)), (Value("float", NAN), Value("float", 1.0)),
        (Value("tuple", [ITEM]), Value("tuple", [])), (Value("tuple", []), Value("tuple", [ITEM])),
        (Value("tuple", [ITEM]), Value("tuple", [Value("int", 2)])),
        (Value("tuple", [ITEM]), Value("tuple", [Value("bool", True)])),
        (Value("tuple", [MATRIX]), Value("tuple", [tensor([[1, 2], [3, 5]])])),
        (Value("list", [MATRIX]), Value("list", [tensor([[1, 2], [3, 4]], dtype="float32")])),
    ],
)  # fmt: skip
def test_plain_values_and_what_is_in_lists_are_compared(expected, actual):
    assert difference(expected, actual) is not None


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (Value("float", 0.3), Value("float", 0.1 + 0.2)),
        (Value("float", 1e9), Value("float", 1e9 + 0.5)),
        (Value("float", float("nan")), Value("float", float("nan"))),
        (Value("tuple", [MATRIX]), Value("tuple", [tensor([[1, 2], [3, 4]])])),
        (Value("list", [Value("float", 0.3)]), Value("list", [Value("float", 0.1 + 0.2)])),
    ],
    ids=["rounding", "relative to scale", "NaN", "tensors in a tuple", "floats in a list"],
)
def test_plain_floats_and_what_is_in_lists_have_the_tolerance_of_arrays(expected, actual):
    """`loss.item()` and `tolist()` round as their tensors do."""
    assert difference(expected, actual) is None


ERROR = Raised(("MyError", "ValueError", "Exception", "BaseException"), "why", "tensors.py", 3)
ENDLESS = Raised(("RecursionError", "RuntimeError", "Exception", "BaseException"), "too deep")
STUB = Raised(("NotImplementedError", "RuntimeError", "Exception", "BaseException"), "chain")


def raising(name):
    return Case(Program("", {}, ()), Outcome(raised=Raised((name,), "")))


def test_an_exception_where_values_were_expected_is_shown():
    found = compare(case(MATRIX), Outcome(raised=ERROR))
    assert found.kind == "raised"
    assert found.words == {"types": ERROR.types, "message": "why", "file": "tensors.py", "line": 3}


def test_values_where_an_exception_was_expected_differ():
    found = compare(raising("ValueError"), Outcome())
    assert (found.kind, found.words) == ("not_raised", {"error": "ValueError"})


@pytest.mark.parametrize("name", ["MyError", "ValueError"])
def test_the_expected_exception_or_a_subclass_passes(name):
    assert state_of(raising(name), Outcome(raised=ERROR)) == (PASSED, None)


@pytest.mark.parametrize("name", ["KeyError", "Value", "MyErrors"])
def test_another_exception_than_the_expected_one_fails(name):
    assert compare(raising(name), Outcome(raised=ERROR)).kind == "raised"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("RuntimeError", "raised"), ("Exception", "raised"), ("RecursionError", None)],
)
def test_endless_recursion_is_no_refusal_unless_it_is_asked_for(name, kind):
    found = compare(raising(name), Outcome(raised=ENDLESS))
    assert kind == (found and found.kind)


@pytest.mark.parametrize("asked", [case(MATRIX), raising("RuntimeError")], ids=["values", "error"])
def test_an_exercise_not_written_yet_is_pending_also_where_its_base_is_expected(asked):
    assert state_of(asked, Outcome(raised=STUB)) == (PENDING, None)


NANS = np.array([0x7FF8000000000000, 0x7FF8000000000001], np.uint64).view(np.float64)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-15])),
        (np.ones(2), np.ones(2, np.float32)),
        (np.ones(2), np.ones((2, 1))),
        (np.ones((2, 2)), np.ones(4)),
        (np.array(1.0), np.array([1.0])),
        (np.zeros(1, np.int64), np.zeros(1)),
        (np.array([0.0]), np.array([-0.0])),
        (NANS[:1], NANS[1:]),
    ],
    ids=["last bit", "dtype", "shape", "flat", "0-d", "dtype of zeros", "sign of zero", "NaN bits"],
)
def test_an_input_that_was_changed_in_any_bit_is_mutated_though_the_values_are_right(before, after):
    asked = case(MATRIX, inputs={"w": np.ones(1), "x": before})
    found = compare(asked, Outcome((MATRIX,), inputs={"w": np.ones(1), "x": after}))
    assert (found.kind, found.expression) == ("mutated", "x")
    same = (before.dtype, before.shape) == (after.dtype, after.shape)
    assert (found.index is not None) == same
    assert found.expected.content is asked.program.inputs["x"]
    assert found.actual.content is after


def test_an_input_with_nan_in_another_memory_layout_is_not_mutated():
    before = np.array([[1.0, np.nan], [np.inf, -0.0]])
    outcome = Outcome((MATRIX,), inputs={"x": np.array(before, order="F")})
    assert compare(case(MATRIX, inputs={"x": before}), outcome) is None


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("expected", "actual", "index"),
    [
        ([NAN, 1], [NAN, 1], None), ([INF, -INF], [INF, -INF], None), ([], [], None),
        ([0.0, -0.0], [-0.0, 0.0], None), (NAN, NAN, None), ([1, NAN], [1, 1], (1,)),
        ([1, 1], [1, NAN], (1,)), ([INF, INF], [INF, -INF], (1,)), ([1, INF], [1, 1e30], (1,)),
        ([1, 1], [1, INF], (1,)), ([INF, 1], [INF, 2], (1,)), ([NAN, 1], [1, NAN], (0,)),
        (0, 1, ()),
    ],
)  # fmt: skip
def test_nan_equals_nan_infinities_themselves_and_zeros_each_other(expected, actual, index, dtype):
    found = difference(tensor(expected, dtype=dtype), tensor(actual, dtype=dtype))
    assert (None if index is None else ("value", index)) == (found and (found.kind, found.index))


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-4)])
@pytest.mark.parametrize(("largest", "scale"), [(1e-3, 1), (-1, 1), (-100, 100), (1e6, 1e6)])
@pytest.mark.parametrize("sign", [1, -1])
def test_values_may_differ_by_the_tolerance_of_their_dtype_times_the_largest(
    dtype, tolerance, largest, scale, sign
):
    expected = np.array([0.5e-3, largest, np.inf], dtype)
    for share, kind in ((0.9, None), (1.1, "value")):
        step = np.array([sign * share * tolerance * scale, 0, 0], dtype)
        found = difference(Value("tensor", expected), Value("tensor", expected + step))
        assert kind == (found and found.kind)


@pytest.mark.parametrize(("tolerance", "kind"), [(1e-3, "value"), (1e-1, None), (0.0, "value")])
def test_a_case_can_set_its_own_tolerance(tolerance, kind):
    found = difference(tensor([1, 1]), tensor([1, 1.01]), tolerance=tolerance)
    assert kind == (found and found.kind)


@pytest.mark.parametrize("dtype", ["int64", "uint8"])
def test_integers_have_no_tolerance(dtype):
    expected, actual = tensor([200, 100], dtype=dtype), tensor([200, 101], dtype=dtype)
    assert difference(expected, actual, tolerance=0.5).index == (1,)


@pytest.mark.parametrize("lost", ["time", "crash", "protocol"])
@pytest.mark.parametrize("asked", [case(MATRIX), case(), raising("ValueError")])
def test_an_outcome_that_never_came_fails_whatever_was_expected(lost, asked):
    state, found = state_of(asked, Outcome(lost=lost, detail="3", place=("optim.py", 7)))
    words = {"detail": "3", "file": "optim.py", "line": 7}
    assert (state, found.kind, found.words) == (FAILED, lost, words)


def numbers(*values):
    return Value("list", [Value("float", value) for value in values])


@pytest.mark.parametrize(
    ("index", "expected", "actual"),
    [
        ((1,), numbers(1.0, 2.0, 3.0), numbers(1.0, 5.0, 4.0)),
        ((1, 0, 1), Value("tuple", [MATRIX, MATRIX]),
         Value("tuple", [MATRIX, tensor([[1, 9], [3, 4]])])),
        ((0,), Value("list", [MATRIX]), Value("list", [tensor([1, 2])])),
        ((0,), Value("list", [MATRIX]), Value("list", [ITEM])),
        ((0, 1), Value("list", [numbers(1.0, 2.0)]), Value("list", [numbers(1.0, 3.0)])),
        (None, numbers(1.0, 2.0), numbers(1.0)),
    ],
    ids=["number", "in an array", "shape", "kind", "list in a list", "length"],
)  # fmt: skip
def test_the_first_item_of_a_list_that_differs_is_named(index, expected, actual):
    found = difference(expected, actual)
    assert (found.kind, found.index) == ("value", index)


def test_the_coordinate_of_an_input_that_was_written_into_is_named():
    before, after = np.zeros((2, 3)), np.zeros((2, 3))
    after[1, 2] = -0.0
    found = compare(case(MATRIX, inputs={"x": before}), Outcome((MATRIX,), inputs={"x": after}))
    assert (1, 2) == found.index


def test_an_exception_of_another_kind_than_the_one_asked_for_says_which_was():
    asked = Case(Program("", {}, ()), Outcome(raised=Raised(("RuntimeError",), "")))
    found = compare(asked, Outcome(raised=Raised(("ValueError", "Exception"), "no")))
    assert ("raised", "RuntimeError") == (found.kind, found.words["wanted"])


def test_a_complaint_knows_the_shapes_that_came():
    values = (tensor([[1.0]]), tensor([1.0]), Value("bool", True), Value("bool", True), MATRIX)
    params = {"in_features": 2, "out_features": 1}
    asked = Case(Program("", {}, ()), Predicate("uniform_parameters", params))
    found = compare(asked, Outcome(values))
    assert [(1, 1), (1,), None, None, (2, 2)] == found.words["shapes"]
