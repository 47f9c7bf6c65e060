"""Stage 1: a tensor's array, the type of its values, and its shape."""

import numpy as np
import pytest
from sinmagia.tensors import Tensor, as_array
from stand_ins import expect


@pytest.mark.parametrize(
    ("dtype", "data"),
    [
        ("float32", 2.5),
        ("int64", 2),
        ("bool", True),
        ("float32", [[1.0, 2.0], [3.0, 4.0]]),
        ("float32", [1, 2.5]),
        ("int64", [True, 2]),
        ("float64", np.array([1.0, 2.0])),
        ("int32", np.array([1, 2], np.int32)),
        ("float64", np.float64(2.5)),
    ],
)
def test_tensor_dtype_of_numbers_and_arrays(dtype, data):
    assert as_array(data).dtype == dtype


@pytest.mark.parametrize("data", [[1, 2], np.array([1.0, 2.0])])
def test_tensor_dtype_that_is_given_wins(data):
    assert as_array(data, dtype=np.float32).dtype == "float32"


def test_tensor_dtype_comes_with_a_copy_of_the_values():
    array = np.array([[1.0, 2.5], [-3.0, 4.0]])
    copy = as_array(array)
    array[0, 0] = 9.0
    expect([[1, 2.5], [-3, 4]], copy)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4), (0, 2), (1, 1)])
def test_tensor_shape_is_the_length_of_every_dimension(shape):
    assert Tensor._wrap(np.zeros(shape)).shape == shape


def test_tensor_shape_of_an_image_has_three_dimensions():
    assert Tensor._wrap(np.zeros((3, 224, 224))).ndim == 3
