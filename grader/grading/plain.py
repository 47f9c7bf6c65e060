"""Plain programs: how plain one is, and its neighbours with a line less or with plainer numbers."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from grader.programs.program import Program

ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
PLAIN_TYPES = ("float64", "int64")
DIGITS = (2, 3, 1)  # as factors and exponents too: 1 hides what it is there for
HUNDREDS = (100, 1000)  # where digits are too small to fail


def rank(program: Program) -> tuple[Any, ...]:
    """Order programs: few lines and values first, then plain numbers; 1, 2, 3, … are the plainest.

    The plain ones are whole, not zero, all different, and near their place in the count.
    """
    arrays = [array for array in program.inputs.values() if array.dtype.kind in "fi"]
    floats = _joined(array for array in arrays if array.dtype.kind == "f")  # an index may be zero
    every = _joined(arrays)
    written = (value for *_, value in _operands(program.source))
    return (
        program.size,
        sum(array.dtype.name not in PLAIN_TYPES for array in arrays),
        sum(number % 1 != 0 for number in (*every, *written)),
        int(np.sum(floats == 0)),
        floats.size - np.unique(floats).size,
        float(np.abs(every - np.arange(1, every.size + 1)).sum()),
        every.tolist(),
    )


def shortened(program: Program) -> Iterator[Program]:
    """Leave out each statement, the last ones first, and the inputs that nobody names then."""
    lines = program.source.splitlines()
    for statement in reversed(ast.parse(program.source).body):
        rest = "\n".join(lines[: statement.lineno - 1] + lines[statement.end_lineno :])
        named = {node.id for node in ast.walk(ast.parse(rest)) if isinstance(node, ast.Name)}
        inputs = {name: array for name, array in program.inputs.items() if name in named}
        yield replace(program, source=rest, inputs=inputs)


def rewritten(program: Program) -> Iterator[Program]:
    """Write a digit in the place of a number in a sum, a product or a power."""
    lines = program.source.splitlines()
    for line, start, end, value in _operands(program.source):
        for digit in DIGITS:
            text = f"{lines[line][:start]}{type(value)(digit)}{lines[line][end:]}"
            yield replace(program, source="\n".join([*lines[:line], text, *lines[line + 1 :]]))


def refilled(program: Program) -> Iterator[Program]:
    """Count through all arrays, or anew in each; give every other a minus; round all numbers."""
    floats = {name: array for name, array in program.inputs.items() if array.dtype.kind == "f"}
    counts, start = {}, 1.0
    for name, array in floats.items():
        counts[name] = start + np.arange(array.size).reshape(array.shape)
        start += array.size
    fills = (
        counts,
        {name: counts[name] - counts[name].min(initial=start) + 1 for name in floats},
        {name: np.where(counts[name] % 2, counts[name], -counts[name]) for name in floats},
        {name: np.rint(array) + (np.rint(array) == 0) for name, array in floats.items()},
    )
    for fill in fills:
        yield _with(program, fill)


def renumbered(program: Program, name: str, index: int) -> Iterator[Program]:
    """Put its place in the count, or a digit, or the nearest whole number in one number's place."""
    names = list(program.inputs)
    before = sum(program.inputs[other].size for other in names[: names.index(name)])
    for number in (
        before + index + 1,
        *DIGITS,
        *HUNDREDS,
        np.rint(program.inputs[name].flat[index]),
        -1,
    ):
        array = program.inputs[name].copy()
        array.flat[index] = number
        yield _with(program, {name: array})


def _with(program: Program, arrays: dict[str, np.ndarray]) -> Program:
    """Put other values into arrays, which keep their types."""
    inputs = {name: np.asarray(arrays.get(name, array), array.dtype)
              for name, array in program.inputs.items()}  # fmt: skip
    return replace(program, inputs=inputs)


def _joined(arrays: Iterable[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0), *(array.ravel() for array in arrays)])


@cache
def numbers(source: str) -> tuple[float, ...]:
    """Give the numbers that are written in a source, without their signs."""
    constants = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    values = (node.value for node in constants if not isinstance(node.value, bool))
    return tuple(value for value in values if isinstance(value, (int, float)))


@cache
def _operands(source: str) -> tuple[tuple[int, int, int, float], ...]:
    """Find the numbers in sums, products and powers: line, start, end, value without a sign."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ARITHMETIC):
            for side in (node.left, node.right):
                bare = side.operand if isinstance(side, ast.UnaryOp) else side
                if isinstance(bare, ast.Constant) and isinstance(bare.value, (int, float)):
                    place = side.lineno - 1, side.col_offset, side.end_col_offset or 0
                    found.append((*place, bare.value))
    return tuple(found)
