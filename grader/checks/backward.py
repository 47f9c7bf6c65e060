"""Stage 3: recording a graph, and walking it backwards, by what can be seen of it."""

from collections.abc import Mapping
from itertools import product

import numpy as np
from hypothesis import strategies as st

from grader.programs.cases import Case, Check, allowed, literal, refused
from grader.programs.program import Program
from grader.programs.strategies import DTYPES, Shape, arange, arrays, one_of, upstream

from .fuzzer import programs
from .graphs import X, broadcasts, chain, chains, graphs, joined, shared, stretched, written_out

SQUARE = arange((2, 2))
NEW = (((2,), ()), ((2, 2), (2,)), ((3, 3), (3,)), ((2, 2, 3), (3,)), ((2, 3, 3), (3, 3)))
ONES = (
    ((2,), (1,)),
    ((3, 3), (3, 1)),
    ((2, 3), (1, 3)),
    ((1, 3), (2, 1)),
    ((2, 1, 3), (2, 2, 1)),
    ((2, 2), (1, 1)),
    ((0, 2), (0, 1)),  # a dimension of length 0 was not stretched
)
SCALARS = (((1,), ()), ((2, 3), ()), ((2, 2), ()), ((2, 1, 3), ()))
SHAPES = ((2,), (2, 2), (1,), (), (2, 3), (0, 2))
MANY = ((2,), (2, 2), (3, 1), (0,))
ONE_VALUE = ((), (1,), (1, 1))
UNFIT = (((2,), (3,)), ((2,), (1,)), ((2,), ()), ((), (1,)), ((2, 2), (2,)), ((2, 3), (3, 2)),
         ((0, 2), (2,)))  # fmt: skip
PLAIN = {"a": arange((2,))}
HALF = f"""\
class Half{{}}:
    @staticmethod
    def forward(ctx, a):
        return a / 2
    @staticmethod
    def backward(ctx, grad):
        return (grad / 2).{{}}
{X}
{{}}.backward(torch.tensor(a))"""
TYPES = ("float64", "float32")
Drawn = tuple[st.SearchStrategy[Case], tuple[Case, ...]]  # a check's cases, and its corners


def kept_by_leaf(a: np.ndarray) -> Case:
    """Ask which of a leaf and a tensor in the middle has a gradient afterwards."""
    lines = "h = x * x\n(h * h).sum().backward()\nkept = [t.grad is not None for t in (x, h)]"
    return literal(Program(f"{X}\n{lines}", {"a": a}, ("kept[0]", "kept[1]")), True, False)


def retyped(kind: str, other: str) -> Case:
    """Send a gradient through an operation that gives it another type; the leaf gets its own."""
    inputs = {"a": arange((2,)).astype(kind)}
    mine = HALF.format("", f"astype('{other}')", "sinmagia.autograd.apply(Half, x)")
    torchs = HALF.format("(torch.autograd.Function)", f"to(torch.{other})", "Half.apply(x)")
    return Case(Program(mine, inputs, ("x.grad",)), twin=Program(torchs, inputs, ("x.grad",)))


def unbroadcast(exercise: str, description: str, pairs: tuple[tuple[Shape, Shape], ...]) -> Check:
    """Make the check of one kind of broadcasting."""
    corners = (
        stretched("+", arange(left), arange(right), 1 + arange(np.broadcast_shapes(left, right)))
        for left, right in pairs
    )
    return Check(exercise, description, broadcasts(pairs), tuple(corners))


def seen(*lines: str, observe: tuple[str, ...] = ("x.grad",)) -> Drawn:
    """Draw the values of `x`, of a constant `k` and of an upstream gradient, for fixed lines.

    The corners are all shapes in both types.
    """
    kinds = st.tuples(one_of(SHAPES), one_of(DTYPES))
    drawn = kinds.flatmap(lambda kind: st.tuples(arrays(*kind), arrays(*kind), upstream(*kind)))
    corners = (arange(shape).astype(dtype) for shape, dtype in product(SHAPES, TYPES))
    return (drawn.map(lambda values: written_out(lines, values, observe)),
            tuple(written_out(lines, (a, a + 1, a + 2), observe) for a in corners))  # fmt: skip


def refusing(*lines: str, shapes: tuple[Shape, ...] = MANY) -> Drawn:
    """Draw the values of `x` for lines whose last one has to raise a RuntimeError.

    The corners are all shapes in both types.
    """
    source = "\n".join((X, *lines))
    drawn = st.tuples(one_of(shapes), one_of(DTYPES)).flatmap(lambda kind: arrays(*kind))
    corners = (arange(shape).astype(dtype) for shape, dtype in product(shapes, TYPES))
    return (drawn.map(lambda a: refused(Program(source, {"a": a}))),
            tuple(refused(Program(source, {"a": a})) for a in corners))  # fmt: skip


def either(*several: Drawn, more: tuple[Case, ...] = ()) -> Drawn:
    """Draw from any of these, with the corners of all and some more."""
    strategies, corners = zip(*several, strict=True)
    return st.one_of(*strategies), (*more, *(case for cases in corners for case in cases))


def unfit(shape: Shape, other: Shape) -> Case:
    """Start a walk with a gradient of another shape, which is refused even where it would fit."""
    source = f"{X}\nx.backward(torch.tensor(b))"
    return refused(Program(source, {"a": arange(shape), "b": arange(other)}))


@st.composite
def changes(draw: st.DrawFn) -> Case:
    """Draw a change in place under no_grad: whoever holds the array sees it."""
    kind = draw(one_of(SHAPES)), draw(one_of(DTYPES))
    change = draw(one_of(("-= 0.5", "-= k", "+= 2.0 * k", "*= k", "/= 4.0")))
    lines = "held = x.detach()", "with torch.no_grad():", f"    x {change}"
    values = draw(arrays(*kind)), draw(arrays(*kind)), draw(upstream(*kind))
    return written_out(lines, values, ("x", "held", "x * k", "x.requires_grad", "x.is_leaf"))


@st.composite
def orders(draw: st.DrawFn) -> Case:
    """Draw a graph whose nodes join two earlier ones or a constant; ask for its newest's order."""
    parents: dict[str, tuple[str, str]] = {}
    for i in range(draw(one_of((1, 2, 3, 4, 5, 6)))):
        names = ("x", *parents)[::-1]
        parents[f"h{i}"] = draw(one_of(names)), draw(one_of((*names, "k")))
    return ordered(parents)


def ordered(parents: Mapping[str, tuple[str, str]]) -> Case:
    """Ask for the order of the newest of these products: all it is made from, each once, before it.

    What it is not made from has no place in the order, nor has the constant `k`.
    """
    root = list(parents)[-1]
    reached = [root]
    for name in reached:
        reached += [parent for parent in dict.fromkeys(parents.get(name, ()))
                    if parent not in (*reached, "k")]  # fmt: skip
    edges = [f"({parent}, {name})" for name in reached for parent in parents.get(name, ())
             if parent != "k"]  # fmt: skip
    source = (
        X,
        "k = torch.tensor(a)",
        *(f"{name} = {left} * {right}" for name, (left, right) in parents.items()),
        f"order = sinmagia.autograd.topological_order({root})",
        "places = {id(t): i for i, t in enumerate(order)}",
        "n = len(order)",
        f"edges = [{', '.join(edges)}]",
        "after = all(places[id(a)] < places[id(b)] for a, b in edges)",
        f"last = order[-1] is {root}",
    )
    return literal(Program("\n".join(source), PLAIN, ("n", "after", "last")), len(reached), True,
                   True)  # fmt: skip


ORDERS = (
    ordered({"out": ("x", "x")}),
    ordered({"h": ("x", "x"), "out": ("h", "h")}),
    ordered({"h": ("x", "x"), "g": ("h", "h"), "out": ("g", "h")}),
    ordered({"h": ("x", "x"), "g": ("h", "h"), "out": ("h", "g")}),
    ordered({"p": ("x", "x"), "q": ("x", "x"), "out": ("p", "q")}),
    ordered({"h": ("x", "x"), "beside": ("h", "x"), "out": ("h", "x")}),
    ordered({"out": ("x", "k")}),
    ordered({"h": ("k", "x"), "out": ("h", "k")}),
)
DIAMONDS = (
    ("h = x {} 2.0", "out = h {} h"),
    ("h = x {} 2.0", "p = h {} 3.0", "q = h {} h", "out = p {} q"),
    ("h = x {} 2.0", "g = h {} h", "out = g {} g"),
)
LADDER = ("h = x", "for i in range(40):", "    h = h + h", "h.backward(up)")
SINGLE = np.array([1.0]), np.array([0.5]), np.array([3.0])
# Twenty thousand operations each; the first has two a turn.
PRODUCTS = ("h = x", "for i in range(10000):", "    h = -h * 1.0", "h.backward(up)")
CHAIN = ("h = x", "for i in range(20000):", "    h = h + k", "h.backward(up)")

SEVERAL = (
    ("h = x * k", "h.retain_grad()", "h.backward(up, retain_graph=True)", "(h + x).backward(up)"),
    ("h = x.tanh()", "g = h[[0, 0]] + x", "g.retain_grad()", "(g * h.detach()).sum().backward()"),
    ("h = x.reshape(1, -1)", "h.retain_grad()", "(h * x.reshape(-1, 1)).sum().backward()"),
    ("h = torch.cat([x, k, x])", "h.retain_grad()", "(h * h).mean(dim=0).sum().backward()"),
)

CHECKS = (
    Check(
        "record",
        "A result requires a gradient exactly if an operand does, and then it is no leaf.",
        *seen("y = x * k", "z = k * k", "w = k + x",
             observe=("y", "y.requires_grad", "z.requires_grad", "w.requires_grad", "y.is_leaf",
                      "z.is_leaf", "x.is_leaf")),
    ),
    Check(
        "no_grad",
        "Nothing is recorded inside, everything afterwards; blocks may be nested.",
        *seen("with torch.no_grad():", "    with torch.no_grad():", "        u = x * x",
             "    v = x * x", "w = x * x",
             observe=("u", "u.requires_grad", "v.requires_grad", "w.requires_grad")),
    ),
    Check(
        "no_grad_after_error",
        "An error inside does not leave recording switched off.",
        *seen("try:", "    with torch.no_grad():", "        u = x * x", "        raise ValueError",
             "except ValueError:", "    pass", "w = x * x",
             observe=("u.requires_grad", "w.requires_grad")),
    ),
    Check(
        "in_place",
        "Under no_grad values change in place; outside, a tensor of a graph refuses.",
        *either(
            (changes(), (
                Case(Program(f"{X}\ny = x.detach()\nwith torch.no_grad():\n    x -= 0.5",
                             PLAIN, ("y", "x.requires_grad"))),
                Case(Program("x = torch.tensor(a)\ny = x\nx *= 3.0", PLAIN, ("y",))),
            )),
            refusing("x -= 1.0"),
            refusing("y = x * x", "x += 1.0"),
        ),
    ),
    Check("topological_order", "Each tensor once, after all that it was made from.",
          orders(), ORDERS),
    Check("upstream", "The walk starts with the gradient that is given; a single value with 1.",
          *either(seen("x.backward(up)"), more=(
              *(Case(Program(f"{X}\nx.backward()", {"a": np.full(shape, 3.0)}, ("x.grad",)))
                for shape in ONE_VALUE),
              *(unfit(*shapes) for shapes in UNFIT)))),
    Check("backward_of_many", "Several values need a gradient to start with.",
          *either(refusing("(x * x).backward()"), more=(
              allowed(Program(f"{X}\nx.backward(torch.tensor(a))", PLAIN)),
              allowed(Program(f"{X}\nx.backward()", {"a": np.ones(1)}))))),
    Check("backward_of_constant", "What requires no gradient has nothing to walk.",
          *either(refusing("k = torch.tensor(a)", "k.backward()", shapes=ONE_VALUE),
                  refusing("k = torch.tensor(a)", "k.backward(k)", shapes=SHAPES),
                  more=(allowed(Program(f"{X}\nx.backward()", {"a": np.ones(1)})),))),
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
            retyped("float32", "float64"),
            retyped("float64", "float32"),
        ),
    ),
    Check(
        "shared_node",
        "A tensor that an operation uses twice gets the sum of what comes back.",
        joined(("out = x {} x",), ("h = x {} 2.0", "out = h * x")),
        (
            shared(("out = x + x",), np.array([1.0]), np.array([2.0])),
            shared(("h = x * x", "out = h * x"), np.array([2.0]), np.array([2.0])),
        ),
    ),
    Check(
        "diamond",
        "A tensor waits until all that comes back has arrived, then goes on once.",
        joined(*DIAMONDS),
        (
            shared(("h = x + x", "out = h * h"), np.array([2.0]), np.array([3.0])),
            shared(("h = x * 2.0", "p = h * h", "q = h + 1.0", "out = p * q"), np.array([2.0]),
                   np.array([3.0])),
        ),
    ),
    Check(
        "skip_path",
        "A short way and a long one to the same tensor, whichever was recorded first.",
        graphs(),
        (
            shared(("h = x * x", "g = h * h", "out = g + h"), np.array([2.0]), np.array([3.0])),
            shared(("h = x * x", "g = h * h", "out = h + g"), np.array([2.0]), np.array([3.0])),
            shared(("h = x * x", "g = h * x", "f = g * g", "out = h + f"), np.array([2.0]),
                   np.array([3.0])),
        ),
    ),
    Check("wide_ladder", "Forty doublings are forty nodes, though 2**40 ways lead through them.",
          *seen(*LADDER)),
    Check("deep_chain", "Twenty thousand operations in a row.",
          st.just(written_out(CHAIN, SINGLE)), (written_out(PRODUCTS, SINGLE),)),
    unbroadcast("unbroadcast_new", "New leading dimensions are summed away.", NEW),
    unbroadcast("unbroadcast_ones", "Dimensions of length 1 that were stretched are summed.", ONES),
    unbroadcast("unbroadcast_scalar", "A scalar gets the sum of everything.", SCALARS),
    Check("accumulate", "A second backward pass adds to what the first one left.",
          *seen("(x * k).backward(up)", "(x + k).backward(up)", "(x * 3.0).sum().backward()")),
    Check("leaf_only", "Only leaves keep their gradient.",
          one_of(SHAPES).flatmap(arrays).map(kept_by_leaf),
          (written_out(("h = x * k", "(h * k).backward(up)"), (SQUARE, SQUARE + 1, SQUARE + 2)),)),
    Check("unused_branch", "What the result does not depend on gets no gradient; nor do constants.",
          *seen("y = torch.tensor(a, requires_grad=True)", "u = y * x", "(x * k).backward(up)",
               observe=("x.grad", "y.grad", "k.grad"))),
    Check("arrays_of_others", "What an operation returns, or a tensor holds, is not written into.",
          *either(
              seen("y = torch.tensor(b, requires_grad=True)", "((x + y) + x).backward(up)",
                   observe=("x.grad", "y.grad", "up")),
              more=(Case(Program(f"{X}\ny = torch.tensor(a, requires_grad=True)\n"
                                 "up = torch.tensor(a)\n(x + y).backward(up)\nx.grad *= 5.0",
                                 PLAIN, ("y.grad", "up"))),))),
    Check("freed_graph", "What was saved is freed, so a second pass through it is refused.",
          *seen("y = x * k * k", "y.backward(up)", "refused = False", "try:", "    y.backward(up)",
               "except RuntimeError:", "    refused = True", observe=("x.grad", "refused"))),
    Check("retain_graph", "With retain_graph the same graph may be walked again.",
          *seen("y = x * k * k", "y.backward(up, retain_graph=True)", "y.backward(up)")),
    Check("retain_grad", "A tensor in the middle keeps its gradient if it is asked to.",
          *seen("h = x * k", "h.retain_grad()", "(h * k).backward(up)",
               observe=("h.grad", "x.grad"))),
    Check("any_graph", "All of this at once, in graphs of all operations.", programs(1),
          (stretched("*", arange((2, 2, 3)), arange((2, 1)), 1 + arange((2, 2, 3))),
           *(written_out(lines, (arange((2,)), arange((2,)) + 1, arange((2,)) + 2),
                         ("x.grad", "g.grad" if "g.retain_grad()" in lines else "h.grad"))
             for lines in SEVERAL))),
    Check("any_graph", "From several outputs, which may share a part of the graph.", programs(2)),
    Check("any_graph", "And from three, one after the other.", programs(3)),
)  # fmt: skip
