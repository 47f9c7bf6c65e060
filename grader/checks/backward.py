"""Stage 3: the backward pass, by what it does: a chain, a shared node, undoing a broadcast."""

import numpy as np
from hypothesis import strategies as st

from grader.programs.cases import Case, Check
from grader.programs.program import Program
from grader.programs.strategies import arange, arrays, one_of, upstream

LINKS = ("h = h * k", "h = h + k", "h = k @ h", "h = h.transpose(0, 1)", "h = k * h")
TWICE = ("(x * x).sum().backward()", "out = x + x")  # the second adds to what the first left
SQUARE = arange((2, 2))
BROADCASTS = (
    ((2,), (1,)),
    ((2, 2), (2,)),
    ((3, 3), (3, 1)),
    ((2, 3), ()),
    ((2, 3), (1, 3)),
    ((1, 3), (2, 1)),
    ((2, 1, 3), (2, 3)),
    ((1,), ()),
    ((2, 2), (1, 1)),
)


def chain(links: tuple[str, ...], x: np.ndarray, k: np.ndarray, up: np.ndarray | None) -> Case:
    """Send a gradient along one road; without an upstream gradient the road ends in a sum."""
    lines = ["x = torch.tensor(a, requires_grad=True)", "k = torch.tensor(b)", "h = x", *links]
    inputs = {"a": x, "b": k}
    if up is None:
        lines += ["h.sum().backward()"]
    else:
        lines += ["h.backward(torch.tensor(upstream))"]
        inputs["upstream"] = up
    return Case(Program("\n".join(lines), inputs, ("x.grad",)))


@st.composite
def chains(draw: st.DrawFn) -> Case:
    """Draw one to five links on square matrices."""
    shape = draw(one_of(((2, 2), (3, 3))))
    links = tuple(draw(one_of(LINKS)) for _ in range(draw(one_of((1, 2, 3, 4, 5)))))
    up = draw(one_of((True, True, False)))
    return chain(links, draw(arrays(shape)), draw(arrays(shape)),
                 draw(upstream(shape)) if up else None)  # fmt: skip


def shared(lines: tuple[str, ...], x: np.ndarray, up: np.ndarray) -> Case:
    """Use `x`, and what is made of it, several times; the last line makes `out`."""
    source = "\n".join(("x = torch.tensor(a, requires_grad=True)", *lines,
                        "out.backward(torch.tensor(upstream))"))  # fmt: skip
    return Case(Program(source, {"a": x, "upstream": up}, ("x.grad",)))


@st.composite
def graphs(draw: st.DrawFn) -> Case:
    """Draw a graph whose every node joins two earlier ones: diamonds, skips, doublings."""
    shape = draw(one_of(((1,), (), (2,), (2, 2))))
    nodes, lines = ["x"], []
    for i in range(draw(one_of((0, 1, 2, 3)))):
        left, right = draw(one_of(nodes)), draw(one_of(nodes))
        lines.append(f"h{i} = {left} {draw(one_of(('+', '*')))} {right}")
        nodes.append(f"h{i}")
    lines.append(f"out = {nodes[-1]} {draw(one_of(('+', '*')))} {draw(one_of(nodes))}")
    return shared(tuple(lines), draw(arrays(shape)), draw(upstream(shape)))


def stretched(sign: str, left: np.ndarray, right: np.ndarray, up: np.ndarray) -> Case:
    """Join two tensors of different shapes; each gradient has its tensor's own shape."""
    source = (
        "x = torch.tensor(a, requires_grad=True)\ny = torch.tensor(b, requires_grad=True)\n"
        f"out = x {sign} y\nout.backward(torch.tensor(upstream))"
    )
    return Case(Program(source, {"a": left, "b": right, "upstream": up}, ("x.grad", "y.grad")))


@st.composite
def broadcasts(draw: st.DrawFn) -> Case:
    """Draw two shapes that broadcast, in either order."""
    shapes = draw(one_of(BROADCASTS))
    left, right = shapes if draw(one_of((True, False))) else shapes[::-1]
    up = draw(upstream(np.broadcast_shapes(left, right)))
    return stretched(draw(one_of(("+", "*"))), draw(arrays(left)), draw(arrays(right)), up)


def broadcast_corner(left: tuple[int, ...], right: tuple[int, ...]) -> Case:
    """Make the simplest case of two shapes."""
    up = 1 + arange(np.broadcast_shapes(left, right))
    return stretched("+", arange(left), arange(right), up)


CHECKS = (
    Check(
        "chain",
        "Along one road the gradient is the product of the local derivatives.",
        chains(),
        (
            chain(("h = h * k",), SQUARE, SQUARE + 1, SQUARE + 2),
            chain(("h = h * k", "h = h + k"), SQUARE, SQUARE + 1, SQUARE + 2),
            chain(("h = h * k",), SQUARE, SQUARE + 1, None),
            chain(("h = k @ h", "h = h.transpose(0, 1)"), SQUARE, SQUARE + 1, SQUARE + 2),
            chain(("h = h * k",), SQUARE.astype("float32"), SQUARE + 1, SQUARE + 2),
        ),
    ),
    Check(
        "shared_node",
        "A tensor that is used several times gets the sum of what comes back.",
        graphs(),
        (
            shared(("out = x + x",), np.array([1.0]), np.array([2.0])),
            shared(("out = x * x * x",), np.array([2.0]), np.array([2.0])),
            shared(("h = x + x", "out = h * h"), np.array([2.0]), np.array([3.0])),
            shared(("h = x * x", "out = h + x"), np.array([2.0]), np.array([3.0])),
            shared(TWICE, np.array([2.0]), np.array([3.0])),
        ),
    ),
    Check(
        "unbroadcast",
        "A tensor that was broadcast gets a gradient of its own shape.",
        broadcasts(),
        tuple(broadcast_corner(*shapes) for shapes in BROADCASTS),
    ),
)
