"""Stage 4: losses, layers, their parameters, and networks made of them."""

import numpy as np
from hypothesis import strategies as st

from grader.programs.cases import Case, Check, Predicate, refused
from grader.programs.program import Program
from grader.programs.strategies import DTYPES, arange, arrays, one_of
from grader.programs.strategies import upstream as upstreams

from .networks import FRESH, NAMES, network, networks, trees

# (N, in, out); squares come often: on them a transposed weight stays silent but for its values.
SIZES = ((1, 1, 1), (1, 2, 2), (2, 2, 2), (1, 3, 3), (3, 2, 4), (4, 3, 1), (2, 1, 3))
SCALES = (1.0, 2.0, 0.5)
LAYERS = ((2, 3), (3, 2), (4, 4), (1, 5), (30, 10), (10, 30), (64, 64), (100, 250))


def parameters(in_features: int, out_features: int) -> Case:
    """Make a layer and look at its parameters."""
    source = f"layer, other = (torch.nn.Linear({in_features}, {out_features}) for _ in range(2))"
    observe = (
        "layer.weight",
        "layer.bias",
        "layer.weight.requires_grad",
        "layer.bias.requires_grad",
        "other.weight",
    )
    sizes = {"in_features": in_features, "out_features": out_features}
    return Case(Program(source, {}, observe), Predicate("uniform_parameters", sizes))


def layer(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, upstream: np.ndarray) -> Case:
    """Give a layer known parameters, run it, and send a gradient back through it."""
    out_features, in_features = weight.shape
    inputs = {"a": x, "weight": weight, "upstream": upstream}
    names, option = ["weight"], ", bias=False"
    if bias is not None:
        names, option = ["weight", "bias"], ""
        inputs["bias"] = bias
    source = (
        f"layer = torch.nn.Linear({in_features}, {out_features}{option})",
        *(f"layer.{name} = torch.nn.Parameter(torch.tensor({name}))" for name in names),
        "x = torch.tensor(a, requires_grad=True)",
        "out = layer(x)",
        "out.backward(torch.tensor(upstream))",
    )
    observe = ("out", "x.grad", *(f"layer.{name}.grad" for name in names))
    return Case(Program("\n".join(source), inputs, observe))


@st.composite
def layers(draw: st.DrawFn) -> Case:
    """Draw the sizes and the contents of a layer and its batch."""
    (n, inside, outside), dtype = draw(one_of(SIZES)), draw(one_of(DTYPES))
    shapes = ((n, inside), (outside, inside), (outside,))
    x, weight, bias = (draw(arrays(shape, dtype)) for shape in shapes)
    return layer(x, weight, bias, draw(upstreams((n, outside), dtype)))


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
    shapes = ((2,), (3, 1), (2, 2), (1,), (3, 2), (), (2, 1, 3))
    kind = draw(one_of(shapes)), draw(one_of(DTYPES))
    return loss("mse_loss", draw(arrays(*kind)), draw(arrays(*kind)), draw(one_of(SCALES)))


@st.composite
def entropies(draw: st.DrawFn, size: float = 1.0) -> Case:
    """Draw scores, `size` times as large, and classes."""
    n, classes = draw(one_of(((2, 2), (3, 3), (1, 2), (3, 2), (4, 3), (2, 1))))
    target = np.array([draw(one_of(range(classes))) for _ in range(n)])
    scores = draw(arrays((n, classes), draw(one_of(DTYPES))))
    return loss("cross_entropy", scores * scores.dtype.type(size), target, draw(one_of(SCALES)))


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


def modules(source: str, *observe: str) -> st.SearchStrategy[Case]:
    """Draw the values of a parameter for a network that is written out."""
    return arrays((3,), "float32").map(lambda a: Case(Program(source, {"a": a}, observe)))


DEEP_BEFORE_SHALLOW = (
    "net = torch.nn.Sequential(torch.nn.Sequential(torch.nn.Linear(1, 2)), torch.nn.Linear(2, 1))"
)
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


def chained(inside: str, x: np.ndarray, upstream: np.ndarray) -> Case:
    """Feed an input through modules, one after the other, and send a gradient back."""
    source = (
        f"{AFFINE}net = torch.nn.Sequential({inside})\n"
        "x = torch.tensor(a, requires_grad=True)\n"
        "out = net(x)\n"
        "out.backward(torch.tensor(upstream))"
    )
    return Case(Program(source, {"a": x, "upstream": upstream}, ("out", "x.grad")))


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
    # NumPy would put it into the bias in silence
    LOAD.format("{'weight': torch.tensor(a), 'bias': torch.tensor(b[None])}"),
)

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
          trees(),
          (Case(Program(NET, {"a": arange((3,)).astype("float32")}, NAMES)),
           Case(Program("net = torch.nn.Linear(2, 3)", {}, NAMES)),
           Case(Program(f"net = {network((2, 3, 2), 'ReLU')[1]}", {}, NAMES)),
           Case(Program("net = torch.nn.Sequential(torch.nn.ReLU())", {}, NAMES)),
           Case(Program(DEEP_BEFORE_SHALLOW, {}, NAMES)))),
    Check("shared_parameters", "What two modules share comes once, under its first name.",
          trees(sharing=True),
          (Case(Program(TIED, {}, ("names", "len(list(net.parameters()))"))),)),
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
        st.tuples(one_of(range(1, 13)), one_of(range(1, 13))).map(lambda s: parameters(*s)),
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
        (
            *(layer(arange((n, i)), arange((o, i)), arange((o,)), 1 + arange((n, o)))
              for n, i, o in SIZES),
            layer(arange((2, 3)), arange((2, 3)), None, 1 + arange((2, 2))),
            layer(arange((2, 2, 3)), arange((2, 3)), arange((2,)), 1 + arange((2, 2, 2))),
            layer(arange((0, 3)), arange((2, 3)), arange((2,)), 1 + arange((0, 2))),
        ),
    ),
    Check("sequential", "Each module is fed with what the one before gave.",
          st.tuples(one_of(CHAINS), arrays((2, 2)), upstreams((2, 2))).map(lambda d: chained(*d)),
          tuple(chained(modules, arange((2,)), 1 + arange((2,))) for modules in CHAINS)),
    Check("mlp", "Linears with an activation between each two, none at the end.", networks(),
          (FRESH,)),
)  # fmt: skip
