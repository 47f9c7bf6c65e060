"""Stage 4: a linear layer, its parameters and what it computes."""

import numpy as np
from hypothesis import strategies as st

from grader.programs.cases import Case, Check, Predicate
from grader.programs.program import Program
from grader.programs.strategies import arange, arrays, one_of
from grader.programs.strategies import upstream as upstreams

# (N, in, out); squares come often: on them a transposed weight stays silent but for its values.
SIZES = ((1, 1, 1), (1, 2, 2), (2, 2, 2), (1, 3, 3), (3, 2, 4), (4, 3, 1), (2, 1, 3))
LAYERS = ((2, 3), (3, 2), (4, 4), (1, 5), (30, 10), (10, 30), (64, 64), (100, 250))


def parameters(in_features: int, out_features: int) -> Case:
    """Make a layer and look at its parameters."""
    layer = f"layer = torch.nn.Linear({in_features}, {out_features})"
    observe = (
        "layer.weight",
        "layer.bias",
        "layer.weight.requires_grad",
        "layer.bias.requires_grad",
    )
    sizes = {"in_features": in_features, "out_features": out_features}
    return Case(Program(layer, {}, observe), Predicate("uniform_parameters", sizes))


def layer(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, upstream: np.ndarray) -> Case:
    """Give a layer known parameters, run it, and send a gradient back through it."""
    out_features, in_features = weight.shape
    source = (
        f"layer = torch.nn.Linear({in_features}, {out_features})\n"
        "layer.weight = torch.nn.Parameter(torch.tensor(weight))\n"
        "layer.bias = torch.nn.Parameter(torch.tensor(bias))\n"
        "x = torch.tensor(a, requires_grad=True)\n"
        "out = layer(x)\n"
        "out.backward(torch.tensor(upstream))"
    )
    inputs = {"a": x, "weight": weight, "bias": bias, "upstream": upstream}
    return Case(Program(source, inputs, ("out", "x.grad", "layer.weight.grad", "layer.bias.grad")))


@st.composite
def layers(draw: st.DrawFn) -> Case:
    """Draw the sizes and the contents of a layer and its batch."""
    n, inside, outside = draw(one_of(SIZES))
    shapes = ((n, inside), (outside, inside), (outside,))
    x, weight, bias = (draw(arrays(shape)) for shape in shapes)
    return layer(x, weight, bias, draw(upstreams((n, outside))))


CHECKS = (
    Check(
        "linear_parameters",
        "Weight (out, in) and bias (out,), float32, learned, uniform within 1/sqrt(in).",
        one_of(LAYERS).map(lambda sizes: parameters(*sizes)),
        tuple(parameters(*sizes) for sizes in LAYERS),
    ),
    Check(
        "linear",
        "The value of a linear layer, and the gradients of its input, weight and bias.",
        layers(),
        tuple(
            layer(arange((n, i)), arange((o, i)), arange((o,)), 1 + arange((n, o)))
            for n, i, o in SIZES
        ),
    ),
)
