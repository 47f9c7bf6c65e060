"""The operations table: one row an operation; strategies, exercises and checks derive from it."""

from dataclasses import dataclass, replace
from typing import Literal

from .domains import (
    ANYWHERE,
    DISTINCT,
    FAR_OUT,
    HALF_EQUAL,
    HALF_ZERO,
    MODERATE,
    NONZERO,
    POSITIVE,
    POWER,
    SIGNS,
    UNEQUAL,
    Domain,
)

Shapes = tuple[tuple[int, ...], ...]  # one shape for each operand

# Simple shapes come first, for shrinking ends there; squares come often, for an axis mistaken for
# another raises on everything else.
EQUAL: tuple[Shapes, ...] = (((1,), (1,)), ((2, 2), (2, 2)), ((2,), (2,)), ((), ()))
STRETCHED: tuple[Shapes, ...] = (
    ((3, 3), (3,)),
    ((3, 3), (3, 1)),
    ((2, 3), ()),
    ((1, 3), (2, 1)),
    ((2, 1, 3), (2, 3)),
    ((1,), (3,)),
    ((0, 2), (2,)),
    ((2, 2, 3), (1, 3)),
)
PAIRS = (*EQUAL, *STRETCHED, *(shapes[::-1] for shapes in STRETCHED))
ONE: tuple[Shapes, ...] = (
    ((2,),),
    ((2, 2),),
    ((3, 3),),
    ((2, 3),),
    ((2, 2, 2),),
    ((2, 3, 4),),
    ((1, 3),),
    ((2, 0),),
    ((0, 2),),
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
LINED = tuple(shapes for shapes in ONE if 0 not in shapes[0])  # no line is empty
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
POWERS = ("2", "3", "1", "0", "-1", "-2", "0.5", "2.5", "-0.5")


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
    domain: Domain = ANYWHERE

    @property
    def operands(self) -> tuple[str, ...]:
        """The operands' names, as many as every entry of `shapes` has."""
        return ("x", "y")[: len(self.shapes[0])]


ELEMENTWISE, REDUCING, SHAPING = "ops/elementwise.py", "ops/reductions.py", "ops/shapes.py"

OPERATIONS = (
    Operation("add", ELEMENTWISE, "Add", "x + y", PAIRS),
    Operation("sub", ELEMENTWISE, "Sub", "x - y", PAIRS),
    Operation("mul", ELEMENTWISE, "Mul", "x * y", PAIRS),
    Operation("div", ELEMENTWISE, "Div", "x / y", PAIRS, domain=NONZERO),
    Operation("neg", ELEMENTWISE, "Neg", "-x", SCALAR_TOO),
    Operation("pow", ELEMENTWISE, "Pow", "x ** {}", SCALAR_TOO, POWERS, POWER),
    Operation("exp", ELEMENTWISE, "Exp", "x.exp()", SCALAR_TOO, domain=MODERATE),
    Operation("log", ELEMENTWISE, "Log", "x.log()", SCALAR_TOO, domain=POSITIVE),
    Operation("sqrt", ELEMENTWISE, "Sqrt", "x.sqrt()", SCALAR_TOO, domain=POSITIVE),
    Operation("abs", ELEMENTWISE, "Abs", "x.abs()", SCALAR_TOO, domain=NONZERO),
    Operation("relu", ELEMENTWISE, "ReLU", "x.relu()", SCALAR_TOO, domain=NONZERO),
    Operation("tanh", ELEMENTWISE, "Tanh", "x.tanh()", SCALAR_TOO, domain=MODERATE),
    Operation("sigmoid", ELEMENTWISE, "Sigmoid", "x.sigmoid()", SCALAR_TOO, domain=MODERATE),
    Operation("maximum", ELEMENTWISE, "Maximum", "x.maximum(y)", PAIRS, domain=UNEQUAL),
    Operation("sum", REDUCING, "Sum", "x.sum({})", SCALAR_TOO, REDUCTIONS),
    Operation("mean", REDUCING, "Mean", "x.mean({})", SCALAR_TOO, REDUCTIONS),
    Operation("amax", REDUCING, "Amax", "x.amax({})", SCALAR_TOO, REDUCTIONS, DISTINCT),
    Operation("softmax", REDUCING, "Softmax", "x.softmax({})", LINED, LINES, MODERATE),
    Operation("log_softmax", REDUCING, "LogSoftmax", "x.log_softmax({})", LINED, LINES, MODERATE),
    Operation("reshape", SHAPING, "Reshape", "x.reshape({})", SCALAR_TOO, LAYOUTS),
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

CONVENTIONS = (
    Convention("at_zero", "backward", replace(ROW["relu"], domain=HALF_ZERO)),
    Convention("at_zero", "backward", replace(ROW["abs"], domain=HALF_ZERO)),
    Convention("extremes", "forward", replace(ROW["sigmoid"], domain=FAR_OUT)),
    Convention("ties", "backward", replace(ROW["maximum"], shapes=EQUAL, domain=HALF_EQUAL)),
    Convention("ties", "backward", replace(ROW["amax"], domain=SIGNS)),
    Convention("extremes", "forward", replace(ROW["softmax"], domain=FAR_OUT)),
    Convention("extremes", "forward", replace(ROW["log_softmax"], domain=FAR_OUT)),
    Convention("repeats", "backward", replace(ROW["getitem"], params=REPEATS)),
    Convention("batches", "backward", replace(ROW["matmul"], shapes=BATCHES)),
    Convention("vectors", "backward", replace(ROW["matmul"], shapes=VECTORS), ("matmul_batches",)),
)
