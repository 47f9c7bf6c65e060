"""Stage 2: each operation's value and its local derivative, on arrays alone.

The numbers are PyTorch's; at the end, the gradients are held against nudges of the inputs.
"""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sinmagia import ops
from stand_ins import Context, expect, frozen, gradients, squares, steady, value

A = frozen([[1, 2], [3, 4]])
B = frozen([[5, -6], [0.5, 8]])
ROW = frozen([10, -20])
COLUMN = frozen([[10], [-20]])
CUBE = frozen([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])
SIGNS = frozen([[1, -2], [0.5, -0.25]])
POSITIVE = frozen([[1, 4], [0.25, 9]])
SCORES = frozen([[1, 2], [3, 5]])
GRAD = frozen([[2, -1], [0.5, 3]])  # the upstream gradient


# Elementwise, of two arrays. Where one was broadcast, its gradient stays as large as the result:
# the backward pass sums it later, once for all operations.


@pytest.mark.parametrize(
    ("desired", "b"), [([[6, -4], [3.5, 12]], B), ([[11, 12], [-17, -16]], COLUMN), (A + 3, 3)]
)
def test_add_forward_adds_each_coordinate(desired, b):
    expect(desired, value(ops.Add, A, b))


@pytest.mark.parametrize("b", [B, COLUMN, ROW, 3])
def test_add_backward_gives_both_the_upstream_gradient(b):
    of_a, of_b = gradients(ops.Add, [A, b], GRAD)
    expect(GRAD, of_a)
    expect(GRAD, of_b)


@pytest.mark.parametrize(
    ("desired", "a", "b"),
    [
        ([[-4, 8], [2.5, -4]], A, B),
        ([[4, -8], [-2.5, 4]], B, A),
        ([[9, 8], [-23, -24]], COLUMN, A),
    ],
)
def test_sub_forward_takes_the_second_from_the_first(desired, a, b):
    expect(desired, value(ops.Sub, a, b))


@pytest.mark.parametrize("b", [B, COLUMN, ROW, 3])
def test_sub_backward_changes_the_sign_for_the_second(b):
    of_a, of_b = gradients(ops.Sub, [A, b], GRAD)
    expect([[2, -1], [0.5, 3]], of_a)
    expect([[-2, 1], [-0.5, -3]], of_b)


@pytest.mark.parametrize(
    ("desired", "b"), [([[5, -12], [1.5, 32]], B), ([[10, -40], [30, -80]], ROW), (A * 3, 3)]
)
def test_mul_forward_multiplies_each_coordinate(desired, b):
    expect(desired, value(ops.Mul, A, b))


@pytest.mark.parametrize(
    ("for_a", "b"), [([[10, 6], [0.25, 24]], B), ([[20, 20], [5, -60]], ROW), (GRAD * 3, 3)]
)
def test_mul_backward_gives_each_the_other_times_upstream(for_a, b):
    of_a, of_b = gradients(ops.Mul, [A, b], GRAD)
    expect(for_a, of_a)
    expect([[2, -2], [1.5, 12]], of_b)


@pytest.mark.parametrize(
    ("desired", "a", "b"),
    [([[0.2, -1 / 3], [6, 0.5]], A, B), ([[5, -3], [1 / 6, 2]], B, A), ([[12, 6], [4, 3]], 12, A)],
)
def test_div_forward_divides_the_first_by_the_second(desired, a, b):
    expect(desired, value(ops.Div, a, b))


@pytest.mark.parametrize(
    ("for_a", "for_b", "b"),
    [
        ([[0.4, 1 / 6], [1, 0.375]], [[-0.08, 1 / 18], [-6, -0.1875]], B),
        ([[0.2, -0.1], [-0.025, -0.15]], [[-0.02, 0.02], [-0.00375, -0.03]], COLUMN),
    ],
)
def test_div_backward_falls_with_the_square_of_the_second(for_a, for_b, b):
    of_a, of_b = gradients(ops.Div, [A, b], GRAD)
    expect(for_a, of_a)
    expect(for_b, of_b)


@pytest.mark.parametrize(("desired", "b"), [([[5, 2], [3, 8]], B), ([[10, 10], [3, 4]], COLUMN)])
def test_maximum_forward_takes_the_larger(desired, b):
    expect(desired, value(ops.Maximum, A, b))


@pytest.mark.parametrize(
    ("for_a", "for_b", "b"),
    [([[0, -1], [0.5, 0]], [[2, 0], [0, 3]], B), ([[0, 0], [0.5, 3]], [[2, -1], [0, 0]], COLUMN)],
)
def test_maximum_backward_goes_to_the_larger(for_a, for_b, b):
    of_a, of_b = gradients(ops.Maximum, [A, b], GRAD)
    expect(for_a, of_a)
    expect(for_b, of_b)


def test_maximum_ties_get_half_each():
    of_a, of_b = gradients(ops.Maximum, [A, [[1, 7], [3, -7]]], GRAD)
    expect([[1, 0], [0.25, 3]], of_a)
    expect([[1, -1], [0.25, 0]], of_b)


# Elementwise, of one array.


def test_neg_forward_changes_the_sign():
    expect([[-1, 2], [-0.5, 0.25]], value(ops.Neg, SIGNS))


def test_neg_backward_changes_the_sign_of_upstream():
    expect([[-2, 1], [-0.5, -3]], *gradients(ops.Neg, [SIGNS], GRAD))


@pytest.mark.parametrize(
    ("desired", "a", "exponent"),
    [
        ([[1, 4], [0.25, 0.0625]], SIGNS, 2),
        ([[1, -8], [0.125, -0.015625]], SIGNS, 3),
        ([[1, -0.5], [2, -4]], SIGNS, -1),
        ([[1, 1], [1, 1]], SIGNS, 0),
        ([[1, 32], [0.03125, 243]], POSITIVE, 2.5),
        ([[1, 0.5], [2, 1 / 3]], POSITIVE, -0.5),
    ],
)
def test_pow_forward_raises_to_the_exponent(desired, a, exponent):
    expect(desired, value(ops.Pow, a, exponent=exponent))


@pytest.mark.parametrize(
    ("desired", "a", "exponent"),
    [
        ([[4, 4], [0.5, -1.5]], SIGNS, 2),
        ([[6, -12], [0.375, 0.5625]], SIGNS, 3),
        ([[2, -1], [0.5, 3]], SIGNS, 1),
        ([[-2, 0.25], [-2, -48]], SIGNS, -1),
        ([[-4, -0.25], [-8, 384]], SIGNS, -2),
        ([[5, -20], [0.15625, 202.5]], POSITIVE, 2.5),
        ([[-1, 0.0625], [-2, -1 / 18]], POSITIVE, -0.5),
    ],
)
def test_pow_backward_lowers_the_exponent_by_one(desired, a, exponent):
    expect(desired, *gradients(ops.Pow, [a], GRAD, exponent=exponent))


@pytest.mark.parametrize(("desired", "exponent"), [([0, 0], 0), ([5, 7], 1), ([0, 28], 2)])
@np.errstate(all="ignore")
def test_pow_backward_where_a_value_is_zero(desired, exponent):
    expect(desired, *gradients(ops.Pow, [[0, 2]], [5, 7], exponent=exponent))


def test_exp_forward_is_e_to_each_value():
    expect([[2.71828183, 0.13533528], [1.64872127, 0.77880078]], value(ops.Exp, SIGNS))


def test_exp_backward_is_the_value_times_upstream():
    desired = [[5.43656366, -0.13533528], [0.82436064, 2.33640235]]
    expect(desired, *gradients(ops.Exp, [SIGNS], GRAD))


def test_log_forward_is_the_natural_logarithm():
    expect([[0, 1.38629436], [-1.38629436, 2.19722458]], value(ops.Log, POSITIVE))


def test_log_backward_divides_upstream_by_the_input():
    expect([[2, -0.25], [2, 1 / 3]], *gradients(ops.Log, [POSITIVE], GRAD))


def test_sqrt_forward_is_the_square_root():
    expect([[1, 2], [0.5, 3]], value(ops.Sqrt, POSITIVE))


def test_sqrt_backward_divides_upstream_by_twice_the_root():
    expect([[1, -0.25], [0.5, 0.5]], *gradients(ops.Sqrt, [POSITIVE], GRAD))


def test_abs_forward_drops_the_sign():
    expect([[1, 2], [0.5, 0.25]], value(ops.Abs, SIGNS))


def test_abs_backward_has_the_sign_of_the_input():
    expect([[2, 1], [0.5, -3]], *gradients(ops.Abs, [SIGNS], GRAD))


def test_abs_at_zero_passes_nothing():
    expect([0, 5, -7], *gradients(ops.Abs, [[0, 2, -2]], [3, 5, 7]))


def test_relu_forward_keeps_what_is_positive():
    expect([[1, 0], [0.5, 0]], value(ops.ReLU, SIGNS))


def test_relu_forward_leaves_its_input_as_it_was():
    a = np.array([[1.0, -2.0], [0.5, -0.25]])
    ops.ReLU.forward(Context(True), a)
    expect(SIGNS, a)


def test_relu_backward_passes_what_was_positive():
    expect([[2, 0], [0.5, 0]], *gradients(ops.ReLU, [SIGNS], GRAD))


def test_relu_at_zero_passes_nothing():
    expect([0, 5, 0], *gradients(ops.ReLU, [[0, 2, -2]], [3, 5, 7]))


def test_tanh_forward_of_both_signs():
    expect([[0.76159416, -0.96402758], [0.46211716, -0.24491866]], value(ops.Tanh, SIGNS))


@np.errstate(all="ignore")
def test_tanh_forward_far_from_zero():
    expect([1, -1, 0], value(ops.Tanh, [800, -800, 0]))


def test_tanh_backward_is_one_minus_the_value_squared():
    desired = [[0.83994868, -0.07065082], [0.39322387, 2.82004455]]
    expect(desired, *gradients(ops.Tanh, [SIGNS], GRAD))


def test_sigmoid_forward_of_both_signs():
    expect([[0.73105858, 0.11920292], [0.62245933, 0.43782350]], value(ops.Sigmoid, SIGNS))


@np.errstate(all="ignore")
def test_sigmoid_extremes_are_0_and_1():
    expect([1, 0, 0.5], value(ops.Sigmoid, [800, -800, 0]))


def test_sigmoid_backward_is_the_value_times_its_rest():
    desired = [[0.39322387, -0.10499359], [0.11750186, 0.73840225]]
    expect(desired, *gradients(ops.Sigmoid, [SIGNS], GRAD))


# Reductions. On a square a wrong dimension fits as well as the right one: only the values differ.

forwards = pytest.mark.parametrize(
    ("total", "n", "a", "params"),
    [
        (10, 4, A, {}),
        ([4, 6], 2, A, {"dim": 0}),
        ([3, 7], 2, A, {"dim": 1}),
        ([3, 7], 2, A, {"dim": -1}),
        ([[4, 6]], 2, A, {"dim": 0, "keepdim": True}),
        ([[3], [7]], 2, A, {"dim": -1, "keepdim": True}),
        ([[10]], 4, A, {"keepdim": True}),
        ([[4, 6], [12, 14]], 2, CUBE, {"dim": 1}),
        ([14, 22], 4, CUBE, {"dim": (0, -1)}),
        ([[[10]], [[26]]], 4, CUBE, {"dim": (1, 2), "keepdim": True}),
    ],
)
backwards = pytest.mark.parametrize(
    ("spread", "n", "a", "grad", "params"),
    [
        ([[-3, -3], [-3, -3]], 4, A, -3, {}),
        ([[2, -1], [2, -1]], 2, A, [2, -1], {"dim": 0}),
        ([[2, 2], [-1, -1]], 2, A, [2, -1], {"dim": 1}),
        ([[2, 2], [-1, -1]], 2, A, [2, -1], {"dim": -1}),
        ([[2, -1], [2, -1]], 2, A, [[2, -1]], {"dim": 0, "keepdim": True}),
        ([[2, 2], [-1, -1]], 2, A, [[2], [-1]], {"dim": -1, "keepdim": True}),
        ([[-3, -3], [-3, -3]], 4, A, [[-3]], {"keepdim": True}),
        ([[[2, -1], [2, -1]], [[0.5, 3], [0.5, 3]]], 2, CUBE, GRAD, {"dim": 1}),
        ([[[2, 2], [-1, -1]]] * 2, 4, CUBE, [2, -1], {"dim": (0, -1)}),
    ],
)


@forwards
def test_sum_forward_adds_up(total, n, a, params):
    expect(total, value(ops.Sum, a, **params))


@backwards
def test_sum_backward_gives_back_to_all_that_were_added(spread, n, a, grad, params):
    expect(spread, *gradients(ops.Sum, [a], grad, **params))


@forwards
def test_mean_forward_divides_the_total(total, n, a, params):
    expect(np.divide(total, n), value(ops.Mean, a, **params))


@backwards
def test_mean_backward_gives_each_of_n_its_part(spread, n, a, grad, params):
    expect(np.divide(spread, n), *gradients(ops.Mean, [a], grad, **params))


@pytest.mark.parametrize(
    ("desired", "params"),
    [
        (4, {}),
        ([3, 4], {"dim": 0}),
        ([4, 3], {"dim": 1}),
        ([[4], [3]], {"dim": -1, "keepdim": True}),
        ([[4]], {"dim": (0, 1), "keepdim": True}),
    ],
)
def test_amax_forward_takes_the_largest(desired, params):
    expect(desired, value(ops.Amax, [[1, 4], [3, 2]], **params))


def test_amax_forward_of_negative_values():
    expect([-3, -1], value(ops.Amax, [[-4, -3], [-1, -2]], dim=1))


@pytest.mark.parametrize(
    ("desired", "grad", "params"),
    [
        ([[0, 2], [0, 0]], 2, {}),
        ([[0, -3], [2, 0]], [2, -3], {"dim": 0}),
        ([[0, 2], [-3, 0]], [2, -3], {"dim": 1}),
        ([[0, 2], [-3, 0]], [[2], [-3]], {"dim": -1, "keepdim": True}),
        ([[0, 2], [0, 0]], [[2]], {"dim": (0, 1), "keepdim": True}),
    ],
)
def test_amax_backward_goes_to_the_largest_only(desired, grad, params):
    expect(desired, *gradients(ops.Amax, [[[1, 4], [3, 2]]], grad, **params))


def test_amax_ties_share_in_equal_parts():
    expect([[2, 0], [2, 2]], *gradients(ops.Amax, [[[3, 1], [3, 3]]], 6))


def test_amax_ties_count_in_their_own_row():
    expect([[3, 3], [5, 0]], *gradients(ops.Amax, [[[3, 3], [3, 1]]], [6, 5], dim=1))


def test_softmax_forward_adds_up_to_1_in_a_column():
    desired = [[0.11920292, 0.04742587], [0.88079708, 0.95257413]]
    expect(desired, value(ops.Softmax, SCORES, dim=0))


@pytest.mark.parametrize("dim", [1, -1])
def test_softmax_forward_adds_up_to_1_in_a_row(dim):
    desired = [[0.26894142, 0.73105858], [0.11920292, 0.88079708]]
    expect(desired, value(ops.Softmax, SCORES, dim=dim))


def test_softmax_forward_over_the_middle_of_three_dimensions():
    expect([[[0.11920292] * 2, [0.88079708] * 2]] * 2, value(ops.Softmax, CUBE, dim=1))


def test_softmax_backward_mixes_the_gradients_of_a_column():
    desired = [[0.15749038, -0.18070664], [-0.15749038, 0.18070664]]
    expect(desired, *gradients(ops.Softmax, [SCORES], GRAD, dim=0))


@pytest.mark.parametrize("dim", [1, -1])
def test_softmax_backward_mixes_the_gradients_of_a_row(dim):
    desired = [[0.58983580, -0.58983580], [-0.26248396, 0.26248396]]
    expect(desired, *gradients(ops.Softmax, [SCORES], GRAD, dim=dim))


@np.errstate(all="ignore")
def test_softmax_extremes_in_rows_of_their_own_scale():
    desired = [[1, 0], [0.26894142, 0.73105858], [0.73105858, 0.26894142]]
    expect(desired, value(ops.Softmax, [[1000, 0], [0, 1], [-1000, -1001]], dim=1))


def test_log_softmax_forward_is_the_logarithm_in_a_column():
    desired = [[-2.12692801, -3.04858735], [-0.12692801, -0.04858735]]
    expect(desired, value(ops.LogSoftmax, SCORES, dim=0))


@pytest.mark.parametrize("dim", [1, -1])
def test_log_softmax_forward_is_the_logarithm_in_a_row(dim):
    desired = [[-1.31326169, -0.31326169], [-2.12692801, -0.12692801]]
    expect(desired, value(ops.LogSoftmax, SCORES, dim=dim))


def test_log_softmax_forward_over_the_middle_of_three_dimensions():
    expect([[[-2.12692801] * 2, [-0.12692801] * 2]] * 2, value(ops.LogSoftmax, CUBE, dim=1))


def test_log_softmax_backward_mixes_the_gradients_of_a_column():
    desired = [[1.70199269, -1.09485175], [-1.70199269, 1.09485175]]
    expect(desired, *gradients(ops.LogSoftmax, [SCORES], GRAD, dim=0))


@pytest.mark.parametrize("dim", [1, -1])
def test_log_softmax_backward_mixes_the_gradients_of_a_row(dim):
    desired = [[1.73105858, -1.73105858], [0.08278977, -0.08278977]]
    expect(desired, *gradients(ops.LogSoftmax, [SCORES], GRAD, dim=dim))


@np.errstate(all="ignore")
def test_log_softmax_extremes_in_rows_of_their_own_scale():
    desired = [[0, -1000], [-1.31326169, -0.31326169], [-0.31326169, -1.31326169]]
    expect(desired, value(ops.LogSoftmax, [[1000, 0], [0, 1], [-1000, -1001]], dim=1))


# Shapes.


@pytest.mark.parametrize(
    ("desired", "shape"),
    [
        ([1, 2, 3, 4], (4,)),
        ([1, 2, 3, 4], (-1,)),
        ([[1, 2, 3, 4]], (1, -1)),
        ([[[1], [2]], [[3], [4]]], (2, 2, 1)),
    ],
)
def test_reshape_forward_keeps_the_order(desired, shape):
    expect(desired, value(ops.Reshape, A, shape=shape))


@pytest.mark.parametrize("shape", [(6,), (-1,), (3, 2), (1, 2, 3)])
def test_reshape_backward_has_the_shape_of_the_input(shape):
    grad = np.reshape([2, -1, 0.5, 3, -4, 5], shape)
    expect(
        [[2, -1, 0.5], [3, -4, 5]], *gradients(ops.Reshape, [np.zeros((2, 3))], grad, shape=shape)
    )


def test_transpose_forward_turns_rows_into_columns():
    expect([[1, 4], [2, 5], [3, 6]], value(ops.Transpose, [[1, 2, 3], [4, 5, 6]], dim0=0, dim1=1))


@pytest.mark.parametrize("dims", [{"dim0": 0, "dim1": 1}, {"dim0": -2, "dim1": 0}])
def test_transpose_forward_exchanges_only_two_of_three(dims):
    expect([[[1, 2], [5, 6]], [[3, 4], [7, 8]]], value(ops.Transpose, CUBE, **dims))


def test_transpose_backward_turns_columns_into_rows():
    expect([[2, 0.5], [-1, 3]], *gradients(ops.Transpose, [A], GRAD, dim0=0, dim1=1))


def test_transpose_backward_exchanges_only_two_of_three():
    (grad,) = gradients(ops.Transpose, [CUBE], CUBE, dim0=-1, dim1=1)
    expect([[[1, 3], [2, 4]], [[5, 7], [6, 8]]], grad)


@pytest.mark.parametrize("dims", [(2, 0, 1), (-1, 0, -2)])
def test_permute_forward_brings_the_last_dimension_to_the_front(dims):
    expect([[[1, 3], [5, 7]], [[2, 4], [6, 8]]], value(ops.Permute, CUBE, dims=dims))


@pytest.mark.parametrize("dims", [(2, 0, 1), (-1, 0, -2)])
def test_permute_backward_is_the_inverse_order(dims):
    """Going (2, 0, 1) a second time would not lead back."""
    expect([[[1, 5], [2, 6]], [[3, 7], [4, 8]]], *gradients(ops.Permute, [CUBE], CUBE, dims=dims))


@pytest.mark.parametrize(
    ("desired", "index"),
    [
        ([1, 2], 0),
        (3, (1, 0)),
        ([2, 4], (..., -1)),
        ([[3, 4], [1, 2]], slice(None, None, -1)),
        ([[[1, 2], [3, 4]]], None),
        ([[2, 1], [4, 3]], (slice(None), [1, 0])),
        ([1, 2, 1], ([0, 0, 0], [0, 1, 0])),
        ([2, 3], np.array([[False, True], [True, False]])),
    ],
)
def test_getitem_forward_picks_as_numpy(desired, index):
    expect(desired, value(ops.GetItem, A, index=index))


@pytest.mark.parametrize(
    ("desired", "grad", "index"),
    [
        ([[5, -6], [0, 0]], [5, -6], 0),
        ([[0, 0], [5, 0]], 5, (1, 0)),
        ([[0, 5], [0, -6]], [5, -6], (..., -1)),
        ([[0.5, 3], [2, -1]], GRAD, slice(None, None, -1)),
        (GRAD, [GRAD], None),
        ([[-1, 2], [3, 0.5]], GRAD, (slice(None), [1, 0])),
        ([[0, 5], [-6, 0]], [5, -6], np.array([[False, True], [True, False]])),
    ],
)
def test_getitem_backward_puts_upstream_where_the_value_was(desired, grad, index):
    expect(desired, *gradients(ops.GetItem, [A], grad, index=index))


@pytest.mark.parametrize(
    ("desired", "grad", "index"),
    [
        ([5, 0, 7], [2, 3, 7], [0, 0, 2]),
        ([0, 9, 2], [2, 3, 7, -1], np.array([2, -2, 1, 1])),
    ],
)
def test_getitem_repeats_add_up(desired, grad, index):
    """A value that was picked twice matters twice."""
    expect(desired, *gradients(ops.GetItem, [[10, 20, 30]], grad, index=index))


def test_getitem_repeats_of_whole_rows_add_up():
    expect([[2.5, 2], [0, 0]], *gradients(ops.GetItem, [A], GRAD, index=[0, 0]))


@pytest.mark.parametrize(
    ("desired", "arrays", "dim"),
    [
        ([1, 2, 3], ([1], [2, 3]), 0),
        ([[1, 2], [3, 4], [10, -20]], (A, [ROW]), 0),
        ([[1, 2, 10], [3, 4, -20]], (A, COLUMN), 1),
        ([[10, 1, 2, 5, -6], [-20, 3, 4, 0.5, 8]], (COLUMN, A, B), -1),
    ],
)
def test_cat_forward_joins_along_dim(desired, arrays, dim):
    expect(desired, value(ops.Cat, *arrays, dim=dim))


@pytest.mark.parametrize(
    ("desired", "grad", "dim"),
    [
        (([5], [6, -7, 8]), [5, 6, -7, 8], 0),
        (([[2, -1]], [[0.5, 3], [4, -5]]), [[2, -1], [0.5, 3], [4, -5]], 0),
        (([[2], [0.5]], [[-1, 4], [3, -5]]), [[2, -1, 4], [0.5, 3, -5]], 1),
        (([[2, -1]], [[4]], [[5, 6]]), [[2, -1, 4, 5, 6]], -1),
    ],
)
def test_cat_backward_cuts_where_the_arrays_met(desired, grad, dim):
    shares = gradients(ops.Cat, [np.ones(np.shape(part)) for part in desired], grad, dim=dim)
    for part, share in zip(desired, shares, strict=True):
        expect(part, share)


# The product of matrices.


@pytest.mark.parametrize(
    ("desired", "a", "b"),
    [
        ([[6, 10], [17, 14]], A, B),
        ([[-13, -14], [24.5, 33]], B, A),
        ([[-30], [-50]], A, COLUMN),
        ([[5, 7], [14, 13]], [[1, 2, 3], [4, 5, 6]], [[1, 0], [2, -1], [0, 3]]),
    ],
)
def test_matmul_forward_multiplies_rows_by_columns(desired, a, b):
    expect(desired, value(ops.MatMul, a, b))


def test_matmul_backward_of_two_squares():
    of_a, of_b = gradients(ops.MatMul, [A, B], GRAD)
    expect([[16, -7], [-15.5, 24.25]], of_a)
    expect([[3.5, 8], [6, 10]], of_b)


def test_matmul_backward_has_the_shapes_of_the_inputs():
    a, b = [[1, 2, 3], [4, 5, 6]], [[1], [2], [0.5]]
    of_a, of_b = gradients(ops.MatMul, [a, b], [[2], [-1]])
    expect([[2, 4, 1], [-1, -2, -0.5]], of_a)
    expect([[-2], [-1], [0]], of_b)


def summed(share, shape):
    """Add up a batch, as the backward pass does for an input of `shape` that had none."""
    return np.sum(share, axis=tuple(range(np.ndim(share) - len(shape))))


@pytest.mark.parametrize(
    ("desired", "for_a", "for_b", "a", "b", "grad"),
    [
        pytest.param(2, [6, 1], [2, -4], [1, -2], [3, 0.5], 2, id="two_vectors"),
        pytest.param([4, 11], [[6, 1], [-3, -0.5]], [-1, 0], A, [3, 0.5], [2, -1], id="column"),
        pytest.param([4, -22], [16, -7], [[2, -1], [-4, 2]], [1, -2], B, [2, -1], id="row"),
        pytest.param([[4, 11], [18, 25]], [[[6, 1], [-3, -0.5]], [[1.5, 0.25], [9, 1.5]]],
                     [22.5, 27], CUBE, [3, 0.5], GRAD, id="column_and_batch"),
        pytest.param([[-5, -6], [-9, -10]], [20.5, 29.5],
                     [[[2, -1], [-4, 2]], [[0.5, 3], [-1, -6]]], [1, -2], CUBE, GRAD,
                     id="row_and_batch"),
    ],
)  # fmt: skip
def test_matmul_vectors_are_a_row_or_a_column(desired, for_a, for_b, a, b, grad):
    expect(desired, value(ops.MatMul, a, b))
    of_a, of_b = gradients(ops.MatMul, [a, b], grad)
    expect(for_a, summed(of_a, np.shape(a)))
    expect(for_b, summed(of_b, np.shape(b)))


@pytest.mark.parametrize(
    ("desired", "for_a", "for_b", "a", "b"),
    [
        pytest.param([[[19, -22], [43, -50]], [[23, -34], [31, -46]]],
                     [[[-3, -5], [-5, -7]], [[-3, -5], [-5, -7]]],
                     [[[-6, -2], [-10, -4]], [[26, 38], [30, 44]]],
                     CUBE, [[[5, -6], [7, -8]], [[1, -2], [3, -4]]], id="two_batches"),
        pytest.param([[[7, 10], [15, 22]], [[19, 22], [43, 50]]], [[10, 6], [38, 50]],
                     [[[-6, -2], [-10, -4]], [[10, 14], [14, 20]]], A, CUBE, id="matrix_and_batch"),
        pytest.param([[[6, 10], [17, 14]], [[28, 18], [39, 22]]],
                     [[[-3, -17.5], [-5, -0.5]], [[-7, 16.5], [-9, 33.5]]],
                     [[20, 36], [20, 40]], CUBE, B, id="batch_and_matrix"),
    ],
)  # fmt: skip
def test_matmul_batches_multiply_matrix_by_matrix(desired, for_a, for_b, a, b):
    expect(desired, value(ops.MatMul, a, b))
    of_a, of_b = gradients(ops.MatMul, [a, b], CUBE - 4)
    expect(for_a, summed(of_a, np.shape(a)))
    expect(for_b, summed(of_b, np.shape(b)))


# All of them, held against nudges. What is drawn are two squares; a row says how they become inputs
# that keep off kinks, poles and ties.


def slopes(f, inputs, grad, h=1e-6):
    """Nudge each coordinate of each input to both sides: how far does `f`, weighed, move?"""
    moved = [np.zeros(np.shape(x)) for x in inputs]
    for i, x in enumerate(inputs):
        for index in np.ndindex(x.shape):
            nudge = np.zeros(x.shape)
            nudge[index] = h
            ahead = f(*inputs[:i], x + nudge, *inputs[i + 1 :])
            behind = f(*inputs[:i], x - nudge, *inputs[i + 1 :])
            moved[i][index] = ((ahead - behind) * grad).sum() / (2 * h)
    return moved


def one(a, _):
    return [a]


def two(a, b):
    return [a, b]


def positive(a, _):
    return [np.abs(a)]


def unequal(a, b):
    return [a, b + 0.125]


def unequal_sizes(a, b):
    return [a, b[:, :1]]


def distinct(a, _):
    ranks = np.argsort(np.argsort(a, axis=None, kind="stable"))
    return [ranks.reshape(a.shape) - 1.5]


def cube(a, b):
    return [np.stack([a, b])]


def softmax(a, dim):
    return np.exp(a) / np.exp(a).sum(dim, keepdims=True)


def row(name, op, f, inputs=one, **params):
    return pytest.param(op, f, inputs, params, id=name)


OF_ANY_SHAPE = [
    row("add_backward", ops.Add, lambda a, b: a + b, two),
    row("sub_backward", ops.Sub, lambda a, b: a - b, two),
    row("mul_backward", ops.Mul, lambda a, b: a * b, two),
    row("div_backward", ops.Div, lambda a, b: a / b, two),
    row("maximum_backward", ops.Maximum, np.maximum, unequal),
    row("neg_backward", ops.Neg, lambda a: -a),
    row("pow_backward_3", ops.Pow, lambda a: a**3, exponent=3),
    row("pow_backward_-1", ops.Pow, lambda a: 1 / a, exponent=-1),
    row("pow_backward_2.5", ops.Pow, lambda a: a**2.5, positive, exponent=2.5),
    row("exp_backward", ops.Exp, np.exp),
    row("log_backward", ops.Log, np.log, positive),
    row("sqrt_backward", ops.Sqrt, np.sqrt, positive),
    row("abs_backward", ops.Abs, np.abs),
    row("relu_backward", ops.ReLU, lambda a: np.maximum(a, 0)),
    row("tanh_backward", ops.Tanh, np.tanh),
    row("sigmoid_backward", ops.Sigmoid, lambda a: 1 / (1 + np.exp(-a))),
    row("sum_backward", ops.Sum, np.sum),
    row("mean_backward", ops.Mean, np.mean),
    row("amax_backward", ops.Amax, np.max, distinct),
    row("reshape_backward", ops.Reshape, np.ravel, shape=(-1,)),
]
OF_SQUARES = [
    row("sum_backward_0", ops.Sum, lambda a: a.sum(0), dim=0),
    row("sum_backward_-1", ops.Sum, lambda a: a.sum(1), dim=-1),
    row("mean_backward_0", ops.Mean, lambda a: a.mean(0), dim=0),
    row("mean_backward_-2", ops.Mean, lambda a: a.mean(1), cube, dim=-2),
    row("amax_backward_0", ops.Amax, lambda a: a.max(0), distinct, dim=0),
    row("amax_backward_-1", ops.Amax, lambda a: a.max(1), distinct, dim=-1),
    row("softmax_backward_0", ops.Softmax, lambda a: softmax(a, 0), dim=0),
    row("softmax_backward_-1", ops.Softmax, lambda a: softmax(a, 2), cube, dim=-1),
    row("log_softmax_backward_0", ops.LogSoftmax, lambda a: np.log(softmax(a, 0)), dim=0),
    row("log_softmax_backward_1", ops.LogSoftmax, lambda a: np.log(softmax(a, 1)), cube, dim=1),
    row("transpose_backward", ops.Transpose, np.transpose, dim0=0, dim1=1),
    row("permute_backward", ops.Permute, lambda a: a.transpose(2, 0, 1), cube, dims=(2, 0, 1)),
    row("getitem_backward", ops.GetItem, lambda a: a[:, -1], index=(slice(None), -1)),
    row("cat_backward", ops.Cat, lambda a, b: np.concatenate([a, b], 1), unequal_sizes, dim=1),
    row("matmul_backward", ops.MatMul, np.matmul, two),
]


@pytest.mark.parametrize(("op", "f", "make_inputs", "params"), OF_ANY_SHAPE + OF_SQUARES)
@settings(steady, max_examples=8)
@given(matrices=squares(2), seed=st.integers(0, 99), constant=st.sampled_from((None, 0, 1)))
@example(matrices=(A, B), seed=0, constant=None)
def test_gradients_foretell_a_nudge(op, f, make_inputs, params, matrices, seed, constant):
    """The gradients say how much the result, weighed by any upstream gradient, moves.

    Of two inputs, the one number `constant` may need no gradient; the other one does as before.
    """
    inputs = make_inputs(*matrices)
    if len(inputs) == 1:
        constant = None
    grad = np.random.default_rng(seed).choice([-2, -0.5, 0.25, 3], np.shape(f(*inputs)))
    shares = gradients(op, inputs, grad, constant, **params)
    for i, slope in enumerate(slopes(f, inputs, grad)):
        if i != constant:
            expect(slope, shares[i])


@pytest.mark.parametrize(("op", "f", "make_inputs", "params"), OF_ANY_SHAPE)
def test_scalars_are_arrays_without_dimensions(op, f, make_inputs, params):
    inputs = make_inputs(np.array(2.0), np.array(-0.5))
    expect(f(*inputs), value(op, *inputs, **params))
    grad = np.full(np.shape(f(*inputs)), 3.0)
    for slope, share in zip(
        slopes(f, inputs, grad), gradients(op, inputs, grad, **params), strict=True
    ):
        expect(slope, share)
