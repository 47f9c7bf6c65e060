"""Outcomes and cases as documents: read back with every part checked, for they may be anybody's."""

from typing import Any

import numpy as np

from .cases import Case, Predicate
from .execution import (
    MOST_BITS,
    MOST_DIMENSIONS,
    MOST_TEXT,
    MOST_VALUES,
    PLAIN_DTYPES,
    Outcome,
    Raised,
    Value,
    to_document,
)
from .program import Program

PLAIN = {"none": type(None), "bool": bool, "int": int, "float": float}
TEXTS = {"dtype", "str", "other"}
MOST_LINES = 1_000_000  # of a file: the line of an exception is whatever a submission says it is


def read_value(data: Any, depth: int = 0) -> Value:
    """Read one value: a known kind with a content that fits it."""
    kind, content = data
    if kind in ("tensor", "array"):
        fits = isinstance(content, np.ndarray) and content.dtype in PLAIN_DTYPES
        fits = fits and content.size <= MOST_VALUES and content.ndim <= MOST_DIMENSIONS
    elif kind in ("tuple", "list"):
        fits = len(content) <= 100 and depth < 4
        content = [read_value(item, depth + 1) for item in content] if fits else None
    elif kind in TEXTS:
        fits = isinstance(content, str) and len(content) <= MOST_TEXT
    else:
        fits = type(content) is PLAIN.get(kind)
        fits = fits and not (type(content) is int and content.bit_length() > MOST_BITS)
    if not fits:
        raise ValueError(f"a value of kind {str(kind)[:MOST_TEXT]!r} that does not fit")
    return Value(kind, content)


def read_raised(data: Any) -> Raised:
    """Read an exception: of one type at least, and with a place or none."""
    types, message, file, line = (data[key] for key in ("types", "message", "file", "line"))
    if not types or not all(isinstance(text, str) for text in (message, *types)):
        raise ValueError("an exception without a type or a message")
    if not (isinstance(file, str) and len(file) <= MOST_TEXT and type(line) is int):
        file, line = None, None
    line = None if line is None else max(1, min(line, MOST_LINES))
    return Raised(tuple(name[:MOST_TEXT] for name in types[:20]), message[:MOST_TEXT], file, line)


def read_outcome(data: Any) -> Outcome:
    """Read an outcome; ValueError, KeyError or TypeError when it is not one."""
    values = tuple(read_value(value) for value in data["values"])
    inputs = dict(data["inputs"])
    if not all(isinstance(array, np.ndarray) for array in inputs.values()):
        raise ValueError("an input that is not an array")
    raised = data["raised"]
    return Outcome(values, None if raised is None else read_raised(raised), inputs)


def program_document(program: Program) -> dict[str, Any]:
    """Make a program ready for the bank."""
    return {**vars(program), "inputs": dict(program.inputs)}


def read_program(data: Any) -> Program:
    """Read a program."""
    return Program(data["source"], data["inputs"], tuple(data["observe"]))


def case_document(case: Case) -> dict[str, Any]:
    """Make a settled case ready for the bank."""
    expected = case.expected
    return {
        "program": program_document(case.program),
        "outcome": to_document(expected) if isinstance(expected, Outcome) else None,
        "predicate": vars(expected) if isinstance(expected, Predicate) else None,
        "twin": case.twin and program_document(case.twin),
        "tolerance": case.tolerance,
    }


def read_case(data: Any) -> Case:
    """Read a settled case."""
    return Case(
        read_program(data["program"]),
        Predicate(**data["predicate"]) if data["predicate"] else read_outcome(data["outcome"]),
        data["twin"] and read_program(data["twin"]),
        data["tolerance"],
    )
