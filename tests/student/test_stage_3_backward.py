"""Stage 3: recording a graph and the walk back through it, on small operations of its own."""

from contextlib import contextmanager
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sinmagia.autograd import (
    Node,
    apply,
    backward,
    check_in_place,
    is_recording,
    no_grad,
    topological_order,
    unbroadcast,
    upstream_of,
)
from stand_ins import NUMBERS, StandIn, constant, expect, raises, recorded, steady


class Square:
    """out = a ** 2; its backward returns one array, not a tuple."""

    @staticmethod
    def forward(ctx, a):
        ctx.save_for_backward(a)
        return a**2

    @staticmethod
    def backward(ctx, grad):
        return 2 * ctx.saved_tensors[0] * grad


class Times:
    """out = a * b"""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.saved_tensors
        return b * grad, a * grad


class Mix:
    """out = 3 a + 5 b; an input that needs no gradient gets None."""

    @staticmethod
    def forward(ctx, a, b):
        return 3 * a + 5 * b

    @staticmethod
    def backward(ctx, grad):
        needs_a, needs_b = ctx.needs_input_grad
        return 3 * grad if needs_a else None, 5 * grad if needs_b else None


class Plus:
    """out = a + b; both inputs get one and the same array, the one that came in."""

    @staticmethod
    def forward(ctx, a, b):
        return a + b

    @staticmethod
    def backward(ctx, grad):
        return grad, grad


class Scale:
    """out = factor * a"""

    @staticmethod
    def forward(ctx, a, factor):
        ctx.factor = factor
        return factor * a

    @staticmethod
    def backward(ctx, grad):
        return ctx.factor * grad


def grad_of(tensor):
    """Give the array of a tensor's `grad`."""
    assert tensor.grad is not None, f"no gradient has reached {tensor}: its grad is None"
    assert isinstance(tensor.grad, StandIn), (
        f"grad has to be a tensor of the leaf's own kind, as leaf._wrap(array) makes it, "
        f"not {type(tensor.grad).__name__}"
    )
    return tensor.grad._data


@pytest.fixture(autouse=True)
def recording(monkeypatch):
    """Record at the start of every test, and again after it, whatever happened in it."""
    monkeypatch.setattr("sinmagia.autograd._recording", True)


@pytest.fixture
def not_recording(monkeypatch):
    """Do what `no_grad` does, before it is written."""
    monkeypatch.setattr("sinmagia.autograd._recording", False)


# Recording: what `apply` does when an operation runs


def test_record_gives_the_value_of_forward():
    expect([23, 26], apply(Mix, StandIn([1, 2]), StandIn([4, 4]))._data)


def test_record_hands_parameters_on():
    expect([2.5, -5], apply(Scale, StandIn([1, -2]), factor=2.5)._data)


def test_record_runs_forward_once():
    runs = []

    class Counted(Square):
        @staticmethod
        def forward(ctx, a):
            runs.append(a)
            return Square.forward(ctx, a)

    apply(Counted, StandIn([1, 2]))
    assert len(runs) == 1


def test_record_joins_the_result_to_the_operation_and_its_inputs():
    a, b = StandIn([1, 2]), StandIn([1, 2])
    out = apply(Mix, a, b)
    assert isinstance(out.grad_fn, Node), f"grad_fn has to be a Node, not {out.grad_fn}"
    assert out.grad_fn.op is Mix
    assert len(out.grad_fn.inputs) == 2
    assert out.grad_fn.inputs[0] is a, "the inputs have to be the tensors themselves, in order"
    assert out.grad_fn.inputs[1] is b, "the inputs have to be the tensors themselves, in order"


def test_record_keeps_what_forward_saved():
    out = apply(Square, StandIn([3, -1]))
    expect([3, -1], *out.grad_fn.ctx.saved_tensors)


def test_record_keeps_a_constant_among_the_inputs():
    """Its share of the gradient is not used; but the second share has to meet the second input."""
    two, x = constant([2, 2]), StandIn([1, 2])
    assert [id(two), id(x)] == [id(t) for t in apply(Mix, two, x).grad_fn.inputs]


@pytest.mark.parametrize("needs", [(True, True), (True, False), (False, True)])
def test_record_tells_the_operation_which_inputs_need_a_gradient(needs):
    out = apply(Mix, *(StandIn([1, 2], requires_grad) for requires_grad in needs))
    assert needs == tuple(map(bool, out.grad_fn.ctx.needs_input_grad))


@pytest.mark.parametrize("needs", [(True, True), (True, False), (False, True), (False, False)])
def test_record_makes_a_result_that_requires_a_gradient_if_an_input_does(needs):
    out = apply(Mix, *(StandIn([1, 2], requires_grad) for requires_grad in needs))
    assert any(needs) == out.requires_grad
    assert any(needs) == (out.grad_fn is not None), f"its grad_fn is {out.grad_fn}"


def test_record_makes_the_result_by_wrap():
    """A parameter's constructor wants other things than a tensor's; `_wrap` is the same for all."""

    class Special(StandIn):
        def __init__(self):
            super().__init__([1, 2])

    expect([1, 4], apply(Square, Special())._data)


# Recording nothing


def test_no_grad_stops_recording_until_the_block_ends():
    with no_grad():
        assert not is_recording()
    assert is_recording()


def test_no_grad_inside_another_leaves_the_outer_one_as_it_was():
    with no_grad():
        with no_grad():
            assert not is_recording()
        assert not is_recording(), "the outer block has not ended yet"
    assert is_recording()


def test_no_grad_makes_results_that_remember_nothing():
    with no_grad():
        out = apply(Square, StandIn([3, -1]))
    expect([9, 1], out._data)
    assert not out.requires_grad
    assert out.grad_fn is None


def test_no_grad_tells_the_operation_that_no_input_needs_a_gradient():
    contexts = []

    class Watched(Square):
        @staticmethod
        def forward(ctx, a):
            contexts.append(ctx)
            return Square.forward(ctx, a)

    with no_grad():
        apply(Watched, StandIn([3, -1]))
    assert [False] == list(map(bool, contexts[0].needs_input_grad))


def test_no_grad_after_error_records_again():
    with raises(KeyError, "that was raised inside the block"), no_grad():
        raise KeyError
    assert is_recording()


def test_no_grad_after_error_in_an_inner_block_is_still_the_outer_one():
    with no_grad():
        with raises(KeyError, "that was raised inside the block"), no_grad():
            raise KeyError
        assert not is_recording(), "the outer block has not ended yet"
    assert is_recording()


# Changes in place


def test_in_place_change_of_a_leaf_is_refused_while_recording():
    with raises(RuntimeError, "for a leaf that requires a gradient"):
        check_in_place(StandIn([1, 2]))


def test_in_place_change_of_a_result_is_refused_while_recording():
    with raises(RuntimeError, "for a tensor that requires a gradient"):
        check_in_place(recorded(Square, StandIn([1, 2])))


def test_in_place_change_of_a_constant_is_fine():
    check_in_place(constant([1, 2]))


@pytest.mark.usefixtures("not_recording")
def test_in_place_change_is_fine_while_nothing_is_recorded():
    check_in_place(StandIn([1, 2]))


# The order: each tensor after all its inputs


def order_of(root, /, **tensors):
    """Give the names of the tensors in the order that was found."""
    names = {id(tensor): name for name, tensor in tensors.items()}
    return " ".join(names.get(id(tensor), "?") for tensor in topological_order(root))


def test_topological_order_of_a_chain_begins_with_the_leaf():
    x = StandIn([1, 2])
    a = recorded(Square, x)
    b = recorded(Square, a)
    root = recorded(Square, b)
    assert order_of(root, x=x, a=a, b=b, root=root) == "x a b root"


def test_topological_order_of_a_leaf_is_the_leaf():
    x = StandIn([1, 2])
    assert order_of(x, x=x) == "x"


def test_topological_order_names_a_tensor_used_twice_once():
    x = StandIn([1, 2])
    root = recorded(Times, x, x)
    assert order_of(root, x=x, root=root) == "x root"


def test_topological_order_of_a_diamond_names_both_sides_before_the_root():
    x = StandIn([1, 2])
    a, b = recorded(Square, x), recorded(Scale, x, factor=3)
    root = recorded(Times, a, b)
    assert order_of(root, x=x, a=a, b=b, root=root) in {"x a b root", "x b a root"}


@pytest.mark.parametrize("short_way_first", [True, False])
def test_topological_order_puts_a_tensor_before_all_that_use_it(short_way_first):
    """The root is made from a, and from b and c, which are made from a as well."""
    x = StandIn([1, 2])
    a = recorded(Square, x)
    b = recorded(Square, a)
    c = recorded(Square, b)
    root = recorded(Times, *((a, c) if short_way_first else (c, a)))
    assert order_of(root, x=x, a=a, b=b, c=c, root=root) == "x a b c root"


def test_topological_order_leaves_constants_out():
    x, two = StandIn([1, 2]), constant([2, 2])
    root = recorded(Times, recorded(Times, two, x), two)
    a = root.grad_fn.inputs[0]
    assert order_of(root, x=x, two=two, a=a, root=root) == "x a root"


def test_topological_order_leaves_out_what_the_root_is_not_made_from():
    x, y = StandIn([1, 2]), StandIn([1, 2])
    a = recorded(Square, x)
    after, beside = recorded(Times, a, y), recorded(Square, x)
    assert order_of(a, x=x, y=y, a=a, after=after, beside=beside) == "x a"


def test_topological_order_tells_tensors_of_equal_values_apart():
    """`==` compares values, so it cannot say whether two tensors are the same one."""
    x, y = StandIn(2), StandIn(2)
    root = recorded(Times, x, y)
    assert order_of(root, x=x, y=y, root=root) in {"x y root", "y x root"}


# A graph is drawn as a plan: each step joins two of the tensors so far, given by their numbers.
STEPS = st.tuples(st.sampled_from((Mix, Times)), st.integers(0, 9), st.integers(0, 9))
PLANS = st.lists(STEPS, min_size=1, max_size=5)


def follow(plan, run, start):
    """List all that the plan makes, from `start` on."""
    made = [start]
    for op, i, j in plan:
        made.append(run(op, made[i % len(made)], made[j % len(made)]))
    return made


@steady
@given(plan=PLANS)
def test_topological_order_of_any_graph_puts_inputs_first(plan):
    made = follow(plan, recorded, StandIn([1, 2]))
    order = [id(tensor) for tensor in topological_order(made[-1])]
    assert len(order) == len(set(order)), "a tensor came twice"
    assert order[-1] == id(made[-1]), "the root has to come last"
    for place, tensor in enumerate(topological_order(made[-1])):
        for parent in tensor.grad_fn.inputs if tensor.grad_fn else ():
            assert id(parent) in order[:place], "a tensor came before one of its inputs"


def impatient(length, ways):
    """Make `length` operations, each on `ways` times the result of the one before it.

    Its tensors count how often they are asked where they come from, and give up in the end.
    """
    asked, start = 0, perf_counter()

    class Impatient(StandIn):
        _data, requires_grad = np.array(0.0), True

        def __init__(self, node=None):
            self.node = node

        @property
        def grad_fn(self):
            nonlocal asked
            asked += 1
            assert asked <= 20 * length, (
                f"in a graph of {length + 1} tensors, grad_fn was read {asked} times: "
                "a tensor that was seen already must not be walked through again"
            )
            assert asked % 1000 or perf_counter() < start + 5, (
                f"{length} operations took longer than 5 seconds: "
                "the time to find out whether a tensor was seen must not grow with their number"
            )
            return self.node

    root = Impatient()
    for _ in range(length):
        root = Impatient(Node(None, None, (root,) * ways))
    return root


@contextmanager
def without_recursion():
    """Say what it means that Python's stack of calls was full."""
    __tracebackhide__ = True
    try:
        yield
    except RecursionError:
        pytest.fail(
            "RecursionError: a function calls itself for every operation, and Python allows about "
            "a thousand such calls; a list of what is still to do has no such limit",
            pytrace=False,
        )


def test_wide_ladder_of_40_doublings_visits_41_tensors():
    """There are 2**40 ways through it, more than anyone can walk."""
    root = impatient(40, ways=2)
    assert len(topological_order(root)) == 41


def test_deep_chain_of_20_000_operations_is_no_deeper_than_others():
    for length in (10, 20_000):
        root = impatient(length, ways=1)
        with without_recursion():
            assert len(topological_order(root)) == length + 1


def test_deep_chain_is_walked_back():
    x = out = StandIn([1, -2])
    for _ in range(2000):
        out = recorded(Plus, out, constant([1, 1]))
    with without_recursion():
        backward(out, constant([2, 0.5]))
    expect([2, 0.5], grad_of(x))


# Where the walk begins


@pytest.mark.parametrize("values", [5, [5], [[5]]])
def test_upstream_of_a_single_value_is_one(values):
    """The derivative of a number with respect to itself; in the shape of the root."""
    expect(np.ones_like(values), upstream_of(StandIn(values), None))


def test_upstream_that_is_given_is_used():
    expect([2, -3], upstream_of(StandIn([5, 6]), constant([2, -3])))


def test_upstream_that_is_given_is_used_for_a_single_value_too():
    expect(-3, upstream_of(StandIn(5), constant(-3)))


@pytest.mark.parametrize("gradient", [None, constant(2)])
def test_upstream_has_the_type_of_the_root(gradient):
    assert upstream_of(StandIn(np.array(5, np.float32)), gradient).dtype == np.float32


@pytest.mark.parametrize("values", [2, [2], [2, 3, 4], [[2, 3]]])
def test_upstream_of_another_shape_is_refused(values):
    """Even if it could be broadcast: each value of the root has a gradient of its own."""
    with raises(RuntimeError, f"for a gradient of shape {np.shape(values)} and a root of (2,)"):
        upstream_of(StandIn([5, 6]), constant(values))


@pytest.mark.parametrize("values", [[5, 6], [[5, 6], [7, 8]]])
def test_backward_of_many_values_needs_a_gradient(values):
    with raises(RuntimeError, f"for a root of shape {np.shape(values)} without a gradient"):
        upstream_of(StandIn(values), None)


@pytest.mark.parametrize("gradient", [None, constant(2)])
def test_backward_of_constant_is_refused(gradient):
    with raises(RuntimeError, "for a root that does not require a gradient"):
        upstream_of(constant(5), gradient)


# Along one road


def test_chain_multiplies_the_local_derivatives():
    """The derivative of x**4 is 4 x**3."""
    x = StandIn([1, -2])
    backward(recorded(Square, recorded(Square, x)), constant([2, 0.5]))
    expect([8, -16], grad_of(x))


def test_chain_from_a_single_value_needs_no_gradient():
    x = StandIn(3)
    backward(recorded(Scale, recorded(Square, x), factor=5))
    expect(30, grad_of(x))


def test_chain_of_different_operations_is_walked_from_the_end():
    """The derivative of 5 (x**2)**2 is 20 x**3; the operation that ran last comes first."""
    walked = []

    def watched(name, op):
        def walk(ctx, grad):
            walked.append(name)
            return op.backward(ctx, grad)

        return type(name, (op,), {"backward": staticmethod(walk)})

    x = StandIn([1, -2])
    out = recorded(watched("first", Square), x)
    out = recorded(watched("second", Square), out)
    out = recorded(watched("third", Scale), out, factor=5)
    backward(out, constant([2, 0.5]))
    expect([40, -80], grad_of(x))
    assert walked == ["third", "second", "first"]


def test_chain_gives_each_input_its_own_share():
    a, b = StandIn([1, 2]), StandIn([3, 4])
    backward(recorded(Mix, recorded(Square, a), b), constant([2, -1]))
    expect([12, -12], grad_of(a))
    expect([10, -5], grad_of(b))


@pytest.mark.parametrize("op", [Mix, Times])
def test_chain_passes_a_constant_by(op):
    """Mix gives it None; Times gives it a gradient, which nobody needs."""
    x, five = StandIn([1, 2]), constant([5, 5])
    backward(recorded(op, five, x), constant([2, -1]))
    expect([10, -5], grad_of(x))
    assert five.grad is None, "a constant requires no gradient and gets none"


def test_chain_ends_in_a_gradient_that_is_a_constant():
    x = StandIn([1, 2])
    backward(recorded(Square, x), constant([2, -1]))
    grad_of(x)
    assert x.grad.requires_grad is False
    assert x.grad.grad_fn is None


def test_chain_that_is_only_a_leaf_gives_it_the_gradient():
    x = StandIn([1, 2])
    backward(x, constant([2, -1]))
    expect([2, -1], grad_of(x))


def test_chain_gives_a_leaf_a_gradient_of_its_own_type():
    class Wide(Square):
        @staticmethod
        def backward(ctx, grad):
            return Square.backward(ctx, grad).astype(np.float64)

    x = StandIn(np.array([1, 2], np.float32))
    backward(recorded(Wide, x), constant([2, -1]))
    expect([4, -4], grad_of(x))
    assert grad_of(x).dtype == np.float32


def test_chain_never_repeats_forward():
    runs = []

    class Counted(Square):
        @staticmethod
        def forward(ctx, a):
            runs.append(a)
            return Square.forward(ctx, a)

    backward(recorded(Counted, StandIn([1, 2])), constant([2, -1]))
    assert len(runs) == 1


# A tensor that is used several times


def test_shared_node_used_twice_by_one_operation():
    """Here out = x + x: what comes back comes twice."""
    x = StandIn([1, 2])
    backward(recorded(Plus, x, x), constant([2, -3]))
    expect([4, -6], grad_of(x))


def test_shared_node_used_twice_with_different_shares():
    x = StandIn([1, 2])
    backward(recorded(Mix, x, x), constant([2, -3]))
    expect([16, -24], grad_of(x))


def test_shared_node_used_three_times():
    """The derivative of x * x * x is 3 x**2; to meet a tensor again is no cycle."""
    x = StandIn([2, -1])
    backward(recorded(Times, recorded(Times, x, x), x), constant([1, 0.5]))
    expect([12, 1.5], grad_of(x))


def test_shared_node_sums_before_it_passes_on():
    """With b = a + a and c = b + b, every step doubles."""
    a = StandIn([1, 2])
    b = recorded(Plus, a, a)
    backward(recorded(Plus, b, b), constant([1, -3]))
    expect([4, -12], grad_of(a))


def test_shared_node_is_visited_once():
    """Twelve doublings make 4096 ways, but only twelve nodes."""
    visits = []

    class Counted(Plus):
        @staticmethod
        def backward(ctx, grad):
            visits.append(grad)
            return Plus.backward(ctx, grad)

    x = out = StandIn([1, 2])
    for _ in range(12):
        out = recorded(Counted, out, out)
    backward(out, constant([2, -3]))
    expect([8192, -12288], grad_of(x))
    assert len(visits) == 12, "there are as many visits as nodes, the root's among them"


def test_diamond_adds_what_comes_from_both_sides():
    """Here out = x**2 * 3x, whose derivative is 9 x**2."""
    x = StandIn([1, -2])
    backward(recorded(Times, recorded(Square, x), recorded(Scale, x, factor=3)), constant([2, 0.5]))
    expect([18, 18], grad_of(x))


def test_diamond_after_a_diamond():
    """What reaches the middle is sent on once, as one sum: y = 8 x**2 and out = 8 y**2."""
    x = StandIn([1, -2])
    middle = recorded(Mix, recorded(Square, x), recorded(Square, x))
    out = recorded(Mix, recorded(Square, middle), recorded(Square, middle))
    backward(out, constant([1, 0.25]))
    expect([2048, -4096], grad_of(x))


@steady
@given(
    plan=PLANS,
    x=arrays(float, 2, elements=st.sampled_from((0.25, 0.5, 2.0, 3.0))),
    grad=arrays(float, 2, elements=NUMBERS),
)
def test_diamond_of_any_form_foretells_a_nudge(plan, x, grad):
    """Nudge x to both sides: the last value moves as the gradient says."""
    plain = {Mix: lambda a, b: 3 * a + 5 * b, Times: lambda a, b: a * b}
    h = 1e-5
    ahead, behind = (follow(plan, lambda op, a, b: plain[op](a, b), x + s)[-1] for s in (h, -h))

    leaf = StandIn(x)
    backward(follow(plan, recorded, leaf)[-1], constant(grad))
    expect((ahead - behind) / (2 * h) * grad, grad_of(leaf))


@pytest.mark.parametrize(("share", "short_way_first"), [([116, 148], True), ([76, 92], False)])
def test_skip_path_waits_for_the_long_way(share, short_way_first):
    """From y = x**2 to the root leads a short way, and a long one through y**2."""
    x = StandIn([1, 2])
    y = recorded(Square, x)
    long = recorded(Mix, recorded(Square, y), y)
    backward(recorded(Mix, *((y, long) if short_way_first else (long, y))), constant([1, 0.25]))
    expect(share, grad_of(x))


@pytest.mark.parametrize("short_way_first", [True, False])
def test_skip_path_from_the_leaf_past_three_operations(short_way_first):
    """Here out = x + x**8, or x**8 + x."""
    x = StandIn([1, -1])
    long = recorded(Square, recorded(Square, recorded(Square, x)))
    backward(recorded(Plus, *((x, long) if short_way_first else (long, x))), constant([2, 3]))
    expect([18, -21], grad_of(x))


# Undoing a broadcast


class Counting(np.ndarray):
    """An array that counts its sums: a loop which waits for a shape that never comes is ended."""

    sums = 0

    def sum(self, axis=None, **options):
        Counting.sums += 1
        assert Counting.sums <= 50, "summed 50 times and not done: what does the loop wait for?"
        axis = None if self.ndim == 0 else axis  # like NumPy's numbers, it may be summed again
        return super().sum(axis=axis, **options)


def counting(values):
    """Make an array that counts its sums from now on."""
    Counting.sums = 0
    return np.array(values, dtype=float).view(Counting)


class Spread(Plus):
    """out = a + b, of different shapes"""

    @staticmethod
    def backward(ctx, grad):
        return counting(grad), counting(grad)


GRAD = np.array([[1, 2, 4, 8], [3, 6, 9, 12], [-5, 0, 5, 10]])  # (3, 4)


def test_unbroadcast_new_leading_dimension_is_summed():
    expect([-1, 8, 18, 30], unbroadcast(counting(GRAD), (4,)))


@pytest.mark.parametrize(
    ("desired", "shape"), [([12, -4, 7], (3,)), ([[4, -2, 4], [8, -2, 3]], (2, 3))]
)
def test_unbroadcast_new_leading_dimensions_of_a_batch(desired, shape):
    grad = counting([[[1, -2, 3], [4, 5, -6]], [[3, 0, 1], [4, -7, 9]]])
    expect(desired, unbroadcast(grad, shape))


@pytest.mark.parametrize("shape", [(3, 4), (4,), (1, 4), ()])
def test_unbroadcast_new_of_an_equal_shape_changes_nothing(shape):
    grad = np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape)
    expect(grad, unbroadcast(counting(grad), shape))


def test_unbroadcast_new_happens_on_the_way_back():
    matrix, row = StandIn(np.zeros((3, 4))), StandIn([5, 6, 7, 8])
    backward(recorded(Spread, matrix, row), constant(GRAD))
    expect(GRAD, grad_of(matrix))
    expect([-1, 8, 18, 30], grad_of(row))


@pytest.mark.parametrize(
    ("desired", "shape"),
    [([[15], [30], [10]], (3, 1)), ([[-1, 8, 18, 30]], (1, 4)), ([[55]], (1, 1)), ([55], (1,))],
)
def test_unbroadcast_ones_keeps_a_dimension_of_length_one(desired, shape):
    expect(desired, unbroadcast(counting(GRAD), shape))


def test_unbroadcast_ones_between_longer_ones():
    grad = counting([[[1, -2, 3], [4, 5, -6]], [[3, 0, 1], [4, -7, 9]]])
    expect([[[5, 3, -3]], [[7, -7, 10]]], unbroadcast(grad, (2, 1, 3)))


def test_unbroadcast_ones_after_a_new_dimension():
    grad = counting([[[1, -2, 3], [4, 5, -6]], [[3, 0, 1], [4, -7, 9]]])
    expect([[6], [9]], unbroadcast(grad, (2, 1)))


def test_unbroadcast_ones_happens_on_the_way_back():
    column, row = StandIn([[1], [2], [3]]), StandIn([[5, 6, 7, 8]])
    backward(recorded(Spread, column, row), constant(GRAD))
    expect([[15], [30], [10]], grad_of(column))
    expect([[-1, 8, 18, 30]], grad_of(row))


@pytest.mark.parametrize("grad", [GRAD, [25, 30], [55], [[55]], 55])
def test_unbroadcast_scalar_gets_the_sum_of_all(grad):
    expect(55, unbroadcast(counting(grad), ()))


def test_unbroadcast_scalar_happens_on_the_way_back():
    scalar, matrix = StandIn(7), StandIn(np.zeros((3, 4)))
    backward(recorded(Spread, scalar, matrix), constant(GRAD))
    expect(55, grad_of(scalar))
    expect(GRAD, grad_of(matrix))


# What stays in `grad`


def test_accumulate_adds_to_the_grad_of_an_earlier_pass():
    a, b = StandIn([1, 2]), StandIn([3, 4])
    backward(recorded(Mix, a, b), constant([2, -1]))
    backward(recorded(Times, a, b), constant([1, 0.5]))
    expect([9, -1], grad_of(a))
    expect([11, -4], grad_of(b))


def test_accumulate_adds_to_a_grad_that_was_set():
    x = StandIn([1, 2], grad=constant([100, 200]))
    backward(recorded(Square, x), constant([2, -1]))
    expect([104, 196], grad_of(x))


def test_accumulate_starts_anew_after_none():
    x = StandIn([1, 2])
    backward(recorded(Square, x), constant([2, -1]))
    x.grad = None
    backward(recorded(Square, x), constant([1, 3]))
    expect([2, 12], grad_of(x))


def test_leaf_only_keeps_its_grad():
    x = StandIn([1, 2])
    middle = recorded(Square, x)
    root = recorded(Square, middle)
    backward(root, constant([2, -1]))
    expect([8, -32], grad_of(x))
    assert middle.grad is None, "only a leaf keeps its grad; this one was made by an operation"
    assert root.grad is None, "only a leaf keeps its grad; the root was made by an operation"


def test_retain_grad_keeps_the_grad_in_the_middle():
    """`middle.retain_grad()` sets `retains_grad`; what has reached it from all sides is kept."""
    x = StandIn([1, 2])
    middle = recorded(Square, x)
    middle.retains_grad = True
    backward(recorded(Mix, middle, middle), constant([2, -1]))
    expect([16, -8], grad_of(middle))
    expect([32, -32], grad_of(x))


def test_retain_grad_of_the_root_keeps_the_upstream_gradient():
    root = recorded(Square, StandIn([1, 2]))
    root.retains_grad = True
    backward(root, constant([2, -1]))
    expect([2, -1], grad_of(root))


def test_unused_branch_adds_nothing():
    """From x come also results that the root is not made from."""
    x = StandIn([1, 2])
    root, beside = recorded(Square, x), recorded(Scale, x, factor=100)
    backward(root, constant([2, -1]))
    expect([4, -4], grad_of(x))
    assert beside.grad is None


def test_unused_branch_leaves_the_grad_of_its_leaf_none():
    x, unused = StandIn([1, 2]), StandIn([3, 4])
    root, beside = recorded(Square, x), recorded(Times, x, unused)
    backward(root, constant([2, -1]))
    expect([4, -4], grad_of(x))
    assert beside.grad is None
    assert unused.grad is None, "None says that the root does not depend on it; zeros would not"


def test_unused_branch_ends_at_a_constant():
    x, five = StandIn([1, 2]), constant([5, 5])
    backward(recorded(Times, x, five), constant([2, -1]))
    expect([10, -5], grad_of(x))
    assert five.grad is None, "a constant is no variable: nobody asks for its gradient"


def test_unused_branch_after_the_root_is_not_walked():
    x = StandIn([1, 2])
    root = recorded(Square, x)
    after = recorded(Times, root, root)
    backward(root, constant([2, -1]))
    expect([4, -4], grad_of(x))
    assert after.grad is None


# Arrays belong to someone


def test_arrays_of_others_are_not_added_into():
    """Plus gives one array to both its inputs; what is added for one must not reach the other."""
    u, w = StandIn([1, 2]), StandIn([3, 4])
    backward(recorded(Plus, u, recorded(Plus, u, w)), constant([4, -8]))
    expect([8, -16], grad_of(u))
    expect([4, -8], grad_of(w))


def test_arrays_of_others_are_not_added_into_from_the_other_side():
    u, w = StandIn([1, 2]), StandIn([3, 4])
    backward(recorded(Plus, recorded(Plus, w, u), u), constant([4, -8]))
    expect([8, -16], grad_of(u))
    expect([4, -8], grad_of(w))


def test_arrays_of_others_include_the_gradient_that_was_given():
    x, gradient = StandIn([1, 2]), constant([4, -8])
    backward(recorded(Plus, x, recorded(Plus, x, x)), gradient)
    expect([12, -24], grad_of(x))
    expect([4, -8], gradient._data)


def test_arrays_of_others_include_what_an_operation_has_saved():
    """An operation may hand out an array that it needs again for the next pass."""

    class Weigh:
        """out = the sum of factor * a"""

        @staticmethod
        def forward(ctx, a, factor):
            ctx.save_for_backward(factor)
            return (a * factor).sum()

        @staticmethod
        def backward(ctx, grad):
            return ctx.saved_tensors[0]

    x = StandIn([1, 2])
    out = recorded(Weigh, x, factor=np.array([3.0, 5.0]))
    for _ in range(3):
        backward(out, retain_graph=True)
    expect([9, 15], grad_of(x))


def test_arrays_of_others_are_not_kept_as_a_grad():
    """Whoever changes one gradient in place, as in clipping, changes no other."""
    a, b, gradient = StandIn([1, 2]), StandIn([3, 4]), constant([4, -8])
    backward(recorded(Plus, a, b), gradient)
    grad_of(a)[0] = 99
    expect([99, -8], grad_of(a))
    expect([4, -8], grad_of(b))
    expect([4, -8], gradient._data)


# Once used, the graph is freed


def test_freed_graph_cannot_be_walked_again():
    out = recorded(Square, StandIn([1, 2]))
    backward(out, constant([2, -1]))
    with raises(RuntimeError, "for a second backward through the same graph"):
        backward(out, constant([2, -1]))


def test_freed_graph_keeps_no_array_of_any_operation():
    x = StandIn([1, 2])
    middle = recorded(Square, x)
    root = recorded(Times, middle, middle)
    backward(root, constant([2, -1]))
    for tensor in (root, middle):
        with raises(RuntimeError, "when saved arrays are asked for after the pass"):
            assert tensor.grad_fn.ctx.saved_tensors is None


def test_freed_graph_is_freed_for_others_that_share_it():
    x = StandIn([1, 2])
    middle = recorded(Square, x)
    one, other = recorded(Scale, middle, factor=2), recorded(Scale, middle, factor=3)
    backward(one, constant([2, -1]))
    with raises(RuntimeError, "for a graph whose lower part is freed"):
        backward(other, constant([2, -1]))


def test_freed_graph_without_saved_arrays_may_be_walked_again():
    """There was nothing to free, so nothing is missing."""
    x = StandIn([1, 2])
    out = recorded(Scale, x, factor=3)
    for _ in range(2):
        backward(out, constant([2, -1]))
    expect([12, -6], grad_of(x))


def test_retain_graph_allows_a_second_pass_which_adds():
    x = StandIn([1, 2])
    out = recorded(Square, recorded(Square, x))
    backward(out, constant([2, -1]), retain_graph=True)
    backward(out, constant([1, 0.5]))
    expect([12, -16], grad_of(x))


def test_retain_graph_holds_until_a_pass_without_it():
    out = recorded(Square, StandIn([1, 2]))
    backward(out, constant([2, -1]), retain_graph=True)
    backward(out, constant([2, -1]))
    with raises(RuntimeError, "for a third backward, after a second one without retain_graph"):
        backward(out, constant([2, -1]))


# All of it at once


def test_any_graph_under_two_roots_adds_up_what_both_send():
    """A row is broadcast, its square is shared by two roots, and keeps its gradient as asked."""
    row, matrix, unused = StandIn([1, 2]), StandIn([[1, 2], [3, 4]]), StandIn([5, 6])
    shared = recorded(Square, row)
    shared.retains_grad = True
    first, second = recorded(Spread, matrix, shared), recorded(Mix, shared, row)
    recorded(Times, shared, unused)
    backward(first, constant([[1, -1], [2, 5]]), retain_graph=True)
    backward(second, constant([3, 0.5]))
    expect([[1, -1], [2, 5]], grad_of(matrix))
    expect([12, 5.5], grad_of(shared))
    expect([39, 24.5], grad_of(row))
    assert unused.grad is None, "no root depends on it"
