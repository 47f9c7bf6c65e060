"""The operations table: one row an operation; strategies, exercises and checks derive from it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Shapes = tuple[tuple[int, ...], ...]  # one shape for each operand

# Simple shapes come first, for shrinking ends there; squares come often, for an axis mistaken for
# another raises on everything else.
PAIRS: tuple[Shapes, ...] = (
    ((1,), (1,)),
    ((2, 2), (2, 2)),
    ((2,), (2,)),
    ((3, 3), (3,)),
    ((3, 3), (3, 1)),
    ((), ()),
    ((2, 3), ()),
    ((1, 3), (2, 1)),
    ((2, 1, 3), (2, 3)),
    ((1,), (3,)),
    ((0, 2), (2,)),
)
ONE: tuple[Shapes, ...] = (
    ((2,),),
    ((2, 2),),
    ((3, 3),),
    ((2, 3),),
    ((2, 2, 2),),
    ((2, 3, 4),),
    ((1, 3),),
    ((2, 0),),
)
MATRICES: tuple[Shapes, ...] = (
    ((1, 1), (1, 1)),
    ((1, 2), (2, 2)),
    ((2, 2), (2, 2)),
    ((3, 3), (3, 3)),
    ((2, 3), (3, 4)),
    ((1, 3), (3, 2)),
    ((3, 1), (1, 2)),
    ((2, 3), (3, 1)),
    ((0, 2), (2, 3)),
)
VECTORS: tuple[Shapes, ...] = (
    ((1,), (1,)),
    ((2,), (2,)),
    ((2, 2), (2,)),
    ((2,), (2, 2)),
    ((3, 3), (3,)),
    ((3,), (3, 3)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 2, 3), (3,)),
    ((2,), (3, 2, 2)),
)
BATCHES: tuple[Shapes, ...] = (
    ((1, 1, 2), (1, 2, 1)),
    ((2, 2, 2), (2, 2, 2)),
    ((2, 2, 2), (2, 2)),
    ((2, 2), (2, 2, 2)),
    ((3, 4), (2, 4, 5)),
    ((2, 3, 4), (4, 2)),
    ((1, 2, 3), (2, 3, 2)),
    ((2, 1, 2, 2), (3, 2, 1)),
)
SQUARE_OR_MORE = tuple(shapes for shapes in ONE if len(shapes[0]) >= 2)
SCALAR_TOO = (*ONE, ((),))
JOINED: tuple[Shapes, ...] = (
    ((1,), (1,)),
    ((2,), (3,)),
    ((2, 2), (2, 2)),
    ((1, 3), (2, 3)),
    ((3, 2), (3, 1)),
    ((2, 1, 2), (2, 3, 2)),
    ((0, 2), (2, 2)),
)

REDUCTIONS = ("", "dim=0", "dim=-1", "dim=1", "dim=(0, -1)", "dim=0, keepdim=True",
              "dim=-1, keepdim=True", "dim=(0, 2), keepdim=True")  # fmt: skip
LINES = ("dim=0", "dim=-1", "dim=1", "dim=-2")
SWAPS = ("0, 1", "-1, 0", "1, 0", "-2, -1")
ORDERS = ("1, 0", "2, 0, 1", "1, 2, 0", "-1, 0, 1", "(0, 1)", "0")
LAYOUTS = ("-1", "2, 2", "4", "(3, 3)", "-1, 2", "1, -1", "2, -1, 1", "3, 2, 4", "0, 2")
PICKS = ("0", "-1", "1:", ":-1", "::2", ":, 0", "..., -1", "None", "0, 1", ":, 1:", "[1, 0]",
         "[-1, 0]", "[True, False]", "[False, True, True]", "[0, 1], [1, 0]", ":, [1, 0]",
         "1:1")  # fmt: skip
REPEATS = ("[0, 0]", "[1, 0, 1]", "[0, 0, -1]", ":, [0, 0]", "[0, 0], [1, 1]", "[0, -1, 0, -1]")
POWERS = ("2", "3", "1", "-1", "-2", "0.5", "2.5", "-0.5")

Operands = tuple[np.ndarray, ...]
Domain = Callable[[str, Operands], Operands]


def anywhere(_: str, operands: Operands) -> Operands:
    """Leave all values as they are."""
    return operands


def nonzero(_: str, operands: Operands) -> Operands:
    """Keep off zero, where there is a pole or a kink."""
    return tuple(np.where(a == 0, np.ones_like(a), a) for a in operands)


def positive(_: str, operands: Operands) -> Operands:
    """Keep above zero."""
    return tuple(np.abs(a) for a in nonzero("", operands))


def roots_positive(params: str, operands: Operands) -> Operands:
    """Keep off zero, and above it where the exponent is not whole."""
    return positive("", operands) if "." in params else nonzero("", operands)


def unequal(_: str, operands: Operands) -> Operands:
    """Keep the second operand an eighth away from the first: values are quarters."""
    first, second = operands
    return first, second + np.asarray(0.125, second.dtype)


def distinct(_: str, operands: Operands) -> Operands:
    """Put the ranks of the values in their place, so that no two are equal."""
    (a,) = operands
    ranks = np.argsort(np.argsort(a, axis=None, kind="stable")) + 1 - a.size // 2
    return (ranks.reshape(a.shape).astype(a.dtype),)


def half_zero(_: str, operands: Operands) -> Operands:
    """Put a zero in every other place."""
    return tuple(np.where(np.arange(a.size).reshape(a.shape) % 2, a, 0).astype(a.dtype)
                 for a in operands)  # fmt: skip


def half_equal(_: str, operands: Operands) -> Operands:
    """Make the operands, of one shape, agree in every other place."""
    first, second = operands
    return first, np.where(np.arange(first.size).reshape(first.shape) % 2, second, first)


def signs(_: str, operands: Operands) -> Operands:
    """Keep the signs alone, so that many values are equal."""
    return tuple(np.sign(a) for a in operands)


def far_out(_: str, operands: Operands) -> Operands:
    """Make the values so large that their exponentials overflow, and differ by as much."""
    return tuple(400 * a for a in operands)


@dataclass(frozen=True)
class Operation:
    """One row: `call` is the source, on operands `x` and `y`, with `{}` where the params go.

    `domain` moves drawn values to where the operation is defined and smooth; what it has to do
    elsewhere is asked by exercises of its own.
    """

    name: str
    file: str
    symbol: str
    call: str
    shapes: tuple[Shapes, ...]
    params: tuple[str, ...] = ("",)
    domain: Domain = anywhere

    @property
    def operands(self) -> tuple[str, ...]:
        """The operands' names, as many as every entry of `shapes` has."""
        return ("x", "y")[: len(self.shapes[0])]


ELEMENTWISE, REDUCING, SHAPING = "ops/elementwise.py", "ops/reductions.py", "ops/shapes.py"

OPERATIONS = (
    Operation("add", ELEMENTWISE, "Add", "x + y", PAIRS),
    Operation("sub", ELEMENTWISE, "Sub", "x - y", PAIRS),
    Operation("mul", ELEMENTWISE, "Mul", "x * y", PAIRS),
    Operation("div", ELEMENTWISE, "Div", "x / y", PAIRS, domain=nonzero),
    Operation("neg", ELEMENTWISE, "Neg", "-x", SCALAR_TOO),
    Operation("pow", ELEMENTWISE, "Pow", "x ** {}", SCALAR_TOO, POWERS, roots_positive),
    Operation("exp", ELEMENTWISE, "Exp", "x.exp()", SCALAR_TOO),
    Operation("log", ELEMENTWISE, "Log", "x.log()", SCALAR_TOO, domain=positive),
    Operation("sqrt", ELEMENTWISE, "Sqrt", "x.sqrt()", SCALAR_TOO, domain=positive),
    Operation("abs", ELEMENTWISE, "Abs", "x.abs()", SCALAR_TOO, domain=nonzero),
    Operation("relu", ELEMENTWISE, "ReLU", "x.relu()", SCALAR_TOO, domain=nonzero),
    Operation("tanh", ELEMENTWISE, "Tanh", "x.tanh()", SCALAR_TOO),
    Operation("sigmoid", ELEMENTWISE, "Sigmoid", "x.sigmoid()", SCALAR_TOO),
    Operation("maximum", ELEMENTWISE, "Maximum", "x.maximum(y)", PAIRS, domain=unequal),
    Operation("sum", REDUCING, "Sum", "x.sum({})", ONE, REDUCTIONS),
    Operation("mean", REDUCING, "Mean", "x.mean({})", ONE[:-1], REDUCTIONS),
    Operation("amax", REDUCING, "Amax", "x.amax({})", ONE[:-1], REDUCTIONS, distinct),
    Operation("softmax", REDUCING, "Softmax", "x.softmax({})", ONE[:-1], LINES),
    Operation("log_softmax", REDUCING, "LogSoftmax", "x.log_softmax({})", ONE[:-1], LINES),
    Operation("reshape", SHAPING, "Reshape", "x.reshape({})", ONE, LAYOUTS),
    Operation("transpose", SHAPING, "Transpose", "x.transpose({})", SQUARE_OR_MORE, SWAPS),
    Operation("permute", SHAPING, "Permute", "x.permute({})", ONE, ORDERS),
    Operation("getitem", SHAPING, "GetItem", "x[{}]", ONE[:6], PICKS),
    Operation("cat", SHAPING, "Cat", "torch.cat([x, y], {})", JOINED, LINES),
    Operation("matmul", "ops/linear.py", "MatMul", "x @ y", MATRICES),
)


Half = Literal["forward", "backward"]


@dataclass(frozen=True)
class Convention:
    """What half of an operation does at a kink, at a tie, far out: agreed on, or easily missed.

    It is an exercise of its own; `operation` is the row that asks for it, and it may need another.
    """

    name: str
    half: Half
    operation: Operation
    needs: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The exercise's."""
        return f"{self.operation.name}_{self.name}"


ROW = {operation.name: operation for operation in OPERATIONS}
SAME = tuple(shapes for shapes in PAIRS if shapes[0] == shapes[1])

CONVENTIONS = (
    Convention("at_zero", "backward", replace(ROW["relu"], domain=half_zero)),
    Convention("at_zero", "backward", replace(ROW["abs"], domain=half_zero)),
    Convention("extremes", "forward", replace(ROW["sigmoid"], domain=far_out)),
    Convention("ties", "backward", replace(ROW["maximum"], shapes=SAME, domain=half_equal)),
    Convention("ties", "backward", replace(ROW["amax"], domain=signs)),
    Convention("extremes", "forward", replace(ROW["softmax"], domain=far_out)),
    Convention("extremes", "forward", replace(ROW["log_softmax"], domain=far_out)),
    Convention("repeats", "backward", replace(ROW["getitem"], params=REPEATS)),
    Convention("batches", "backward", replace(ROW["matmul"], shapes=BATCHES)),
    Convention("vectors", "backward", replace(ROW["matmul"], shapes=VECTORS), ("matmul_batches",)),
)
