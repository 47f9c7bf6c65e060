"""Plain programs: how plain one is, and its neighbours with a line less or with plainer numbers."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from grader.programs.program import Program

ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
PLAIN_TYPES = ("float64", "int64")
DIGITS = (2, 3, 1)  # as factors and exponents too: 1 hides what it is there for
HUNDREDS = (100, 1000)  # where digits are too small to fail
TURNS = (2, 3)  # of a loop, which for one would be none
Written = tuple[int, int, int, float]  # a number in a source: line, start, end, value without sign


def rank(program: Program) -> tuple[Any, ...]:
    """Order programs: few lines, values and turns of loops first, then plain numbers: 1, 2, 3, ….

    The plain ones are whole, not zero, all different, and near their place in the count.
    """
    arrays = [array for array in program.inputs.values() if array.dtype.kind in "fi"]
    floats = _joined(array for array in arrays if array.dtype.kind == "f")  # an index may be zero
    every = _joined(arrays)
    written = (value for *_, value in _operands(program.source))
    return (
        program.size,
        sum(value for *_, value in _turns(program.source)),
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
    """Write a digit for a number in a sum, a product or a power, or for a loop's count of turns."""
    lines = program.source.splitlines()
    operands, turns = _operands(program.source), _turns(program.source)
    for written, digits in (*product(operands, [DIGITS]), *product(turns, [TURNS])):
        line, start, end, value = written
        for digit in digits:
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
def _operands(source: str) -> tuple[Written, ...]:
    """Find the numbers in sums, products and powers."""
    operations = [node for node in ast.walk(ast.parse(source))
                  if isinstance(node, ast.BinOp) and isinstance(node.op, ARITHMETIC)]  # fmt: skip
    return _written(side for node in operations for side in (node.left, node.right))


@cache
def _turns(source: str) -> tuple[Written, ...]:
    """Find how often loops turn: where their ranges end."""
    loops = [node.iter for node in ast.walk(ast.parse(source)) if isinstance(node, ast.For)]
    ranges = [loop.args for loop in loops if isinstance(loop, ast.Call) and loop.args]
    return _written(arguments[:2][-1] for arguments in ranges)


def _written(nodes: Iterable[ast.expr]) -> tuple[Written, ...]:
    """Give the numbers among some nodes."""
    found = []
    for node in nodes:
        bare = node.operand if isinstance(node, ast.UnaryOp) else node
        value = bare.value if isinstance(bare, ast.Constant) else None
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            place = node.lineno - 1, node.col_offset, node.end_col_offset or 0
            found.append((*place, value))
    return tuple(found)
