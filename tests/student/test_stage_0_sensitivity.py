"""Stage 0: how much the output of a function moves when an input is nudged."""

import numpy as np
from sinmagia.sensitivity import numerical_gradient
from stand_ins import expect


def test_numerical_gradient_of_a_product_and_a_sum():
    """d = a*b + a, at a = 2 and b = 3."""
    expect([4, 2], numerical_gradient(lambda x: x[0] * x[1] + x[0], np.array([2.0, 3.0])))


def test_numerical_gradient_has_the_shape_of_a_matrix():
    x = np.array([[1, -2], [3, 0.5]])
    expect([[2, -4], [6, 1]], numerical_gradient(lambda x: (x**2).sum(), x))


def test_numerical_gradient_nudges_a_scalar_by_h_to_both_sides():
    """With h = 0.1 around 2, the cube rises by (2.1**3 - 1.9**3) / 0.2."""
    expect(12.01, numerical_gradient(lambda x: x**3, np.array(2.0), h=0.1))


def test_numerical_gradient_gives_x_back_unchanged():
    x = np.array([[0.1, 0.2], [0.3, 0.7]])
    before = x.copy()
    numerical_gradient(lambda x: (x**2).sum(), x)
    assert (x == before).all(), "to the last digit"


def test_numerical_gradient_calls_f_twice_a_coordinate():
    calls = []
    numerical_gradient(lambda x: calls.append(x) or x.sum(), np.ones((2, 3)))
    assert len(calls) == 12
