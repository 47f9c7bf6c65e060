"""Stage 2: each operation's value and its local derivative, on arrays alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sinmagia.ops import Add, MatMul, Mul, Sum, Transpose
from stand_ins import Context, expect, frozen, gradients, squares, steady

A = frozen([[1, 2], [3, 4]])
B = frozen([[5, -6], [0.5, 8]])
ROW = frozen([10, -20])
COLUMN = frozen([[10], [-20]])
CUBE = frozen([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])
GRAD = frozen([[2, -1], [0.5, 3]])  # the upstream gradient


def test_add_forward_adds_each_coordinate():
    expect([[6, -4], [3.5, 12]], Add.forward(Context(True, True), A, B))


def test_add_forward_broadcasts_a_column():
    expect([[11, 12], [-17, -16]], Add.forward(Context(True, True), A, COLUMN))


def test_add_backward_gives_both_the_upstream_gradient():
    of_a, of_b = gradients(Add, [A, B], GRAD)
    expect(GRAD, of_a)
    expect(GRAD, of_b)


def test_add_backward_leaves_a_broadcast_column_as_large_as_the_result():
    """The backward pass sums it later, once for all operations."""
    expect(GRAD, gradients(Add, [A, COLUMN], GRAD)[1])


def test_mul_forward_multiplies_each_coordinate():
    expect([[5, -12], [1.5, 32]], Mul.forward(Context(True, True), A, B))


def test_mul_forward_broadcasts_a_row():
    expect([[10, -40], [30, -80]], Mul.forward(Context(True, True), A, ROW))


def test_mul_backward_gives_each_the_other_times_upstream():
    of_a, of_b = gradients(Mul, [A, B], GRAD)
    expect([[10, 6], [0.25, 24]], of_a)
    expect([[2, -2], [1.5, 12]], of_b)


def test_mul_backward_leaves_a_broadcast_row_as_large_as_the_result():
    expect([[2, -2], [1.5, 12]], gradients(Mul, [A, ROW], GRAD)[1])


@pytest.mark.parametrize(
    ("desired", "params"),
    [
        (10, {}),
        ([4, 6], {"dim": 0}),
        ([3, 7], {"dim": 1}),
        ([[3], [7]], {"dim": -1, "keepdim": True}),
    ],
)
def test_sum_forward_of_a_square(desired, params):
    expect(desired, Sum.forward(Context(True), A, **params))


def test_sum_forward_over_two_dimensions_of_three():
    expect([14, 22], Sum.forward(Context(True), CUBE, dim=(0, 2)))


@pytest.mark.parametrize(
    ("desired", "grad", "params"),
    [
        ([[-3, -3], [-3, -3]], -3, {}),
        ([[2, -1], [2, -1]], [2, -1], {"dim": 0}),
        ([[2, 2], [-1, -1]], [2, -1], {"dim": 1}),
    ],
)
def test_sum_backward_gives_back_to_all_that_were_added(desired, grad, params):
    expect(desired, *gradients(Sum, [A], grad, **params))


def test_sum_backward_of_a_dimension_that_was_kept():
    expect([[2, 2], [-1, -1]], *gradients(Sum, [A], [[2], [-1]], dim=-1, keepdim=True))


def test_transpose_forward_turns_rows_into_columns():
    a = frozen([[1, 2, 3], [4, 5, 6]])
    expect([[1, 4], [2, 5], [3, 6]], Transpose.forward(Context(True), a, dim0=0, dim1=1))


@pytest.mark.parametrize("dims", [{"dim0": 0, "dim1": 1}, {"dim0": -2, "dim1": 0}])
def test_transpose_forward_exchanges_only_two_of_three(dims):
    expect([[[1, 2], [5, 6]], [[3, 4], [7, 8]]], Transpose.forward(Context(True), CUBE, **dims))


def test_transpose_backward_turns_columns_into_rows():
    expect([[2, 0.5], [-1, 3]], *gradients(Transpose, [A], GRAD, dim0=0, dim1=1))


def test_transpose_backward_exchanges_only_two_of_three():
    (grad,) = gradients(Transpose, [CUBE], CUBE, dim0=-1, dim1=1)
    expect([[[1, 3], [2, 4]], [[5, 7], [6, 8]]], grad)


def test_matmul_forward_of_two_squares():
    expect([[6, 10], [17, 14]], MatMul.forward(Context(True, True), A, B))


def test_matmul_forward_of_rows_and_a_column():
    expect([[-30], [-50]], MatMul.forward(Context(True, True), A, COLUMN))


def test_matmul_backward_of_two_squares():
    of_a, of_b = gradients(MatMul, [A, B], GRAD)
    expect([[16, -7], [-15.5, 24.25]], of_a)
    expect([[3.5, 8], [6, 10]], of_b)


def test_matmul_backward_of_rows_and_a_column():
    of_rows, of_column = gradients(MatMul, [A, COLUMN], [[3], [-0.5]])
    expect([[30, -60], [-5, 10]], of_rows)
    expect([[1.5], [4]], of_column)


@pytest.mark.parametrize(
    ("count", "op", "f", "params"),
    [
        pytest.param(2, Add, lambda a, b: a + b, {}, id="add_backward"),
        pytest.param(2, Mul, lambda a, b: a * b, {}, id="mul_backward"),
        pytest.param(2, MatMul, lambda a, b: a @ b, {}, id="matmul_backward"),
        pytest.param(1, Transpose, lambda a: a.T, {"dim0": 0, "dim1": 1}, id="transpose_backward"),
        pytest.param(1, Sum, lambda a: a.sum(), {}, id="sum_backward"),
        pytest.param(1, Sum, lambda a: a.sum(0), {"dim": 0}, id="sum_backward_dim_0"),
        pytest.param(1, Sum, lambda a: a.sum(1), {"dim": -1}, id="sum_backward_dim_-1"),
    ],
)
@steady
@given(matrices=squares(4), seed=st.integers(0, 99))
def test_gradients_foretell_a_nudge(count, op, f, params, matrices, seed):
    """Nudge the inputs along any directions: `f` moves as the gradients of `backward` say."""
    inputs, directions = matrices[:count], matrices[2:][:count]
    grad = np.random.default_rng(seed).normal(size=np.shape(f(*inputs)))
    shares = gradients(op, inputs, grad, **params)
    assert [np.shape(share) for share in shares] == [x.shape for x in inputs]

    moves, h = list(zip(inputs, directions, strict=True)), 1e-3
    ahead, behind = (f(*(x + step * v for x, v in moves)) for step in (h, -h))
    slope = ((ahead - behind) * grad).sum() / (2 * h)
    expect(slope, sum((share * v).sum() for share, v in zip(shares, directions, strict=True)))
