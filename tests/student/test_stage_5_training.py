"""Stage 5: optimisers on plain arrays, mini-batches, the loop, and the whole package at the end."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sinmagia import nn, no_grad, tensor
from sinmagia.datasets import moons
from sinmagia.optim import SGD, Adam
from sinmagia.training import accuracy, minibatches, train, train_step
from stand_ins import StandIn, constant, expect, frozen, steady


@pytest.fixture(autouse=True)
def seeded():
    """Begin every test with the same random numbers; afterwards all is as before."""
    state = np.random.get_state()
    np.random.seed(0)
    yield
    np.random.set_state(state)


# Optimisers. The numbers of three steps are PyTorch's.

GRADIENTS = (([10, -20], [4]), ([-3, 5], [8]), ([0.5, 2], [-1]))  # of weights and bias


def walk(optimiser, gradients=GRADIENTS, **options):
    """Take a step with each pair of gradients; list weights and bias after every step, in a row."""
    weights, bias = StandIn([1, 2]), StandIn([3])
    optimiser = optimiser([weights, bias], **options)
    rows = []
    for of_weights, of_bias in gradients:
        weights.grad = constant(of_weights)
        bias.grad = None if of_bias is None else constant(of_bias)
        optimiser.step()
        rows.append([*weights._data, *bias._data])
    return rows


@pytest.fixture
def p():
    """A parameter with a gradient."""
    return StandIn([1, 2], grad=constant([10, -20]))


def test_sgd_step_goes_against_the_gradient(p):
    SGD([p], lr=0.1).step()
    expect([0, 4], p._data)


def test_sgd_step_of_two_parameters_three_times():
    expect([[0, 4, 2.6], [0.3, 3.5, 1.8], [0.25, 3.3, 1.9]], walk(SGD, lr=0.1))


def test_sgd_step_three_times_downhill(p):
    """The gradient of p**2 is 2 p: with lr 0.25 every step halves p."""
    optimiser = SGD([p], lr=0.25)
    for _ in range(3):
        p.grad = constant(2 * p._data)
        optimiser.step()
    expect([0.125, 0.25], p._data)


def test_sgd_step_changes_the_array_in_place(p):
    """Whoever else holds the parameter's array sees the step too, as with tied weights."""
    array = p._data
    SGD([p], lr=0.1).step()
    expect([0, 4], array)
    assert p._data is array, "the parameter has to keep its array"


def test_sgd_step_passes_a_parameter_without_gradient_by(p):
    unused, last = StandIn([1, 2]), StandIn([1, 2], grad=constant([1, 1]))
    SGD([unused, p, last], lr=0.1).step()
    expect([1, 2], unused._data)
    expect([0, 4], p._data)
    expect([0.9, 1.9], last._data)


def test_sgd_step_is_not_recorded_and_leaves_the_gradient(p):
    SGD([p], lr=0.1).step()
    assert p.requires_grad
    assert p.grad_fn is None
    expect([10, -20], p.grad._data)


def test_sgd_step_leaves_a_parameter_its_type():
    p = StandIn(np.array([1, 2], np.float32), grad=constant(np.array([10, -20], np.float32)))
    SGD([p], lr=0.1).step()
    assert p._data.dtype == np.float32


def test_sgd_weight_decay_adds_a_part_of_the_weights():
    direction = SGD([StandIn([1, 2])], weight_decay=0.5).decayed(frozen([1, 2]), frozen([10, -20]))
    expect([10.5, -19], direction)


def test_sgd_weight_decay_leaves_the_gradient_as_it_is():
    p, grad = np.array([1.0, 2.0]), np.array([10.0, -20.0])
    SGD([StandIn([1, 2])], weight_decay=0.5).decayed(p, grad)
    expect([10, -20], grad)
    expect([1, 2], p)


def test_sgd_weight_decay_three_steps():
    desired = [[-0.02, 3.96, 2.54], [0.2804, 3.3808, 1.6892], [0.224792, 3.113184, 1.755416]]
    expect(desired, walk(SGD, lr=0.1, weight_decay=0.2))


def test_sgd_momentum_begins_with_the_gradient():
    expect([10, -20], SGD([StandIn([1, 2])], momentum=0.5).velocity(0, frozen([10, -20])))


def test_sgd_momentum_keeps_a_part_of_the_velocity_before():
    """Each velocity is half the one before plus the gradient."""
    optimiser = SGD([StandIn([1, 2])], momentum=0.5)
    optimiser.velocity(0, frozen([10, -20]))
    expect([2, -5], optimiser.velocity(0, frozen([-3, 5])))
    expect([1.5, -0.5], optimiser.velocity(0, frozen([0.5, 2])))


def test_sgd_momentum_is_each_parameters_own():
    optimiser = SGD([StandIn([1, 2]), StandIn(3)], momentum=0.5)
    optimiser.velocity(0, frozen([10, -20]))
    expect(4, optimiser.velocity(1, frozen(4)))
    expect([5, -10], optimiser.velocity(0, frozen([0, 0])))


def test_sgd_momentum_remembers_numbers_not_the_array_of_the_gradient():
    """The gradient belongs to others, who may clear it in place before the next step."""
    optimiser, grad = SGD([StandIn([1, 2])], momentum=0.5), np.array([10.0, -20.0])
    optimiser.velocity(0, grad)
    grad[:] = 0
    expect([5, -10], optimiser.velocity(0, frozen([0, 0])))


@pytest.mark.parametrize(
    ("momentum", "desired"),
    [
        (0.5, [[0, 4, 2.6], [-0.2, 4.5, 1.6], [-0.35, 4.55, 1.2]]),
        (0.9, [[0, 4, 2.6], [-0.6, 5.3, 1.44], [-1.19, 6.27, 0.496]]),
    ],
)
def test_sgd_momentum_three_steps(momentum, desired):
    expect(desired, walk(SGD, lr=0.1, momentum=momentum))


def test_sgd_momentum_begins_when_the_first_gradient_comes():
    gradients = (([10, -20], None), ([-3, 5], [8]), ([0.5, 2], [-1]))
    desired = [[0, 4, 3], [-0.2, 4.5, 2.2], [-0.35, 4.55, 1.9]]
    expect(desired, walk(SGD, gradients, lr=0.1, momentum=0.5))


def test_sgd_momentum_after_weight_decay():
    desired = [[-0.02, 3.96, 2.54], [-0.2296, 4.3608, 1.4592], [-0.379808, 4.273984, 0.989616]]
    expect(desired, walk(SGD, lr=0.1, momentum=0.5, weight_decay=0.2))


def test_adam_step_is_at_first_as_long_as_lr(p):
    """However large the gradient: m / sqrt(v) is 1 or -1 once both are corrected for t = 1."""
    Adam([p], lr=0.1).step()
    expect([0.9, 2.1], p._data)


def test_adam_step_three_times():
    desired = [
        [0.9, 2.1, 2.9],
        [0.857215141, 2.146946817, 2.803481798],
        [0.821121470, 2.176892556, 2.736437614],
    ]
    expect(desired, walk(Adam, lr=0.1))


def test_adam_step_with_other_betas_and_a_large_eps():
    """It is added after the square root."""
    desired = [
        [0.904761905, 2.097560976, 2.911111111],
        [0.887487162, 2.120183048, 2.814822654],
        [0.873755283, 2.122589551, 2.774286228],
    ]
    expect(desired, walk(Adam, lr=0.1, betas=(0.5, 0.9), eps=0.5))


def test_adam_step_counts_for_each_parameter_the_gradients_it_had():
    """The bias has none in the first and third step."""
    gradients = (([10, -20], None), ([-3, 5], [8]), ([0.5, 2], None), ([0.5, 2], [-1]))
    desired = [
        [0.904761905, 2.097560976, 3],
        [0.887487162, 2.120183048, 2.905882353],
        [0.873755283, 2.122589551, 2.905882353],
        [0.861278211, 2.113383233, 2.872843980],
    ]
    expect(desired, walk(Adam, gradients, lr=0.1, betas=(0.5, 0.9), eps=0.5))


def test_adam_step_changes_the_array_in_place(p):
    """Whoever else holds the parameter's array sees the step too, as with tied weights."""
    array = p._data
    Adam([p], lr=0.1).step()
    expect([0.9, 2.1], array)
    assert p._data is array, "the parameter has to keep its array"


def test_adam_step_is_not_recorded_and_leaves_the_gradient(p):
    Adam([p], lr=0.1).step()
    assert p.requires_grad
    assert p.grad_fn is None
    expect([10, -20], p.grad._data)


def test_adam_step_with_a_gradient_of_zero_stays():
    p = StandIn([1, 2], grad=constant([0, 0]))
    Adam([p], lr=0.1).step()
    expect([1, 2], p._data)


def test_adam_step_leaves_a_parameter_its_type():
    p = StandIn(np.array([1, 2], np.float32), grad=constant(np.array([10, -20], np.float32)))
    Adam([p], lr=0.1).step()
    assert p._data.dtype == np.float32


# Mini-batches

ROWS = np.arange(10)
ROWS.flags.writeable = False


def batches(*arrays, **options):
    """List the mini-batches, each a tuple of lists."""
    tensors = [part if isinstance(part, StandIn) else constant(part) for part in arrays]
    return [tuple(part.tolist() for part in batch) for batch in minibatches(*tensors, **options)]


def test_minibatches_in_order_with_a_smaller_last_one():
    desired = [([0, 1, 2, 3],), ([4, 5, 6, 7],), ([8, 9],)]
    assert batches(ROWS, batch_size=4, shuffle=False) == desired


def test_minibatches_of_equal_size_with_none_left_over():
    assert [5, 5] == [len(part) for (part,) in batches(ROWS, batch_size=5)]


def test_minibatches_larger_than_the_data_are_one():
    assert batches(ROWS, batch_size=100, shuffle=False) == [(ROWS.tolist(),)]


def test_minibatches_hold_the_same_rows_of_each_array():
    points = np.array([[0, 1], [10, 11], [20, 21]])
    found = batches(points, ROWS[:3], batch_size=2, shuffle=False)
    assert found == [([[0, 1], [10, 11]], [0, 1]), ([[20, 21]], [2])]


@steady
@given(length=st.integers(1, 12), batch_size=st.integers(1, 14), shuffle=st.booleans())
def test_minibatches_bring_every_row_once(length, batch_size, shuffle):
    found = [part for (part,) in batches(np.arange(length), batch_size=batch_size, shuffle=shuffle)]
    assert sorted(chain(*found)) == list(range(length))
    assert all(len(part) == batch_size for part in found[:-1]), "only the last one may be smaller"
    assert 0 < len(found[-1]) <= batch_size


def order(rows=100, **options):
    """Give the order in which rows come."""
    return [row for (part,) in batches(np.arange(rows), batch_size=10, **options) for row in part]


def test_minibatches_shuffle_the_rows():
    assert order() != sorted(order())
    assert order(shuffle=False) == sorted(order())


def test_minibatches_shuffle_anew_each_time():
    assert order() != order()


def test_minibatches_shuffle_rows_among_batches():
    """To shuffle the batches, or the rows inside them, leaves the same rows together."""
    parts = [sorted(part) for (part,) in batches(np.arange(100), batch_size=10)]
    assert any(part[-1] - part[0] > 9 for part in parts), f"neighbours stay together: {parts}"


def test_minibatches_shuffle_data_and_labels_together():
    labels = 10 * ROWS
    for rows, same in batches(ROWS, labels, batch_size=4):
        assert same == [10 * row for row in rows]


def test_minibatches_shuffle_with_the_random_numbers_of_numpy():
    """The same seed brings the same order back."""
    np.random.seed(7)
    before = order()
    np.random.seed(7)
    assert before == order()


def test_minibatches_shuffle_leaves_the_data_as_they_are():
    data = np.arange(10)
    batches(data, batch_size=4)
    assert data.tolist() == list(range(10))


# The loop


class Loss:
    """A loss with a value, which tells when its backward is called."""

    def __init__(self, value, backward=lambda: None):
        self.value = value
        self.backward = backward

    def item(self):
        return float(self.value)

    __float__ = item


class Script:
    """A model and an optimiser in one, which write down what is called, in order."""

    def __init__(self):
        self.calls = []

    def __call__(self, inputs):
        self.calls.append(f"model({inputs})")
        return "scores"

    def loss(self, scores, targets):
        self.calls.append(f"loss({scores}, {targets})")
        return Loss(2.5, lambda: self.calls.append("backward"))

    def zero_grad(self):
        self.calls.append("zero_grad")

    def step(self):
        self.calls.append("step")

    def play(self):
        """Take one step of training; list what it called."""
        train_step(self, self.loss, self, "inputs", "targets")
        return self.calls


def test_train_step_goes_forward_and_backward_and_takes_the_step():
    calls = [call for call in Script().play() if call != "zero_grad"]
    assert calls == ["model(inputs)", "loss(scores, targets)", "backward", "step"]


def test_train_step_forgets_the_old_gradients_before_new_ones_come():
    calls = Script().play()
    assert "zero_grad" in calls, "the old gradients are not forgotten"
    assert calls.index("zero_grad") < calls.index("backward"), f"they are forgotten late: {calls}"


def test_train_step_keeps_the_new_gradients_until_the_step():
    calls = Script().play()
    assert calls[calls.index("backward") :][:2] == ["backward", "step"]


def test_train_step_gives_the_loss_as_a_python_float():
    script = Script()
    loss = train_step(script, script.loss, script, "inputs", "targets")
    assert loss == 2.5
    assert type(loss) is float


class Bowl:
    """A model and its loss: w**2, whose gradient 2 w is added to what is in `grad`."""

    def __init__(self):
        self.w = StandIn(8.0)

    def __call__(self, inputs):
        return self.w

    def loss(self, scores, targets):
        return Loss(scores._data**2, self.backward)

    def backward(self):
        before = 0 if self.w.grad is None else self.w.grad._data
        self.w.grad = constant(before + 2 * self.w._data)

    def zero_grad(self):
        self.w.grad = None


def test_train_step_uses_each_gradient_once():
    """With lr 0.25 every step halves w; an old gradient would be added to the next."""
    bowl = Bowl()
    optimiser = SGD([bowl.w], lr=0.25)
    for halved in (4, 2, 1):
        train_step(bowl, bowl.loss, optimiser, "inputs", "targets")
        expect(halved, bowl.w._data)


class Course:
    """A model and an optimiser in one, which write down the rows of every batch.

    The loss of a batch is the mean of its inputs, which are the numbers of the rows.
    """

    def __init__(self):
        self.rows, self.targets, self.steps = [], [], 0

    def __call__(self, inputs):
        return inputs

    def loss(self, scores, targets):
        self.rows.append(scores.tolist())
        self.targets.append(targets.tolist())
        return Loss(scores.mean())

    def zero_grad(self):
        pass

    def step(self):
        self.steps += 1

    def train(self, epochs, batch_size=4, *, progress=False):
        return train(
            self, self.loss, self, np.arange(10.0), np.arange(0, 100, 10),
            epochs=epochs, batch_size=batch_size, progress=progress,
        )  # fmt: skip


def test_train_takes_a_step_with_every_batch_of_every_epoch():
    course = Course()
    course.train(epochs=5)
    assert [len(rows) for rows in course.rows] == 5 * [4, 4, 2]
    assert course.steps == 15


def test_train_brings_every_row_once_an_epoch():
    course = Course()
    course.train(epochs=2)
    for epoch in (course.rows[:3], course.rows[3:]):
        assert sorted(chain(*epoch)) == list(range(10))


def test_train_shuffles_anew_each_epoch():
    course = Course()
    course.train(epochs=4)
    orders = {str([*chain(*course.rows[i : i + 3])]) for i in range(0, 12, 3)}
    assert len(orders) == 4, f"orders that came: {orders}"


def test_train_keeps_inputs_and_targets_together():
    course = Course()
    course.train(epochs=2)
    assert course.targets == [[10 * row for row in rows] for rows in course.rows]


@pytest.mark.parametrize("batch_size", [4, 3, 10, 100])
def test_train_gives_a_mean_loss_in_which_every_row_counts_the_same(batch_size):
    """The loss of a row is its number, so the mean of an epoch is 4.5."""
    losses = Course().train(epochs=3, batch_size=batch_size)
    expect([4.5, 4.5, 4.5], losses)
    assert isinstance(losses, list)
    assert {float} == {type(loss) for loss in losses}


def test_train_draws_its_progress_after_every_epoch(capsys):
    Course().train(epochs=3, progress=True)
    shown = capsys.readouterr().err
    for epoch in (1, 2, 3):
        assert f"epoch {epoch} of 3, loss 4.5" in shown


def test_train_can_be_silent(capsys):
    Course().train(epochs=3, progress=False)
    assert tuple(capsys.readouterr()) == ("", "")


@pytest.mark.parametrize(
    ("part", "labels"), [(1, [1, 0, 1]), (2 / 3, [1, 2, 1]), (1 / 3, [1, 1, 2]), (0, [0, 1, 2])]
)
def test_accuracy_is_the_part_of_the_rows_that_are_right(part, labels):
    scores = constant([[-1, 9, 8], [5, 4, -2], [0, 3, 2]])
    expect(part, accuracy(scores, constant(np.array(labels))))


def test_accuracy_of_fewer_classes_than_rows():
    scores = constant([[1, 0], [1, 0], [0, 1], [1, 0]])
    expect(0.75, accuracy(scores, constant(np.array([0, 0, 1, 1]))))


def test_accuracy_is_a_python_float():
    assert type(accuracy(constant([[1, 0], [0, 1]]), constant(np.array([0, 1])))) is float


# Everything together: from here on, all stages are yours.


@pytest.mark.parametrize(
    ("optimiser", "options", "desired"),
    [
        (SGD, {"lr": 0.5, "momentum": 0.9}, [1.701107, 0.809597, 0.499764, 0.774512, 0.933638]),
        (Adam, {"lr": 0.1}, [1.701107, 1.244025, 0.894064, 0.655519, 0.534193]),
    ],
)
def test_whole_package_has_the_losses_of_pytorch(optimiser, options, desired):
    """The same network, weights and data as in PyTorch, with all rows in one batch."""
    network = nn.MLP(2, 3, 2)
    sizes = {"0.weight": (3, 2), "0.bias": (3,), "2.weight": (2, 3), "2.bias": (2,)}
    network.load_state_dict(
        {name: tensor(np.cos(np.arange(np.prod(n))).reshape(n)) for name, n in sizes.items()}
    )
    x = tensor([[0.0, 1.0], [1.0, 0.0], [0.5, -1.0], [2.0, 1.0], [-1.0, 0.25], [-0.5, -2.0]])
    labels = tensor([0, 1, 1, 0, 1, 0])
    losses = train(
        network, nn.functional.cross_entropy, optimiser(network.parameters(), **options), x, labels,
        epochs=5, batch_size=6, progress=False,
    )  # fmt: skip
    expect(desired, losses)


def test_whole_package_learns_two_moons():
    """No straight line parts them; a network with two hidden layers does."""
    points, labels = map(tensor, moons(200, noise=0.1))
    network = nn.MLP(2, 16, 16, 2)
    losses = train(
        network, nn.functional.cross_entropy, Adam(network.parameters(), lr=0.03), points, labels,
        epochs=25, batch_size=20, progress=False,
    )  # fmt: skip
    with no_grad():
        right = accuracy(network(points), labels)
    assert right > 0.95, f"{right:.1%} of the points are right after the losses {losses}"
    assert losses[-1] < losses[0] / 4, f"the losses were {losses}"
