"""Stage 2: every row of the operations table is asked for its values, then for its derivatives."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
from hypothesis import strategies as st

from grader.programs.cases import Case, Check
from grader.programs.operations import (
    CONVENTIONS,
    OPERATIONS,
    Convention,
    Operands,
    Operation,
    Shapes,
)
from grader.programs.oracle import result_shape
from grader.programs.program import Program
from grader.programs.strategies import DTYPES, arange, arrays, one_of
from grader.programs.strategies import upstream as upstreams

ARRAYS = ("a", "b")


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
    observe = (*(f"{x}.grad" for x in names), "up")  # which is not ours to write into
    return Case(Program("\n".join(lines), {**inputs, "upstream": upstream}, observe))


@cache
def combinations(operation: Operation) -> tuple[tuple[Shapes, str], ...]:
    """Pair all shapes with all parameters, as far as torch accepts them: a vector has no dim 1."""
    accepted = []
    for shapes, params in product(operation.shapes, operation.params):
        with suppress(IndexError, RuntimeError):
            result_shape(operation.call.format(params), shapes)
            accepted.append((shapes, params))
    return tuple(accepted)


def operands_of(
    operation: Operation, shapes: Shapes, params: str, dtype: str
) -> st.SearchStrategy[Operands]:
    """Draw the operands, in the operation's domain."""
    drawn = st.tuples(*(arrays(shape, dtype) for shape in shapes))
    return drawn.map(lambda operands: operation.domain(params, operands))


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
    """Make the corner cases of both halves: all shapes with all parameters."""
    asked_values, asked_derivatives = [], []
    for shapes, params in combinations(operation):
        operands = operation.domain(params, tuple(arange(shape) for shape in shapes))
        out = result_shape(operation.call.format(params), shapes)
        asked_values.append(value(operation, params, operands))
        asked_derivatives.append(derivative(operation, params, operands, 1 + arange(out)))
    return tuple(asked_values), tuple(asked_derivatives)


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


CHECKS = (
    *(check for operation in OPERATIONS for check in of_operation(operation)),
    *(of_convention(convention) for convention in CONVENTIONS),
)
