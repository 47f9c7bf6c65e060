"""Stage 3: the walk back through the graph, on three small operations of its own."""

import pytest
from sinmagia.autograd import apply, backward, unbroadcast
from stand_ins import StandIn, constant, expect, frozen


class Square:
    """out = a ** 2"""

    backward = staticmethod(lambda ctx, grad: 2 * ctx.saved_tensors[0] * grad)

    @staticmethod
    def forward(ctx, a):
        ctx.save_for_backward(a)
        return a**2


class Mix:
    """out = 3 a + 5 b; an input that needs no gradient gets None."""

    forward = staticmethod(lambda _ctx, a, b: 3 * a + 5 * b)

    @staticmethod
    def backward(ctx, grad):
        needs_a, needs_b = ctx.needs_input_grad
        return 3 * grad if needs_a else None, 5 * grad if needs_b else None


class Average:
    """out = (a + b) / 2; both inputs get one and the same array."""

    forward = staticmethod(lambda _ctx, a, b: (a + b) / 2)
    backward = staticmethod(lambda _ctx, grad: (grad / 2,) * 2)


def test_chain_multiplies_the_local_derivatives():
    x = StandIn([1, -2])
    backward(apply(Square, apply(Square, x)), constant([2, 0.5]))
    expect([8, -16], x.grad._data)


def test_chain_gives_each_input_its_own_share():
    a, b = StandIn([1, 2]), StandIn([3, 4])
    backward(apply(Mix, apply(Square, a), b), constant([2, -1]))
    expect([12, -12], a.grad._data)
    expect([10, -5], b.grad._data)


def test_chain_passes_a_constant_by():
    x, five = StandIn([1, 2]), constant([5, 5])
    backward(apply(Mix, five, x), constant([2, -1]))
    expect([10, -5], x.grad._data)
    assert five.grad is None


def test_chain_ends_in_the_grad_of_the_leaves():
    x = StandIn([1, 2])
    middle = apply(Square, x)
    backward(apply(Square, middle), constant([2, -1]))
    assert isinstance(x.grad, StandIn), "grad is a tensor"
    assert middle.grad is None, "only a leaf keeps its grad"


def test_shared_node_used_twice_by_one_operation():
    x = StandIn([1, 2])
    backward(apply(Mix, x, x), constant([2, -3]))
    expect([16, -24], x.grad._data)


def test_shared_node_waits_for_all_its_gradients():
    """y is reached on a short way and on a long one, from either side."""
    x = StandIn([1, -1])
    y = apply(Square, x)
    backward(apply(Mix, apply(Mix, y, apply(Square, y)), y), constant([0.5, 2]))
    expect([44, -176], x.grad._data)


def test_shared_node_is_visited_once():
    """Twelve averages of a value with itself make 4096 paths, but only twelve nodes."""
    visits = []

    class Counted(Average):
        backward = staticmethod(lambda *args: visits.append(1) or Average.backward(*args))

    x = out = StandIn([1, 2])
    for _ in range(12):
        out = apply(Counted, out, out)
    backward(out, constant([2, -3]))
    expect([2, -3], x.grad._data)
    assert len(visits) == 12


def test_shared_node_leaves_the_arrays_of_others_alone():
    """Here an operation returns one array for both inputs: adding into it would change both."""
    a, b, grad = StandIn([1, 2]), StandIn([3, 4]), constant([4, -8])
    backward(apply(Average, apply(Average, a, b), apply(Average, a, b)), grad)
    expect([2, -4], a.grad._data)
    expect([2, -4], b.grad._data)
    expect([4, -8], grad._data)


def test_shared_node_adds_to_the_grad_of_an_earlier_pass():
    a, b = StandIn([1, 2]), StandIn([3, 4])
    backward(apply(Average, a, b), constant([4, -8]))
    backward(apply(Average, a, b), constant([1, 0.5]))
    expect([2.5, -3.75], a.grad._data)
    expect([2.5, -3.75], b.grad._data)


@pytest.mark.parametrize(
    ("desired", "shape"),
    [
        ([5, 9], (2,)),
        ([[5, 9]], (1, 2)),
        ([[3], [11]], (2, 1)),
        ([14], (1,)),
        (14, ()),
        ([[1, 2], [4, 7]], (2, 2)),
    ],
)
def test_unbroadcast_of_a_square(desired, shape):
    expect(desired, unbroadcast(frozen([[1, 2], [4, 7]]), shape))


def test_unbroadcast_of_a_new_and_a_stretched_dimension():
    expect([[14], [22]], unbroadcast(frozen([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]), (2, 1)))


def test_unbroadcast_happens_on_the_way_back():
    matrix, row, scalar = StandIn([[1, 2], [3, 4]]), StandIn([5, 6]), StandIn(7)
    out = apply(Mix, apply(Mix, matrix, row), scalar)
    backward(out, constant([[2, -1], [0.5, 4]]))
    expect([[18, -9], [4.5, 36]], matrix.grad._data)
    expect([37.5, 45], row.grad._data)
    expect(27.5, scalar.grad._data)
