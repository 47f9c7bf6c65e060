"""Stage 5: an optimiser's step."""

import pytest
from sinmagia.optim import SGD
from stand_ins import StandIn, constant, expect


@pytest.fixture
def p():
    """A parameter with a gradient."""
    return StandIn([1, 2], grad=constant([10, -20]))


def test_sgd_step_goes_against_the_gradient(p):
    bias = StandIn(1, grad=constant(2))
    SGD([p, bias], lr=0.1).step()
    expect([0, 4], p._data)
    expect(0.8, bias._data)


def test_sgd_step_three_times_downhill(p):
    """The gradient of p**2 is 2 p: with lr 0.25 every step halves p."""
    optimiser = SGD([p], lr=0.25)
    for _ in range(3):
        p.grad = constant(2 * p._data)
        optimiser.step()
    expect([0.125, 0.25], p._data)


def test_sgd_step_changes_the_array_in_place(p):
    """Whoever else holds the parameter's array sees the step too."""
    array = p._data
    SGD([p], lr=0.1).step()
    expect([0, 4], array)


def test_sgd_step_passes_a_parameter_without_gradient_by(p):
    unused = StandIn([1, 2])
    SGD([unused, p], lr=0.1).step()
    expect([1, 2], unused._data)
    expect([0, 4], p._data)


def test_sgd_step_is_not_recorded_and_leaves_the_gradient(p):
    SGD([p], lr=0.1).step()
    assert p.requires_grad
    assert p.grad_fn is None
    expect([10, -20], p.grad._data)
