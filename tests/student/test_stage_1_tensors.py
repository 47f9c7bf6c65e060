"""Stage 1: a tensor's array, what may leave it, and its operands that are no tensors."""

import numpy as np
import pytest
from sinmagia.tensors import Tensor, as_array, full
from stand_ins import expect, raises

NUMPY = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
    "Neg": np.negative,
    "Pow": lambda a, exponent: a**exponent,
    "MatMul": np.matmul,
    "To": lambda a, dtype: a.astype(dtype),
}
DTYPES = {bool: "bool", int: "int64", float: "float32"}


@pytest.fixture
def new_arrays(monkeypatch):
    """Let tensors be made of a number or an array before `as_array` is written."""

    def as_array(data, dtype=None):
        return np.array(data, dtype or getattr(data, "dtype", None) or DTYPES[type(data)])

    monkeypatch.setattr("sinmagia.tensors.as_array", as_array)


@pytest.fixture
def arithmetic(monkeypatch, new_arrays):
    """Let tensors be added, multiplied … before `_lift` and the stages 2 and 3 are written."""

    def apply(op, *tensors, **params):
        array = NUMPY[op.__name__](*(t._data for t in tensors), **params)
        return Tensor._wrap(array, op if any(t.requires_grad for t in tensors) else None)

    def lift(self, value):
        return value if isinstance(value, Tensor) else of(value, self._data.dtype)

    monkeypatch.setattr("sinmagia.autograd.apply", apply)
    monkeypatch.setattr("sinmagia.operators.apply", apply)
    monkeypatch.setattr(Tensor, "_lift", lift)


def of(values, dtype=None):
    """Make a tensor of any values, of NumPy's type or `dtype`."""
    return Tensor._wrap(np.array(values, dtype))


def learning(values):
    """Make a leaf that requires a gradient."""
    tensor = of(values, "float64")
    tensor._requires_grad = True
    return tensor


@pytest.mark.parametrize(
    ("dtype", "data"),
    [
        ("float32", 2.5),
        ("int64", 2),
        ("bool", True),
        ("float32", [[1.0, 2.0], [3.0, 4.0]]),
        ("bool", (True, False)),
        ("float32", [1, 2.5]),
        ("float32", [True, 2.5]),
        ("int64", [True, 2]),
        ("float32", []),
        ("float64", np.array([1.0, 2.0])),
        ("float32", np.array([1.0, 2.0], np.float32)),
        ("int32", np.array([1, 2], np.int32)),
        ("float64", np.float64(2.5)),
        ("int32", np.int32(2)),
    ],
    ids=repr,
)
def test_tensor_dtype_of_numbers_and_arrays(dtype, data):
    array = as_array(data)
    assert dtype == array.dtype
    expect(data, array)


@pytest.mark.parametrize(
    ("dtype", "data"),
    [("float64", 2.5), ("float32", [1, 2]), ("int64", [True]), ("float32", np.array([1.0, 2.0]))],
    ids=repr,
)
def test_tensor_dtype_that_is_given_wins(dtype, data):
    array = as_array(data, dtype=np.dtype(dtype))
    assert dtype == array.dtype
    expect(data, array)


@pytest.mark.parametrize("dtype", [None, np.float64, np.float32])
def test_tensor_dtype_comes_with_a_copy_of_the_values(dtype):
    array = np.array([[1.0, 2.5], [-3.0, 4.0]])
    copy = as_array(array, dtype)
    array[0, 0] = 9.0
    expect([[1, 2.5], [-3, 4]], copy)


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool"])
def test_requires_grad_is_refused_to(dtype):
    x = of([1, 0], dtype)
    with raises(RuntimeError, f"when a tensor of {dtype} is to require a gradient"):
        x.requires_grad_()
    assert not x.requires_grad


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_requires_grad_is_allowed_to(dtype):
    assert of([1, 0], dtype).requires_grad_().requires_grad


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (3, 3), (2, 3, 4), (0, 2), (1, 1)])
def test_tensor_shape_is_the_length_of_every_dimension(shape):
    assert shape == of(np.zeros(shape)).shape


def test_tensor_shape_of_an_image_has_three_dimensions():
    assert 3 == of(np.zeros((3, 224, 224))).ndim


@pytest.mark.parametrize(
    ("desired", "values", "dtype"),
    [
        (2.5, 2.5, "float32"),
        (-0.5, [[-0.5]], "float64"),
        (3, [[[3]]], "int64"),
        (0, 0, "int64"),
        (True, [True], "bool"),
    ],
)
def test_item_is_a_python_number(desired, values, dtype):
    number = of(values, dtype).item()
    assert desired == number
    assert type(desired) is type(number)


@pytest.mark.parametrize("shape", [(2,), (3, 3), (1, 2), (0,), (1, 0)])
def test_item_of_many_raises(shape):
    """Of none, too: there has to be exactly one."""
    with raises(RuntimeError, f"from item() of the shape {shape}"):
        of(np.ones(shape)).item()


@pytest.mark.parametrize("values", [0, [1], [[-2]], 0.0, [0.0], [[0.25]], -0.5, True, [False]])
def test_truth_says_whether_the_only_value_is_not_zero(values):
    assert np.any(values) == bool(of(values))


@pytest.mark.parametrize("values", [[True, True], [0.0, 0.0], [[1, 2], [3, 4]], []], ids=repr)
def test_truth_of_many_raises(values):
    with raises(RuntimeError, f"when {values} is asked for its truth"):
        bool(of(values))


def test_numpy_gives_the_array_and_not_a_copy():
    x = of([1.0, 2.0])
    array = x.numpy()
    assert isinstance(array, np.ndarray)
    array[0] = 9
    expect([9, 2], x._data)


def test_numpy_of_graph_raises_for_a_leaf_that_requires_grad():
    with raises(RuntimeError, "from numpy() of a tensor that requires a gradient"):
        learning([1, 2]).numpy()


def test_numpy_of_graph_raises_for_a_result():
    with raises(RuntimeError, "from numpy() of a result that requires a gradient"):
        Tensor._wrap(np.ones(2), node="the operation that made it").numpy()


def test_detach_shares_the_array():
    x = learning([1, 2])
    detached = x.detach()
    assert isinstance(detached, Tensor)
    x._data[0] = 9
    expect([9, 2], detached._data)


def test_detach_remembers_nothing():
    detached = Tensor._wrap(np.ones(2), node="the operation that made it").detach()
    assert detached.grad_fn is None
    assert not detached.requires_grad


def test_detach_leaves_the_tensor_as_it_was():
    x, y = learning([1, 2]), Tensor._wrap(np.ones(2), node="the operation that made it")
    assert x.detach() is not x
    y.detach()
    assert x.requires_grad
    assert y.requires_grad
    assert y.grad_fn == "the operation that made it"


def test_lift_leaves_a_tensor_as_it_is():
    x, y = of([1.0, 2.0]), of([3, 4])
    assert y is x._lift(y)


@pytest.mark.parametrize(
    ("desired", "dtype", "number"),
    [
        ("float32", "float32", 2.5),
        ("float32", "float32", 2),
        ("float64", "float64", 2.5),
        ("float64", "float64", True),
        ("int64", "int64", 2),
        ("int32", "int32", 2),
        ("int64", "int64", True),
        ("float32", "int64", 2.5),
        ("bool", "bool", True),
        ("int64", "bool", 2),
        ("float32", "bool", 2.5),
    ],
)
def test_lift_makes_a_tensor_of_a_number(new_arrays, desired, dtype, number):
    """It has the type of the tensor beside it, as far as that can hold it: see `x * 2.5`."""
    lifted = of([1, 0], dtype)._lift(number)
    assert isinstance(lifted, Tensor)
    assert desired == lifted._data.dtype
    expect(number, lifted._data)
    assert not lifted.requires_grad


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_lift_makes_a_tensor_of_an_array_that_keeps_its_type(new_arrays, dtype):
    lifted = of([1, 0], "float32")._lift(np.array([[1, 2]], dtype))
    assert isinstance(lifted, Tensor)
    assert dtype == lifted._data.dtype
    expect([[1, 2]], lifted._data)


@pytest.mark.parametrize(("desired", "left"), [([-1.5, 4], 1), ([0, 7], np.array([2.5, 4.0]))])
def test_reflected_minus_takes_the_tensor_away(arithmetic, desired, left):
    """As in `1 - x`, where Python asks x, since 1 does not know tensors."""
    x = of([2.5, -3])
    expect(desired, x.__rsub__(left)._data)


def test_reflected_minus_stays_in_the_graph(arithmetic):
    assert (1 - learning([2.5, -3])).requires_grad


@pytest.mark.parametrize(("desired", "left"), [([0.5, -4], 2), ([0.25, 6], np.array([1.0, -3.0]))])
def test_reflected_division_divides_by_the_tensor(arithmetic, desired, left):
    """As in `2 / x`, where Python asks x, since 2 does not know tensors."""
    x = of([4, -0.5])
    expect(desired, x.__rtruediv__(left)._data)


def test_reflected_division_stays_in_the_graph(arithmetic):
    assert (2 / learning([4, -0.5])).requires_grad


@pytest.mark.parametrize(
    ("desired", "calculate"),
    [
        pytest.param([13, -1], lambda array, x: array + x, id="+"),
        pytest.param([30, -2], lambda array, x: array * x, id="*"),
        pytest.param(28, lambda array, x: array @ x, id="@"),
    ],
)
def test_array_on_the_left_makes_one_tensor(arithmetic, desired, calculate):
    x = learning([3, -2])
    assert x.__array_priority__ > 0, "the priority of an array is 0"
    out = calculate(np.array([10.0, 1.0]), x)
    assert isinstance(out, Tensor), f"expected a tensor; NumPy made {out!r}"
    expect(desired, out._data)
    assert out.requires_grad


@pytest.mark.parametrize(
    ("dtype", "number", "size"),
    [("float32", 2.5, (2, 3)), ("int64", 7, (3,)), ("bool", True, ()), ("float32", 0.5, (0, 2))],
)
def test_full_chooses_the_type_as_tensor_does(new_arrays, dtype, number, size):
    x = full(size, number)
    assert isinstance(x, Tensor)
    assert dtype == x._data.dtype
    expect(np.full(size, number), x._data)


def test_full_takes_the_type_that_is_given(new_arrays):
    assert "float64" == full((2, 3), 7, dtype=np.dtype("float64"))._data.dtype


def test_full_requires_a_gradient_if_asked(new_arrays, monkeypatch):
    monkeypatch.setattr(Tensor, "_check_floats", lambda self: None)
    assert full((2, 3), 0.5, requires_grad=True).requires_grad
    assert not full((2, 3), 0.5).requires_grad
