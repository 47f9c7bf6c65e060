"""Networks as cases: MLPs with drawn weights, and trees of modules whose parameters are named."""

from itertools import pairwise

from hypothesis import strategies as st

from grader.programs.cases import Case, literal
from grader.programs.program import Program
from grader.programs.strategies import arrays, one_of
from grader.programs.strategies import upstream as upstreams

ACTIVATIONS = ("ReLU", "Tanh", "Sigmoid")
NAMES = (
    "[name for name, p in net.named_parameters()]",
    "len(list(net.parameters()))",
    "all([p is q for p, q in zip(net.parameters(), net.parameters())])",
)
PARTS = {
    "parameter": "torch.nn.Parameter(torch.tensor([1.0]))",
    "layer": "torch.nn.Linear(1, 2)",
    "module": "torch.nn.Module()",
    "number": "3",
}
FRESH = literal(
    Program("net = sinmagia.nn.MLP(3, 4, 2)\ndrawn = [bool((layer.weight.detach() ** 2).sum() > 0) "
            "for layer in list(net)[::2]]", {}, ("drawn[0]", "drawn[1]")), True, True,
)  # fmt: skip


def network(sizes: tuple[int, ...], activation: str) -> tuple[str, str]:
    """Write an MLP in our words, and in torch's: Linears with an activation between each two."""
    option = "" if activation == "ReLU" else f", activation=torch.nn.{activation}"
    linears = (f"torch.nn.Linear({i}, {o})" for i, o in pairwise(sizes))
    return (
        f"torch.nn.MLP({', '.join(map(str, sizes))}{option})",
        f"torch.nn.Sequential({f', torch.nn.{activation}(), '.join(linears)})",
    )


def weights(sizes: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """Name the weights and biases of an MLP, with their shapes."""
    shapes: dict[str, tuple[int, ...]] = {}
    for i, (inside, outside) in enumerate(pairwise(sizes), 1):
        shapes |= {f"w{i}": (outside, inside), f"b{i}": (outside,)}
    return shapes


@st.composite
def networks(draw: st.DrawFn) -> Case:
    """Draw sizes, an activation and weights; run it forward and backward on a batch."""
    sizes = tuple(draw(one_of((2, 1, 3, 4))) for _ in range(draw(one_of((2, 3, 4, 5)))))
    made, twin = network(sizes, draw(one_of(ACTIVATIONS)))
    n, shapes = draw(one_of((2, 1, 3))), weights(sizes)
    inputs = {name: draw(arrays(shape, "float32")) for name, shape in shapes.items()}
    inputs["a"] = draw(arrays((n, sizes[0]), "float32"))
    inputs["upstream"] = draw(upstreams((n, sizes[-1]), "float32"))
    source = (
        "net = {}\n"
        "parts = [p for layer in list(net)[::2] for p in (layer.weight, layer.bias)]\n"
        "with torch.no_grad():\n"
        f"    for p, value in zip(parts, ({', '.join(shapes)})):\n"
        "        p.copy_(torch.tensor(value))\n"
        "out = net(torch.tensor(a))\n"
        "out.backward(torch.tensor(upstream))"
    )
    observe = ("len(net)", "out", "[p.grad for p in parts]")
    ours, torchs = (Program(source.format(text), inputs, observe) for text in (made, twin))
    return Case(ours, twin=torchs)


@st.composite
def trees(draw: st.DrawFn, *, sharing: bool = False) -> Case:
    """Draw modules inside modules, with parameters, layers and numbers; ask for the names of all.

    With `sharing`, a parameter or a layer may be met again, in another module or the same.
    """
    lines, modules = ["net = torch.nn.Module()"], ["net"]
    shareable: list[str] = []
    for i in range(draw(one_of((1, 2, 3, 4, 5, 6, 7)))):
        name = f"{draw(one_of(modules))}.{draw(one_of('zab'))}{i}"
        what = draw(one_of(("parameter", "layer", "module", "number", "shared")))
        if what == "module":
            modules.append(name)
        elif what == "shared" and sharing and shareable:
            lines.append(f"{name} = {draw(one_of(shareable))}")
            continue
        elif what in ("parameter", "layer"):
            shareable.append(name)
        lines.append(f"{name} = {PARTS.get(what, PARTS['number'])}")
    return Case(Program("\n".join(lines), {}, NAMES))
