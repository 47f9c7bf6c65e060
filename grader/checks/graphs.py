"""Small graphs as cases: chains, doublings, diamonds, skips and broadcasts, drawn or given."""

import numpy as np
from hypothesis import strategies as st

from grader.programs.cases import Case
from grader.programs.program import Program
from grader.programs.strategies import DTYPES, Shape, arrays, one_of, upstream

X = "x = torch.tensor(a, requires_grad=True)"
SHAPES = ((1,), (), (2,), (2, 2), (2, 3), (0, 2))
LINKS = ("h = h * k", "h = h + k", "h = k @ h", "h = h.transpose(0, 1)", "h = k * h")


def chain(links: tuple[str, ...], x: np.ndarray, k: np.ndarray, up: np.ndarray | None) -> Case:
    """Send a gradient along one road; without an upstream gradient the road ends in a sum."""
    lines = [X, "k = torch.tensor(b)", "h = x", *links]
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
    kind = draw(one_of(((2, 2), (3, 3), (1, 1)))), draw(one_of(DTYPES))
    links = tuple(draw(one_of(LINKS)) for _ in range(draw(one_of((1, 2, 3, 4, 5)))))
    up = draw(one_of((True, True, False)))
    return chain(links, draw(arrays(*kind)), draw(arrays(*kind)),
                 draw(upstream(*kind)) if up else None)  # fmt: skip


def shared(lines: tuple[str, ...], x: np.ndarray, up: np.ndarray) -> Case:
    """Use `x`, and what is made of it, several times; the last line makes `out`."""
    source = "\n".join((X, *lines,
                        "out.backward(torch.tensor(upstream))"))  # fmt: skip
    return Case(Program(source, {"a": x, "upstream": up}, ("x.grad",)))


@st.composite
def joined(draw: st.DrawFn, *templates: tuple[str, ...]) -> Case:
    """Draw the signs, `{}`, of one of these graphs, and the values."""
    kind = draw(one_of(SHAPES)), draw(one_of(DTYPES))
    lines = [line.format(draw(one_of(("+", "*")))) for line in draw(one_of(templates))]
    return shared(tuple(lines), draw(arrays(*kind)), draw(upstream(*kind)))


@st.composite
def graphs(draw: st.DrawFn) -> Case:
    """Draw a graph whose every node joins two earlier ones: diamonds, skips, doublings."""
    kind = draw(one_of(SHAPES)), draw(one_of(DTYPES))
    nodes, lines = ["x"], []
    for i in range(draw(one_of((1, 2, 3, 4)))):
        left, right = draw(one_of(nodes)), draw(one_of(nodes))
        lines.append(f"h{i} = {left} {draw(one_of(('+', '*')))} {right}")
        nodes.append(f"h{i}")
    lines.append(f"out = {nodes[-1]} {draw(one_of(('+', '*')))} {draw(one_of(nodes))}")
    return shared(tuple(lines), draw(arrays(*kind)), draw(upstream(*kind)))


def stretched(sign: str, left: np.ndarray, right: np.ndarray, up: np.ndarray) -> Case:
    """Join two tensors of different shapes; each gradient has its tensor's own shape."""
    source = (
        "x = torch.tensor(a, requires_grad=True)\ny = torch.tensor(b, requires_grad=True)\n"
        f"out = x {sign} y\nout.backward(torch.tensor(upstream))"
    )
    return Case(Program(source, {"a": left, "b": right, "upstream": up}, ("x.grad", "y.grad")))


@st.composite
def broadcasts(draw: st.DrawFn, pairs: tuple[tuple[Shape, Shape], ...]) -> Case:
    """Draw two shapes that broadcast, in either order."""
    shapes, dtype = draw(one_of(pairs)), draw(one_of(DTYPES))
    left, right = shapes if draw(one_of((True, False))) else shapes[::-1]
    up = draw(upstream(np.broadcast_shapes(left, right), dtype))
    x, y = draw(arrays(left, dtype)), draw(arrays(right, dtype))
    return stretched(draw(one_of(("+", "*"))), x, y, up)


def written_out(
    lines: tuple[str, ...],
    values: tuple[np.ndarray, np.ndarray, np.ndarray],
    observe: tuple[str, ...] = ("x.grad",),
) -> Case:
    """Run these lines on `x`, a constant `k` and an upstream gradient `up`: three arrays."""
    source = "\n".join((X, "k = torch.tensor(b)", "up = torch.tensor(upstream)", *lines))
    return Case(Program(source, dict(zip(("a", "b", "upstream"), values, strict=True)), observe))
