"""Stage 2: every row of the operations table is asked for its values, then for its derivatives."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import product
from math import prod

import numpy as np
from hypothesis import strategies as st

from grader.programs.cases import Case, Check
from grader.programs.domains import UNEQUAL, Operands
from grader.programs.operations import (
    CONVENTIONS,
    OPERATIONS,
    REDUCING,
    ROW,
    Convention,
    Operation,
    Shapes,
)
from grader.programs.oracle import result_shape
from grader.programs.program import Program
from grader.programs.strategies import DTYPES, Shape, arange, arrays, both_signs, one_of
from grader.programs.strategies import upstream as upstreams

ARRAYS = ("a", "b")
CONTENTS = (
    both_signs,
    lambda shape: both_signs(shape).astype("float32"),
    lambda shape: both_signs(shape) * 2.0**20,
    lambda shape: both_signs(shape) * 2.0**-10,
)


def from_zero(shape: Shape) -> np.ndarray:
    """Fill with 0, 1, 2, …: where zero is no edge, every parameter meets it."""
    return arange(shape) - 1


def value(operation: Operation, params: str, operands: Sequence[np.ndarray]) -> Case:
    """Apply the operation to constant tensors and look at the result."""
    inputs = dict(zip(ARRAYS, operands, strict=False))
    lines = [f"{x} = torch.tensor({a})" for x, a in zip(operation.operands, inputs, strict=True)]
    lines += [f"out = {operation.call.format(params)}"]
    return Case(Program("\n".join(lines), inputs, ("out", *operation.operands)))


def derivative(
    operation: Operation,
    params: str,
    operands: Sequence[np.ndarray],
    upstream: np.ndarray,
    constant: str = "",
) -> Case:
    """Send an upstream gradient back and look at what every operand gets; one may be constant."""
    inputs = dict(zip(ARRAYS, operands, strict=False))
    names = operation.operands
    lines = [
        f"{x} = torch.tensor({a}{'' if x == constant else ', requires_grad=True'})"
        for x, a in zip(names, inputs, strict=True)
    ]
    lines += ["up = torch.tensor(upstream)", f"out = {operation.call.format(params)}"]
    lines += ["out.backward(up)"]
    observe = (*(f"{x}.grad" for x in names), *names, "up")  # none is a backward's to write into
    return Case(Program("\n".join(lines), {**inputs, "upstream": upstream}, observe))


def as_both(operation: Operation, params: str, operand: np.ndarray, upstream: np.ndarray) -> Case:
    """Give both operands the same tensor, which gets the sum of both gradients."""
    lines = ["x = torch.tensor(a, requires_grad=True)", "y = x"]
    lines += [f"out = {operation.call.format(params)}"]
    lines += ["out.backward(torch.tensor(upstream))"]
    return Case(Program("\n".join(lines), {"a": operand, "upstream": upstream}, ("x.grad", "x")))


def twice(operation: Operation, params: str, operands: Operands, upstream: np.ndarray) -> Case:
    """Walk back a second time: what was kept for the way back is as it was."""
    once = derivative(operation, params, operands, upstream).program
    first = "out.backward(torch.tensor(upstream), retain_graph=True)"  # torch adds to `up` itself
    source = once.source.replace("out.backward(up)", f"{first}\nout.backward(up)")
    return Case(replace(once, source=source, observe=once.observe[: len(operands)]))


@cache
def combinations(operation: Operation) -> tuple[tuple[Shapes, str], ...]:
    """Pair all shapes with all parameters, as far as torch accepts them: a vector has no dim 1."""
    accepted = []
    for shapes, params in product(operation.shapes, operation.params):
        with suppress(IndexError, RuntimeError):
            result_shape(operation.call.format(params), shapes)
            if not takes_from_nothing(operation, shapes, params):
                accepted.append((shapes, params))
    return tuple(accepted)


def takes_from_nothing(operation: Operation, shapes: Shapes, params: str) -> bool:
    """Say whether it looks for the mean or the largest of no values; only a sum has one: zero."""
    if operation.file != REDUCING or operation.name == "sum":
        return False
    return 0 in shapes[0] and 0 not in result_shape(f"x.sum({params})", shapes)


def operands_of(
    operation: Operation, shapes: Shapes, params: str, dtype: str
) -> st.SearchStrategy[Operands]:
    """Draw the operands, in the operation's domain."""
    drawn = st.tuples(*(arrays(shape, dtype) for shape in shapes))
    return drawn.map(lambda operands: operation.domain.move(params, operands))


@st.composite
def values(draw: st.DrawFn, operation: Operation) -> Case:
    """Draw shapes and parameters, one dtype, and contents."""
    (shapes, params), dtype = draw(one_of(combinations(operation))), draw(one_of(DTYPES))
    return value(operation, params, draw(operands_of(operation, shapes, params, dtype)))


@st.composite
def derivatives(draw: st.DrawFn, operation: Operation) -> Case:
    """Draw as for values, and an upstream gradient and perhaps an operand that is constant."""
    (shapes, params), dtype = draw(one_of(combinations(operation))), draw(one_of(DTYPES))
    operands = draw(operands_of(operation, shapes, params, dtype))
    upstream = draw(upstreams(result_shape(operation.call.format(params), shapes), dtype))
    constants = ("", "", *operation.operands) if len(operation.operands) > 1 else ("",)
    return derivative(operation, params, operands, upstream, draw(one_of(constants)))


def corners(operation: Operation) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """Make the corner cases of both halves.

    All shapes with all parameters; both signs and dtypes, zero, large values and tiny ones; a walk
    back that is repeated; and, where there are two operands which may be equal, one tensor as both.
    """
    every = combinations(operation)
    middling = next(drawn for drawn in every if min(map(prod, drawn[0])) > 1)
    filled = [*((drawn, arange) for drawn in every), *((middling, fill) for fill in CONTENTS)]
    filled += [(drawn, from_zero) for drawn in every if drawn[0] == middling[0]]
    asked_values, asked_derivatives = [], []
    for (shapes, params), fill in filled:
        operands = operation.domain.move(params, tuple(map(fill, shapes)))
        out = 1 + arange(result_shape(operation.call.format(params), shapes))
        upstream = out.astype(operands[0].dtype)
        asked_values.append(value(operation, params, operands))
        asked_derivatives.append(derivative(operation, params, operands, upstream))
        if (shapes, params) == middling:
            asked_derivatives.append(twice(operation, params, operands, upstream))
    for shape in dict.fromkeys(shapes[0] for shapes, _ in every if shapes[1:] == shapes[:1]):
        if operation.domain is not UNEQUAL:
            out = 1 + arange(result_shape(operation.call.format(every[0][1]), (shape, shape)))
            (operand, _) = operation.domain.move("", (arange(shape), arange(shape)))
            asked_derivatives.append(as_both(operation, every[0][1], operand, out))
    return tuple(asked_values), tuple(asked_derivatives)


def three(dim: int, *shapes: Shape) -> tuple[Case, Case]:
    """Join three tensors, the first of them twice: its value, and what comes back."""
    joining = replace(ROW["cat"], call="torch.cat([x, y, x], {})")
    operands = tuple(map(arange, shapes))
    out = result_shape(joining.call.format(f"dim={dim}"), shapes)
    return (value(joining, f"dim={dim}", operands),
            derivative(joining, f"dim={dim}", operands, 1 + arange(out)))  # fmt: skip


def of_operation(operation: Operation) -> tuple[Check, Check]:
    """Make the two checks of a row."""
    corner_values, corner_derivatives = corners(operation)
    call = operation.call.format("…")
    return (
        Check(f"{operation.name}_forward", f"The value of {call}.", values(operation),
              corner_values),
        Check(f"{operation.name}_backward", f"The gradients that {call} sends back, for any "
              "upstream gradient.", derivatives(operation), corner_derivatives),
    )  # fmt: skip


def of_convention(convention: Convention) -> Check:
    """Make the check of a convention: that of its row's one half."""
    checks = of_operation(convention.operation)
    check = checks[convention.half == "backward"]
    return replace(check, exercise=convention.id)


# With two tensors a backward need not know where the second one ends.
VALUES, GRADIENTS = zip(three(0, (2,), (3,)), three(1, (2, 1), (2, 3)), strict=True)

CHECKS = (
    *(check for operation in OPERATIONS for check in of_operation(operation)),
    Check("cat_forward", "The value of more than two.", st.sampled_from(VALUES), VALUES),
    Check("cat_backward", "The gradients of more than two.", st.sampled_from(GRADIENTS), GRADIENTS),
    *(of_convention(convention) for convention in CONVENTIONS),
)
