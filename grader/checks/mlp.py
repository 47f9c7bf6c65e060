"""Stage 4: losses, layers, their parameters, and networks made of them."""

from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from grader.programs.cases import Case, Check, Predicate, refused
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


def loss(name: str, scores: np.ndarray, target: np.ndarray, scale: float = 1.0) -> Case:
    """Ask for a loss and the gradient of the scores, for a multiple of the loss."""
    source = (
        "x = torch.tensor(a, requires_grad=True)\n"
        f"loss = torch.nn.functional.{name}(x, torch.tensor(target))\n"
        f"(loss * {scale}).backward()"
    )
    return Case(Program(source, {"a": scores, "target": target}, ("loss", "x.grad")))


@st.composite
def squares(draw: st.DrawFn) -> Case:
    """Draw what a network gave and what it should have given."""
    shape = draw(one_of(((2,), (3, 1), (2, 2), (1,), (3, 2))))
    return loss("mse_loss", draw(arrays(shape)), draw(arrays(shape)), draw(one_of((1.0, 2.0, 0.5))))


@st.composite
def entropies(draw: st.DrawFn, size: float = 1.0) -> Case:
    """Draw scores, `size` times as large, and classes."""
    n, classes = draw(one_of(((2, 2), (3, 3), (1, 2), (3, 2), (4, 3))))
    target = np.array([draw(one_of(range(classes))) for _ in range(n)])
    scores = size * draw(arrays((n, classes)))
    return loss("cross_entropy", scores, target, draw(one_of((1.0, 2.0, 0.5))))


NET = """\
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(2, 3)
        self.scale = torch.nn.Parameter(torch.tensor(a))
        self.body = torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Linear(3, 1))
        self.number = 3
    def forward(self, x):
        return self.body(self.first(x) * self.scale)
net = Net()
"""
TIED = """\
class Tied(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.one = torch.nn.Linear(2, 2)
        self.two = self.one
        self.three = torch.nn.Linear(2, 2)
        self.three.weight = self.one.weight
net = Tied()
names = [name for name, p in net.named_parameters()]
"""
NAMES = ("[name for name, p in net.named_parameters()]", "len(list(net.parameters()))")


def modules(source: str, *observe: str) -> st.SearchStrategy[Case]:
    """Draw the values of a parameter for a network that is written out."""
    return arrays((3,), "float32").map(lambda a: Case(Program(source, {"a": a}, observe)))


def network(made: str, sizes: tuple[int, ...], twin: str) -> st.SearchStrategy[Case]:
    """Draw weights for the Linears of a network, and run it forward and backward."""
    shapes = [s for i, o in pairwise(sizes) for s in ((o, i), (o,))]
    keys = "abcdef"[: len(shapes)]
    source = (
        "net = {}\n"
        f"parts = [p for layer in list(net)[::2] for p in (layer.weight, layer.bias)]\n"
        f"for p, value in zip(parts, ({', '.join(keys)})):\n"
        "    with torch.no_grad():\n"
        "        p.copy_(torch.tensor(value))\n"
        "out = net(torch.tensor(x))\n"
        "out.backward(torch.tensor(upstream))"
    )
    observe = ("len(net)", "out", "[p.grad for p in parts]")
    drawn = st.tuples(*map(arrays, shapes), arrays((2, sizes[0])), upstreams((2, sizes[-1])))

    def case(values: tuple[np.ndarray, ...]) -> Case:
        inputs = dict(zip((*keys, "x", "upstream"), values, strict=True))
        inputs = {name: value.astype("float32") for name, value in inputs.items()}
        programs = (Program(source.format(text), inputs, observe) for text in (made, twin))
        return Case(next(programs), twin=next(programs))

    return drawn.map(case)


AFFINE = """\
class Affine(torch.nn.Module):
    def __init__(self, factor, term):
        super().__init__()
        self.factor, self.term = factor, term
    def forward(self, x):
        return x * self.factor + self.term
"""
CHAINS = (
    "Affine(2.0, 1.0)",
    "Affine(2.0, 1.0), Affine(3.0, -1.0)",
    "Affine(-1.0, 0.5), torch.nn.Tanh(), Affine(2.0, 0.0)",
    "torch.nn.Sequential(Affine(2.0, 1.0), torch.nn.Sigmoid()), Affine(3.0, 0.0)",
    "",
)


def chained(modules: str, x: np.ndarray) -> Case:
    """Feed an input through modules, one after the other."""
    source = f"{AFFINE}net = torch.nn.Sequential({modules})\nout = net(torch.tensor(x))"
    return Case(Program(source, {"x": x}, ("out",)))


def loading(lines: str, b: object = (1.0,)) -> Program:
    """Load a state into a small network."""
    source = (
        "net = torch.nn.Module()\n"
        "net.weight = torch.nn.Parameter(torch.tensor(a * 0))\n"
        "net.bias = torch.nn.Parameter(torch.tensor(b * 0))\n"
        f"held = net.weight.detach()\n{lines}"
    )
    return Program(
        source, {"a": arange((1, 2)), "b": np.array(b)}, ("held", "net.weight", "net.bias")
    )


LOAD = "net.load_state_dict({})"
WHOLE_STATE = LOAD.format("{'weight': torch.tensor(a), 'bias': torch.tensor(b)}")
BAD_STATES = (
    LOAD.format("{'weight': torch.tensor(a)}"),
    LOAD.format("{'weight': torch.tensor(a), 'bias': torch.tensor(b), 'more': torch.tensor(b)}"),
    LOAD.format("{'weight': torch.tensor(b), 'bias': torch.tensor(b)}"),
)
THREE = "torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.{}(), torch.nn.Linear(3, 2))"

CHECKS = (
    Check("mse_loss", "The mean of the squared differences, and its gradient.", squares(),
          (loss("mse_loss", arange((2, 2)), np.ones((2, 2))),
           loss("mse_loss", arange((3,)), np.zeros(3), 2.0))),
    Check("cross_entropy", "The mean of -log(probability of the right class), and its gradient.",
          entropies(),
          (loss("cross_entropy", arange((2, 2)), np.array([0, 1])),
           loss("cross_entropy", arange((3, 2)), np.array([1, 1, 0]), 2.0))),
    Check("cross_entropy_extremes", "Finite and right for scores in the thousands.",
          entropies(400.0),
          (loss("cross_entropy", np.array([[1000.0, 0.0]]), np.array([1])),
           loss("cross_entropy", np.array([[1000.0, 0.0], [0.0, 0.5]]), np.array([0, 1])))),
    Check("named_parameters", "A module's own parameters, then its children's, by dotted names.",
          modules(NET, *NAMES),
          (Case(Program("net = torch.nn.Linear(2, 3)", {}, NAMES)),
           Case(Program(f"net = {THREE.format('ReLU')}", {}, NAMES)),
           Case(Program("net = torch.nn.Sequential(torch.nn.ReLU())", {}, NAMES)))),
    Check("shared_parameters", "What two modules share comes once, under its first name.",
          st.just(Case(Program(TIED, {}, ("names", "len(list(net.parameters()))"))))),
    Check("zero_grad", "Every gradient becomes None.",
          modules(f"{NET}for p in net.parameters():\n    p.grad = p.detach()\nnet.zero_grad()",
                  "[p.grad for p in net.parameters()]")),
    Check("load_state_dict", "Values go into the parameters' own arrays, by name.",
          st.just(Case(loading(WHOLE_STATE))),
          (*(refused(loading(bad)) for bad in BAD_STATES), Case(loading(WHOLE_STATE, b=2.0)),
           Case(Program(TIED + LOAD.format("net.state_dict()"), {}, ("len(net.state_dict())",))))),
    Check(
        "linear_parameters",
        "Weight (out, in) and bias (out,), float32, learned, uniform within 1/sqrt(in).",
        one_of(LAYERS).map(lambda sizes: parameters(*sizes)),
        (
            *(parameters(*sizes) for sizes in LAYERS),
            Case(Program("layer = torch.nn.Linear(2, 3, bias=False)", {},
                         ("layer.bias", "layer.weight.shape[0]"))),
        ),
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
    Check("sequential", "Each module is fed with what the one before gave.",
          st.tuples(one_of(CHAINS), arrays((2, 2))).map(lambda drawn: chained(*drawn)),
          tuple(chained(modules, arange((2,))) for modules in CHAINS)),
    Check("mlp", "Linears with an activation between each two, none at the end.",
          st.one_of(network("torch.nn.MLP(2, 3, 2)", (2, 3, 2), THREE.format("ReLU")),
                    network("torch.nn.MLP(2, 3, 2, activation=torch.nn.Tanh)", (2, 3, 2),
                            THREE.format("Tanh")),
                    network("torch.nn.MLP(2, 1)", (2, 1),
                            "torch.nn.Sequential(torch.nn.Linear(2, 1))"))),
)  # fmt: skip
