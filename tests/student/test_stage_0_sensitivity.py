"""Stage 0: how much the output of a function moves when an input is nudged."""

import numpy as np
import pytest
from hypothesis import given
from sinmagia.sensitivity import default_step, first_push, numerical_gradient
from stand_ins import expect, squares, steady


def test_first_push_foretells_a_nudge():
    """At a = 2 and b = 3, d is 8. Your answer says where d is when a is 2.1; here is where."""
    a, b = 2.1, 3
    expect(a * b + a, 8 + 0.1 * first_push())


def test_numerical_gradient_of_a_product_and_a_sum():
    """d = a*b + a, at a = 2 and b = 3; a large h does no harm where nothing is curved."""
    x = np.array([2.0, 3.0])
    expect([4, 2], numerical_gradient(lambda x: x[0] * x[1] + x[0], x, h=0.5))


def test_numerical_gradient_of_a_square_matrix():
    x = np.array([[1, -2], [3, 0.5]])
    expect([[2, -4], [6, 1]], numerical_gradient(lambda x: (x**2).sum(), x, h=0.25))


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 2, 2), (), (0,)])
def test_numerical_gradient_has_the_shape_of_x(shape):
    expect(np.full(shape, 5), numerical_gradient(lambda x: 5 * x.sum(), np.ones(shape), h=0.5))


def test_numerical_gradient_nudges_by_h_to_both_sides():
    """With h = 0.1 around 2, the cube rises by (2.1**3 - 1.9**3) / 0.2."""
    expect(12.01, numerical_gradient(lambda x: x**3, np.array(2.0), h=0.1))


def test_numerical_gradient_moves_one_coordinate_at_a_time():
    """Two calls of f for each: whoever does not put the first back moves it with the second."""
    x, points = np.array([[1.0, 2.0], [3.0, 4.0]]), []
    numerical_gradient(lambda point: points.append(point.copy()) or 0.0, x.copy(), h=0.5)
    expect([1] * 8, [np.count_nonzero(point != x) for point in points])


def test_numerical_gradient_gives_x_back_unchanged():
    x = np.array([[0.1, 0.2], [0.3, 0.7]])
    before = x.copy()
    numerical_gradient(lambda x: (x**2).sum(), x, h=0.1)
    change = x - before
    assert not change.any(), f"x came back changed by\n{change}"


@steady
@given(matrices=squares(2))
def test_numerical_gradient_is_exact_where_f_is_a_parabola(matrices):
    """The gradient of c x**2 is 2 c x; two sides cancel the curvature, whatever the h."""
    c, x = matrices
    expect(2 * c * x, numerical_gradient(lambda x: (c * x**2).sum(), x, h=0.5))


@pytest.mark.parametrize(("desired", "dtype"), [(4.921567e-3, "float32"), (6.055454e-6, "float64")])
def test_default_step_is_the_cube_root_of_epsilon(desired, dtype):
    step = default_step(np.dtype(dtype))
    assert np.isclose(desired, step, rtol=1e-5, atol=0), f"expected {desired}; yours is {step}"
    assert isinstance(step, float), f"expected a Python float; yours is {type(step).__name__}"


@pytest.mark.parametrize(("error", "dtype"), [(1e-4, np.float32), (1e-9, np.float64)])
def test_default_step_suits_the_type(error, dtype):
    """It is neither lost in the rounding nor wide enough to see the curve: sin' = cos at 1."""
    x, h = dtype(1), dtype(default_step(np.dtype(dtype)))
    slope = (np.sin(x + h) - np.sin(x - h)) / (2 * h)
    off = abs(float(slope) - np.cos(1.0))
    assert off < error, f"with h = {h} the slope of sin is off by {off}"
