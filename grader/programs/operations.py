"""The operations table: one row an operation; strategies, exercises and checks derive from it."""

from dataclasses import dataclass

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
SQUARE_OR_MORE = tuple(shapes for shapes in ONE if len(shapes[0]) >= 2)

REDUCTIONS = ("", "dim=0", "dim=-1", "dim=1", "dim=(0, -1)", "dim=0, keepdim=True",
              "dim=-1, keepdim=True", "dim=(0, 2), keepdim=True")  # fmt: skip
SWAPS = ("0, 1", "-1, 0", "1, 0", "-2, -1")


@dataclass(frozen=True)
class Operation:
    """One row: `call` is the source, on operands `x` and `y`, with `{}` where the params go."""

    name: str
    file: str
    symbol: str
    call: str
    shapes: tuple[Shapes, ...]
    params: tuple[str, ...] = ("",)

    @property
    def operands(self) -> tuple[str, ...]:
        """The operands' names, as many as every entry of `shapes` has."""
        return ("x", "y")[: len(self.shapes[0])]


OPERATIONS = (
    Operation("add", "ops/elementwise.py", "Add", "x + y", PAIRS),
    Operation("mul", "ops/elementwise.py", "Mul", "x * y", PAIRS),
    Operation("sum", "ops/reductions.py", "Sum", "x.sum({})", ONE, REDUCTIONS),
    Operation("transpose", "ops/shapes.py", "Transpose", "x.transpose({})", SQUARE_OR_MORE, SWAPS),
    Operation("matmul", "ops/linear.py", "MatMul", "x @ y", MATRICES),
)
