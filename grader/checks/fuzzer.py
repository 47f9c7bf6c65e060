"""The graph fuzzer: random programs over all operations, whose values stay where torch is smooth.

A program grows node by node, and torch computes it as it grows: so every operation gets operands
that fit it, inside its domain. Programs whose gradients become so large that rounding would show
are drawn again.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from grader.programs.cases import Case
from grader.programs.domains import MOST
from grader.programs.operations import (
    BATCHES,
    MATRICES,
    OPERATIONS,
    REPEATS,
    ROW,
    VECTORS,
    Operation,
    Shapes,
)
from grader.programs.oracle import evaluate, torch
from grader.programs.program import Program
from grader.programs.strategies import SMALL, arrays, one_of, upstream

EDGE = 1e-3  # nearer to a kink, a tie or a pole than this, rounding could decide
MOST_GRADIENT = 1e4
MOST_VALUES = 60
LEAVES: tuple[Shapes, ...] = (
    ((2,),),
    ((2, 2),),
    ((3,), (3,)),
    ((2, 2), (2,)),
    ((2, 3), (1, 3)),
    ((2, 3), ()),
    ((3, 3), (3, 1), (3,)),
    ((2, 1, 2), (2, 2), (1,)),
    ((2, 2, 3), (3, 2), (2,)),
    ((2, 2, 3), (2, 1)),
    ((), ()),
)
STEPS = st.lists(st.tuples(SMALL, SMALL, SMALL, SMALL), min_size=1, max_size=9)
UNRECORDED = Operation("detach", "", "", "x.detach()", ROW["neg"].shapes)
LINKS = (
    *OPERATIONS,
    replace(ROW["getitem"], params=REPEATS),
    *(ROW[name] for name in ("add", "mul", "sub")),  # which join what grew apart
    replace(ROW["matmul"], shapes=(*MATRICES, *BATCHES, *VECTORS)),
    UNRECORDED,
)


@dataclass
class Graph:
    """A program that grows: its source, its inputs, and torch's tensor for each name."""

    lines: list[str] = field(default_factory=list)
    inputs: dict[str, np.ndarray] = field(default_factory=dict)
    tensors: dict[str, Any] = field(default_factory=dict)

    def leaf(self, array: np.ndarray, *, constant: bool) -> None:
        """Add a leaf, `x`, `y` or `z`."""
        name, data = "xyz"[len(self.inputs)], "abc"[len(self.inputs)]
        option = "" if constant else ", requires_grad=True"
        self.inputs[data] = array
        self.lines.append(f"{name} = torch.tensor({data}{option})")
        self.tensors[name] = torch().module.tensor(array, requires_grad=not constant)

    def add(self, link: Operation, params: str, operands: tuple[str, ...]) -> bool:
        """Apply an operation to tensors of these names; False if it would leave its domain."""
        tensors = [self.tensors[name] for name in operands]
        written = dict(zip("xy", operands, strict=False))
        call = re.sub(r"\b[xy]\b", lambda match: written[match[0]], link.call).format(params)
        with suppress(IndexError, RuntimeError, ValueError):  # the shapes do not fit
            values = tuple(tensor.detach().numpy() for tensor in tensors)
            ranks = {len(shape) for shapes in link.shapes for shape in shapes}
            known = {array.ndim for array in values} <= ranks
            if known and link.domain.margin(params, values) > EDGE:
                out = evaluate(call, self.tensors)
                if 0 < out.numel() <= MOST_VALUES and out.detach().abs().max() <= MOST:
                    name = f"h{len(self.lines) - len(self.inputs)}"
                    self.lines.append(f"{name} = {call}")
                    self.tensors[name] = out
                    return True
        return False

    def recorded(self) -> list[str]:
        """Name the tensors that require a gradient, the newest first."""
        return [name for name in reversed(self.tensors) if self.tensors[name].requires_grad]


@st.composite
def programs(draw: st.DrawFn, count: int) -> Case:
    """Draw leaves, up to nine operations on them and on each other, and walks back from outputs.

    Every tensor in the middle may be asked to retain its gradient; outputs may share a part of the
    graph, which is retained until the last walk.
    """
    graph = Graph()
    for i, shape in enumerate(draw(one_of(LEAVES))):
        graph.leaf(draw(arrays(shape)), constant=i > 0 and draw(SMALL) >= 70)
    for numbers in draw(STEPS):
        grow(graph, *numbers)
    names = graph.recorded()
    outputs = [names[0], *(one_of_the_newest(names[::-1], draw(SMALL)) for _ in range(count - 1))]
    kept = [name for name in names if name.startswith("h") and draw(SMALL) >= 75]
    graph.lines += [f"{name}.retain_grad()" for name in kept]
    for i, name in enumerate(outputs):
        graph.inputs[f"up{i}"] = draw(upstream(tuple(graph.tensors[name].shape)))
        option = ", retain_graph=True" if i < len(outputs) - 1 else ""
        graph.lines.append(f"{name}.backward(torch.tensor(up{i}){option})")
    if steep(graph, outputs):
        reject()
    leaves = [name for name in graph.tensors if not name.startswith("h")]
    observe = (*dict.fromkeys(outputs), *(f"{name}.grad" for name in (*leaves, *kept)))
    return Case(Program("\n".join(graph.lines), graph.inputs, observe))


def grow(graph: Graph, link: int, which: int, first: int, second: int) -> None:
    """Add the operation that the numbers choose, or the next one whose domain fits."""
    names = list(graph.tensors)
    operands = one_of_the_newest(names, first), names[-1 - second % len(names)]
    for step in range(len(LINKS)):
        chosen = LINKS[(link + step) % len(LINKS)]
        for turn in range(len(chosen.params)):
            params = chosen.params[(which + turn) % len(chosen.params)]
            if graph.add(chosen, params, operands[: len(chosen.operands)]):
                return


def one_of_the_newest(names: list[str], number: int) -> str:
    """Choose a name, a new one rather than an old one: so graphs grow deep."""
    return names[-1 - number * number * len(names) // 10_000]


def steep(graph: Graph, outputs: list[str]) -> bool:
    """Walk back, and say whether a gradient on the way is so large that rounding would show."""
    inside = [graph.tensors[name] for name in graph.recorded()]
    roots = [graph.tensors[name] for name in outputs]
    upstreams = [torch().module.tensor(graph.inputs[f"up{i}"]) for i in range(len(outputs))]
    found = torch().module.autograd.grad(roots, inside, upstreams, allow_unused=True)
    return any(grad is not None and grad.abs().max() > MOST_GRADIENT for grad in found)
