"""Stage 4: a layer's parameters and its value."""

import numpy as np
import pytest
from sinmagia.nn.modules import Linear, Parameter
from stand_ins import StandIn, constant, expect


@pytest.fixture
def make_linear(monkeypatch):
    """Make layers whose tensors work before stage 1 is written."""
    monkeypatch.setattr(
        "sinmagia.tensors.as_array",
        lambda data, dtype=None: np.array(data, dtype or getattr(data, "dtype", "float32")),
    )
    return Linear


def linear(weight, bias):
    """Make a layer of these parameters before `Linear.__init__` is written."""
    layer = Linear.__new__(Linear)
    layer.weight, layer.bias = StandIn(weight), StandIn(bias)
    return layer


def test_linear_parameters_have_shapes_as_in_pytorch(make_linear):
    layer = make_linear(3, 2)
    assert layer.weight._data.shape == (2, 3)
    assert layer.bias._data.shape == (2,)


def test_linear_parameters_are_float32_and_learn(make_linear):
    weight, bias = make_linear(3, 2).parameters()
    for parameter in (weight, bias):
        assert isinstance(parameter, Parameter)
        assert parameter.requires_grad
        assert parameter._data.dtype == "float32"


def test_linear_parameters_are_uniform(make_linear):
    """Between -1/sqrt(4) and 1/sqrt(4), with the standard deviation 0.5/sqrt(3)."""
    layer = make_linear(4, 2000)
    for values in (layer.weight._data, layer.bias._data):
        assert -0.5 <= values.min() < -0.45
        assert 0.45 < values.max() <= 0.5
        assert abs(values.std() - 0.5 / np.sqrt(3)) < 0.03


def test_linear_multiplies_by_the_transposed_weight():
    layer = linear(weight=[[1, 2], [3, 4]], bias=[0, 0])
    expect([[5, 11], [1, 5]], layer(constant([[1, 2], [3, -1]]))._data)


def test_linear_adds_the_bias_to_every_row():
    layer = linear(weight=[[1, 0, -1], [2, 0.5, 0]], bias=[10, -20])
    expect([[8, -17], [8, -17.5]], layer(constant([[1, 2, 3], [0, 5, 2]]))._data)


def test_linear_result_requires_a_gradient():
    """It does when it is computed with tensors, and not when with their arrays."""
    assert linear(weight=[[1, 2]], bias=[3])(constant([[1, 2]])).requires_grad
