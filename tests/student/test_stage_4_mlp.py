"""Stage 4: losses, the parameters of a network, and layers; NumPy stands behind their tensors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sinmagia.nn.functional import cross_entropy, mse_loss
from sinmagia.nn.modules import MLP, Linear, Module, Parameter, ReLU, Sequential, Tanh
from stand_ins import NUMBERS, StandIn, constant, expect, raises, steady


class Learned(StandIn, Parameter):
    """A parameter whose arithmetic works before the other stages are written."""

    requires_grad = True

    def __init__(self, data, grad=None):
        data = getattr(data, "_data", data)
        super().__init__(np.array(data, dtype=getattr(data, "dtype", "float32")), grad=grad)


@pytest.fixture(autouse=True)
def seeded():
    """Begin every test with the same random numbers; afterwards all is as before."""
    state = np.random.get_state()
    np.random.seed(0)
    yield
    np.random.set_state(state)


# Losses

LABELS = constant(np.array([0, 2, 1]))


def test_mse_loss_is_the_mean_over_all_values():
    """Of 0, 4, 9, 4, 0 and 16."""
    scores, targets = StandIn([[1, 2, 3], [4, 5, -6]]), constant([[1, 4, 0], [2, 5, -2]])
    expect(5.5, mse_loss(scores, targets)._data)


def test_mse_loss_of_a_perfect_guess_is_zero():
    expect(0, mse_loss(StandIn([1, -2, 3]), constant([1, -2, 3]))._data)


def test_mse_loss_requires_a_gradient():
    """It does when it is computed with tensors, and not when with their arrays."""
    assert mse_loss(StandIn([1, 2]), constant([3, 4])).requires_grad


def test_cross_entropy_is_the_mean_over_the_rows():
    scores = StandIn([[2, -1, 0.5], [0, 1, 3], [-2, 0.25, 1]])
    expect(0.5270945, cross_entropy(scores, LABELS)._data)


def test_cross_entropy_of_fewer_rows_than_classes():
    scores = StandIn([[2, -1, 0.5], [0, 1, 3]])
    expect(3.2055787, cross_entropy(scores, constant(np.array([1, 0])))._data)


def test_cross_entropy_of_equal_scores_is_the_logarithm_of_the_number_of_classes():
    expect(np.log(4), cross_entropy(StandIn(np.full((3, 4), 7.0)), LABELS)._data)


def test_cross_entropy_requires_a_gradient():
    """It does when it is computed with tensors, and not when with their arrays."""
    assert cross_entropy(StandIn([[1, 2]]), constant(np.array([0]))).requires_grad


@steady
@given(
    scores=arrays(float, (4, 3), elements=NUMBERS),
    labels=arrays(int, 4, elements=st.integers(0, 2)),
)
def test_cross_entropy_is_minus_the_logarithm_of_the_right_probability(scores, labels):
    losses = []
    for row, label in zip(scores, labels, strict=True):
        probabilities = np.exp(row) / np.exp(row).sum()
        losses.append(-np.log(probabilities[label]))
    expect(np.mean(losses), cross_entropy(StandIn(scores), constant(labels))._data)


@pytest.mark.parametrize(("loss", "label"), [(0, 0), (1000, 1)])
def test_cross_entropy_extremes_of_a_score_that_is_far_ahead(loss, label):
    """The probability is 1 or 0 to the last digit, but its logarithm is still a number."""
    expect(loss, cross_entropy(StandIn([[1000, 0]]), constant(np.array([label])))._data)


def test_cross_entropy_extremes_far_from_zero_on_either_side():
    """In each row only the difference counts, which is 1."""
    scores = StandIn([[1000, 1001], [-1001, -1000]])
    expect(np.log(1 + np.e), cross_entropy(scores, constant(np.array([0, 0])))._data)


# The parameters of a network


class Part(Module):
    """A module with the attributes that it is given."""

    def __init__(self, **attributes):
        for name, value in attributes.items():
            setattr(self, name, value)


def names(module, **options):
    """List the names of the parameters that were found."""
    return [name for name, _ in module.named_parameters(**options)]


def test_named_parameters_are_the_attributes_that_are_parameters():
    weight, bias = Learned([[1, 2]]), Learned([3])
    part = Part(weight=weight, size=2, table=StandIn([5, 6]), bias=bias, missing=None)
    found = list(part.named_parameters())
    assert ["weight", "bias"] == [name for name, _ in found]
    assert found[0][1] is weight, "it has to be the parameter itself"
    assert found[1][1] is bias, "it has to be the parameter itself"


def test_named_parameters_of_a_child_have_its_name_before_theirs():
    """A module's own come first, even if they were set last."""
    part = Part(first=Part(weight=Learned(1), bias=Learned(2)), scale=Learned(3))
    assert names(part) == ["scale", "first.weight", "first.bias"]


def test_named_parameters_of_children_inside_children():
    """All that is inside one child comes before the next child."""
    part = Part(a=Part(inner=Part(weight=Learned(1))), b=Part(weight=Learned(2)))
    assert names(part) == ["a.inner.weight", "b.weight"]


def test_named_parameters_of_a_sequential_begin_with_numbers():
    layers = Sequential(Part(weight=Learned(1)), ReLU(), Part(weight=Learned(2)))
    assert names(layers) == ["0.weight", "2.weight"]


def test_named_parameters_with_a_prefix_before_all_names():
    part = Part(scale=Learned(3), child=Part(weight=Learned(1)))
    assert names(part, prefix="net") == ["net.scale", "net.child.weight"]


def test_named_parameters_of_equal_values_are_different_parameters():
    assert names(Part(a=Learned(1), b=Learned(1))) == ["a", "b"]


def test_named_parameters_of_a_module_without_any_are_none():
    assert names(Sequential(ReLU(), Tanh())) == []


def test_shared_parameters_of_two_modules_come_once():
    weight = Learned([1, 2])
    part = Part(encoder=Part(weight=weight), decoder=Part(weight=weight, bias=Learned(3)))
    assert names(part) == ["encoder.weight", "decoder.bias"]


def test_shared_parameters_of_a_layer_used_twice_come_once():
    layer = Part(weight=Learned(1), bias=Learned(2))
    assert names(Sequential(layer, ReLU(), layer)) == ["0.weight", "0.bias"]


def test_shared_parameters_come_with_all_their_names_if_they_are_asked_for():
    weight = Learned([1, 2])
    part = Part(encoder=Part(weight=weight), decoder=Part(weight=weight))
    assert names(part, remove_duplicate=False) == ["encoder.weight", "decoder.weight"]


def test_zero_grad_forgets_the_gradients_of_all_that_is_inside():
    own, inside, fresh = Learned(1, constant(5)), Learned(2, constant(6)), Learned(3)
    Part(own=own, child=Part(child=Part(inside=inside, fresh=fresh))).zero_grad()
    for parameter in (own, inside, fresh):
        assert parameter.grad is None, "None, not zeros: an optimiser passes None by"


@pytest.fixture
def part():
    """A module with two parameters, one of them in a child."""
    return Part(scale=Learned([1, 2]), child=Part(weight=Learned([[3], [4]])))


def values(part):
    """List the values of the two parameters."""
    return [*part.scale._data, *part.child.weight._data[:, 0]]


def test_load_state_dict_copies_values_by_name(part):
    part.load_state_dict({"child.weight": constant([[7], [8]]), "scale": constant([5, 6])})
    expect([5, 6, 7, 8], values(part))


def test_load_state_dict_writes_into_the_arrays_that_are_there(part):
    """An optimiser, or a module that shares the parameter, holds them too."""
    array, parameter = part.scale._data, part.scale
    part.load_state_dict({"scale": constant([5, 6]), "child.weight": constant([[7], [8]])})
    assert part.scale is parameter, "the parameter has to stay the same object"
    expect([5, 6], array)
    assert part.scale._data.dtype == np.float32, (
        "in its array, float64 values have to become float32"
    )


def test_load_state_dict_takes_copies(part):
    state = {"scale": constant([5, 6]), "child.weight": constant([[7], [8]])}
    part.load_state_dict(state)
    state["scale"]._data[0] = 99
    expect([5, 6, 7, 8], values(part))


def test_load_state_dict_takes_what_state_dict_gives(part):
    other = Part(scale=Learned([5, 6]), child=Part(weight=Learned([[7], [8]])))
    part.load_state_dict(other.state_dict())
    expect([5, 6, 7, 8], values(part))


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"scale": [5, 6]}, "when child.weight is missing"),
        ({"scale": [5, 6], "child.weight": [[7], [8]], "bias": [9]}, "for the unknown name bias"),
        ({"scale": [5, 6], "child.weight": [[7, 8]]}, "for shape (1, 2) instead of (2, 1)"),
        ({"scale": [5, 6], "child.weight": [7]}, "for shape (1,) instead of (2, 1)"),
    ],
)
def test_load_state_dict_that_does_not_fit_changes_nothing(part, state, why):
    """The first entry would fit; nothing is copied before everything is checked."""
    with raises(RuntimeError, why):
        part.load_state_dict({name: constant(numbers) for name, numbers in state.items()})
    expect([1, 2, 3, 4], values(part))


# Layers


@pytest.fixture
def make_linear(monkeypatch):
    """Make layers whose parameters work before stage 1 is written."""
    monkeypatch.setattr("sinmagia.nn.modules.Parameter", Learned)
    return Linear


def linear(weight, bias):
    """Make a layer of these parameters before `Linear.__init__` is written."""
    layer = Linear.__new__(Linear)
    layer.weight, layer.bias = Learned(weight), None if bias is None else Learned(bias)
    return layer


def test_linear_parameters_have_shapes_as_in_pytorch(make_linear):
    layer = make_linear(3, 2)
    assert layer.weight._data.shape == (2, 3), "(out_features, in_features)"
    assert layer.bias._data.shape == (2,), "(out_features,)"


@pytest.mark.parametrize("name", ["weight", "bias"])
def test_linear_parameters_are_float32_and_learn(make_linear, name):
    parameter = getattr(make_linear(3, 2), name)
    assert isinstance(parameter, Parameter), f"{name} has to be a Parameter, to be found"
    assert parameter.requires_grad
    assert parameter._data.dtype == np.float32


@pytest.mark.parametrize("name", ["weight", "bias"])
@pytest.mark.parametrize(("in_features", "bound"), [(4, 0.5), (100, 0.1)])
def test_linear_parameters_are_uniform(make_linear, in_features, bound, name):
    """Between -1/sqrt(in) and 1/sqrt(in), with the standard deviation of 1/sqrt(3) of that."""
    array = getattr(make_linear(in_features, 2000), name)._data
    assert -bound <= array.min() < -0.9 * bound, f"the smallest has to lie just above {-bound}"
    assert 0.9 * bound < array.max() <= bound, f"the largest has to lie just below {bound}"
    deviation = bound / np.sqrt(3)
    assert 0.9 * deviation < array.std() < 1.1 * deviation, "all have to be equally likely"
    inner = (np.abs(array) < bound / 2).mean()
    assert 0.45 < inner < 0.55, f"half of them have to lie within {bound / 2}, not {inner:.0%}"


def test_linear_parameters_of_two_layers_differ(make_linear):
    one, other = make_linear(3, 2), make_linear(3, 2)
    assert not np.array_equal(one.weight._data, other.weight._data)


def test_linear_parameters_without_a_bias(make_linear):
    layer = make_linear(3, 2, bias=False)
    assert layer.bias is None
    assert layer.weight._data.shape == (2, 3)


def test_linear_multiplies_by_the_transposed_weight():
    layer = linear(weight=[[1, 2], [3, 4]], bias=[0, 0])
    expect([[5, 11], [-1, -1]], layer(constant([[1, 2], [1, -1]]))._data)


def test_linear_adds_the_bias_to_every_row():
    layer = linear(weight=[[1, 0, -1], [2, 0.5, 0]], bias=[10, -20])
    expect([[8, -17], [8, -17.5]], layer(constant([[1, 2, 3], [0, 5, 2]]))._data)


def test_linear_without_a_bias_adds_none():
    expect([[5, 11]], linear(weight=[[1, 2], [3, 4]], bias=None)(constant([[1, 2]]))._data)


def test_linear_maps_the_last_dimension_of_several():
    layer = linear(weight=[[1, 0, -1], [2, 0.5, 0]], bias=[10, -20])
    expect([8, -17], layer(constant([1, 2, 3]))._data)
    batch = constant([[[1, 2, 3]], [[0, 5, 2]], [[1, 1, 1]], [[0, 0, 0]]])  # (4, 1, 3)
    expect([[[8, -17]], [[8, -17.5]], [[10, -17.5]], [[10, -20]]], layer(batch)._data)


def test_linear_result_requires_a_gradient():
    """It does when it is computed with tensors, and not when with their arrays."""
    assert linear(weight=[[1, 2]], bias=[3])(constant([[1, 2]])).requires_grad


class Double(Module):
    """out = 2 x"""

    def forward(self, x):
        return x * 2


class Increase(Module):
    """out = x + 1"""

    def forward(self, x):
        return x + 1


def test_sequential_feeds_each_module_with_what_the_one_before_gave():
    expect([7, -3], Sequential(Increase(), Double(), Increase())(constant([2, -3]))._data)


def test_sequential_in_another_order_gives_another_result():
    expect([6, -4], Sequential(Double(), Increase(), Increase())(constant([2, -3]))._data)


def test_sequential_of_one_module_used_twice():
    double = Double()
    expect([8, -12], Sequential(double, double)(constant([2, -3]))._data)


def test_sequential_inside_a_sequential():
    layers = Sequential(Sequential(Increase(), Double()), Increase())
    expect([7, -3], layers(constant([2, -3]))._data)


@pytest.fixture
def make_mlp(monkeypatch):
    """Make networks whose layers know only their sizes, before `Linear.__init__` is written."""

    def __init__(self, in_features, out_features, bias=True):
        self.in_features, self.out_features = in_features, out_features

    monkeypatch.setattr(Linear, "__init__", __init__)
    return MLP


def kinds(network):
    """List the classes of the layers."""
    return [type(layer).__name__ for layer in network]


def test_mlp_has_an_activation_between_each_two_layers_and_none_at_the_end(make_mlp):
    assert kinds(make_mlp(2, 5, 4, 1)) == ["Linear", "ReLU", "Linear", "ReLU", "Linear"]


def test_mlp_layers_have_the_sizes_one_after_the_other(make_mlp):
    layers = [layer for layer in make_mlp(2, 5, 4, 1) if isinstance(layer, Linear)]
    assert [(2, 5), (5, 4), (4, 1)] == [(layer.in_features, layer.out_features) for layer in layers]


def test_mlp_of_two_sizes_is_one_layer(make_mlp):
    assert kinds(make_mlp(3, 2)) == ["Linear"]


def test_mlp_with_another_activation(make_mlp):
    assert kinds(make_mlp(2, 5, 4, 1, activation=Tanh)) == [
        "Linear", "Tanh", "Linear", "Tanh", "Linear",
    ]  # fmt: skip


def test_mlp_maps_a_batch_to_scores(make_mlp):
    network = make_mlp(2, 2, 1)
    first, _, last = network
    first.weight, first.bias = Learned([[1, -1], [2, 1]]), Learned([0, -1])
    last.weight, last.bias = Learned([[3, -2]]), Learned([0.5])
    expect([[-5.5], [0.5]], network(constant([[1, 2], [2, 0]]))._data)
