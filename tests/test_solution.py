"""The solved package at its limits, and the capstone: one script on torch and on sinmagia."""

import gc
import sys
import tracemalloc
import weakref

import numpy as np
import pytest
import torch

from grader.settings import COURSE, SOLUTIONS


@pytest.fixture(scope="module")
def sinmagia():
    """The solved package, imported for this file alone."""
    sys.path.insert(0, str(SOLUTIONS))
    try:
        import sinmagia

        yield sinmagia
    finally:
        sys.path.remove(str(SOLUTIONS))
        for name in [name for name in sys.modules if name.partition(".")[0] == "sinmagia"]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def capstone(sinmagia):
    sys.path.insert(0, str(COURSE))
    try:
        import capstone

        yield capstone
    finally:
        sys.path.remove(str(COURSE))
        del sys.modules["capstone"]


def test_the_capstone_gives_the_same_losses_on_torch_and_reads_digits(capstone, sinmagia):
    losses, accuracy = capstone.run(sinmagia)
    torchs, torchs_accuracy = capstone.run(torch)
    apart = np.abs(np.array(torchs) - losses)
    assert apart[:100].max() < 1e-5
    assert apart.max() < 0.02  # training magnifies what two processors round differently
    assert accuracy >= 0.97
    assert accuracy == pytest.approx(torchs_accuracy, abs=1 / capstone.TEST)


def test_the_training_loop_reads_digits(sinmagia):
    images, labels = sinmagia.datasets.digits(COURSE / "data" / "digits.npz")
    sinmagia.manual_seed(0)
    x, y = sinmagia.tensor(images), sinmagia.tensor(labels)
    net = sinmagia.nn.MLP(64, 32, 10)
    sinmagia.training.train(
        net, sinmagia.nn.functional.cross_entropy, sinmagia.optim.SGD(net.parameters(), lr=0.1,
        momentum=0.9), x[:1437], y[:1437], epochs=20, batch_size=32, progress=False)  # fmt: skip
    assert sinmagia.training.accuracy(net(x[1437:]), y[1437:]) > 0.9


def test_a_chain_of_100000_operations_is_walked_and_freed_without_recursion(sinmagia):
    x = h = sinmagia.tensor([1.0], requires_grad=True)
    for _ in range(100_000):
        h = h + 1.0
    h.backward()
    assert x.grad.tolist() == [1.0]
    last = weakref.ref(h)
    del h
    assert last() is None


def test_a_ladder_of_40_diamonds_is_walked_once_a_node(sinmagia):
    x = h = sinmagia.tensor([1.0], requires_grad=True, dtype=sinmagia.float64)
    for _ in range(40):
        h = h * 0.5 + h * 0.5 + h
    h.backward()
    assert x.grad.tolist() == [2.0**40]


def test_a_graph_goes_with_its_last_tensor(sinmagia):
    """No cycle keeps it until the garbage collector comes."""
    gc.disable()
    try:
        x = sinmagia.tensor([1.0, 2.0], requires_grad=True)
        middle = x * x
        gone = weakref.ref(middle.grad_fn)
        loss = middle.sum()
        loss.backward()
        del middle, loss
        assert gone() is None
    finally:
        gc.enable()


def test_backward_lets_go_of_what_operations_saved(sinmagia):
    x = sinmagia.tensor(np.ones(1000), requires_grad=True)
    loss = (x * x).sum()
    saved = weakref.ref(loss.grad_fn.inputs[0].grad_fn.ctx.saved_tensors[0])
    held = x._data
    x._data = held.copy()
    del held
    loss.backward()
    assert saved() is None


def test_a_thousand_training_steps_do_not_grow_memory(sinmagia):
    net = sinmagia.nn.MLP(4, 8, 2)
    optimizer = sinmagia.optim.Adam(net.parameters())
    x, y = sinmagia.randn(16, 4), sinmagia.randn(16, 2)

    def train(steps):
        for _ in range(steps):
            sinmagia.training.train_step(
                net, sinmagia.nn.functional.mse_loss, optimizer, x, y
            )  # fmt: skip

    train(10)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        train(1000)
        assert tracemalloc.get_traced_memory()[0] - before < 20_000
    finally:
        tracemalloc.stop()


def test_the_grad_of_a_scalar_is_an_array_after_two_passes_too(sinmagia):
    """NumPy makes a scalar of 0-d plus 0-d, which cannot be written into."""
    x = sinmagia.tensor(2.0, requires_grad=True)
    for _ in range(2):
        (x * 3.0).backward()
    assert x.grad.item() == 6
    assert x.grad.zero_().item() == 0


def test_a_sequence_of_what_is_no_module_is_refused(sinmagia):
    with pytest.raises(TypeError, match="made of modules"):
        sinmagia.nn.Sequential(sinmagia.nn.Linear(2, 3), sinmagia.nn.ReLU)


def test_a_result_cannot_be_cut_out_of_its_graph_in_silence(sinmagia):
    y = sinmagia.tensor(2.0, requires_grad=True) * 3.0
    with pytest.raises(RuntimeError, match="detach"):
        y.requires_grad = False


def test_moons_are_two_halves_that_repeat_with_their_seed(sinmagia):
    points, labels = sinmagia.datasets.moons(101, noise=0.0)
    assert (101, 2) == points.shape
    assert (51, 50) == ((labels == 0).sum(), (labels == 1).sum())
    np.testing.assert_allclose(np.hypot(*points[labels == 0].T), 1, atol=1e-6)
    np.testing.assert_array_equal(points, sinmagia.datasets.moons(101, noise=0.0)[0])


def test_missing_data_say_where_to_run(sinmagia, tmp_path):
    with pytest.raises(FileNotFoundError, match="say where the file of the digits is"):
        sinmagia.datasets.digits(tmp_path / "digits.npz")
