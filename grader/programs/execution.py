"""Run a program and observe it: the same code beside torch and, alone with NumPy, in the worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType, ModuleType, TracebackType
from typing import Any, NamedTuple, Protocol

import numpy as np

DTYPES = {"bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"}
PLAIN_DTYPES = {np.dtype(name) for name in DTYPES}  # their names are slow to ask for
PLAIN_DTYPES |= {dtype.newbyteorder("S") for dtype in PLAIN_DTYPES}  # in either byte order
MOST_VALUES = 100_000
MOST_DIMENSIONS = 8  # the course asks for three
MOST_TEXT = 300
MOST_BITS = 64
SCALARS = {bool, int, float, str}


class Value(NamedTuple):
    """What an observed expression was: its kind, and its content in plain Python or as an array."""

    kind: str  # tensor, array, dtype, none, bool, int, float, str, tuple, list, other
    content: Any


@dataclass(frozen=True)
class Raised:
    """An exception: its type, those it derives from, and where in the package it was raised."""

    types: tuple[str, ...]
    message: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a program: observed values, or an exception, or the loss of the process.

    `inputs` are the input arrays as the program left them. `lost` is why no answer came (time,
    crash, files, protocol), with `detail` and, where it is known, the file and line that the
    process had come to; only the grader's side of the worker sets these.
    """

    values: tuple[Value, ...] = ()
    raised: Raised | None = None
    inputs: Mapping[str, np.ndarray] = field(default_factory=dict)
    lost: str | None = None
    detail: str = ""
    place: tuple[str, int] | None = None


class Package(Protocol):
    """What differs between torch and the submission: the module, and how its objects are read."""

    module: ModuleType

    def array_of(self, value: object) -> object:
        """Give the array of a tensor, or None for anything else."""

    def dtype_of(self, value: object) -> str | None:
        """Give the name of a dtype, or None for anything else."""

    def place_of(self, traceback: TracebackType | None, /) -> tuple[str | None, int | None]:
        """Say where in the package an exception was raised: file and line."""


def execute(
    source: str, inputs: Mapping[str, np.ndarray], observe: Sequence[str], package: Package
) -> Outcome:
    """Run `source` with `torch` (also `sinmagia`), `np` and copies of the inputs; then observe."""
    mine = {name: np.array(array, order="C") for name, array in inputs.items()}
    namespace: dict[str, Any] = {"np": np, "torch": package.module, "sinmagia": package.module}
    namespace |= mine
    values: list[Value] = []
    raised = None
    try:
        exec(_compiled(source, "exec"), namespace)
        values.extend(
            describe(eval(_compiled(expression, "eval"), namespace), package)
            for expression in observe
        )
    except BaseException as error:  # student code may raise anything, SystemExit included
        raised = describe_raised(error, package)
    return Outcome(tuple(values), raised, mine)


@lru_cache(maxsize=2000)  # many cases differ in their inputs alone
def _compiled(source: str, mode: str) -> CodeType:
    return compile(source.lstrip() if mode == "eval" else source, "<program>", mode)


def describe(value: object, package: Package, depth: int = 0) -> Value:
    """Turn what a program produced into plain data; what a tensor's world lacks is `other`."""
    kind = type(value)
    if value is None:
        return Value("none", None)
    if kind in SCALARS and not (type(value) is int and value.bit_length() > MOST_BITS):
        return Value(kind.__name__, value[:MOST_TEXT] if isinstance(value, str) else value)
    if isinstance(value, (tuple, list)) and len(value) <= 100 and depth < 4:
        items = [describe(item, package, depth + 1) for item in value]
        return Value("tuple" if isinstance(value, tuple) else "list", items)
    if (array := package.array_of(value)) is not None:
        return describe_array("tensor", array)
    if (name := package.dtype_of(value)) is not None:
        return Value("dtype", name)
    return describe_array("array", value)


def describe_array(kind: str, array: object) -> Value:
    """Copy a plain NumPy array or scalar; a subclass, which could lie, is `other`."""
    if type(array) is not np.ndarray and not isinstance(array, np.generic):
        return Value("other", type(array).__name__[:MOST_TEXT])
    fits = array.size <= MOST_VALUES and array.ndim <= MOST_DIMENSIONS
    if array.dtype not in PLAIN_DTYPES or not fits:
        return Value("other", f"{kind} of {array.size} {array.dtype.name}"[:MOST_TEXT])
    return Value(kind, np.array(array, order="C"))


def describe_raised(error: BaseException, package: Package) -> Raised:
    """Note an exception's types, its message and its place; a SyntaxError knows its own place."""
    types = tuple(t.__name__ for t in type(error).__mro__ if t is not object)
    try:
        message = str(error)
    except BaseException as second:  # a student's own __str__
        message = f"{type(second).__name__} in __str__"
    file, line = package.place_of(error.__traceback__)
    if isinstance(error, SyntaxError):
        file, line = error.filename, error.lineno
        message = error.msg if isinstance(error.msg, str) else message
    elif isinstance(error, ImportError) and error.path:  # the file that lacks the name
        file, line = error.path, 1
    if not isinstance(file, str) or type(line) is not int:  # anybody may set these attributes
        file, line = None, None
    return Raised(types, message[:MOST_TEXT], file, line)


def to_document(outcome: Outcome) -> dict[str, Any]:
    """Make an outcome ready for the wire: JSON with arrays at the leaves."""
    return {
        "values": list(outcome.values),
        "raised": outcome.raised and vars(outcome.raised),
        "inputs": dict(outcome.inputs),
    }
