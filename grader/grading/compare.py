"""Compare an outcome with what was expected of it: states, and the first difference."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.programs.cases import Case, Predicate
from grader.programs.execution import Outcome, Value
from grader.programs.predicates import PREDICATES

Array = np.ndarray | np.float64

PASSED, FAILED, PENDING, ERROR = "passed", "failed", "pending", "error"

# Relative to max(1, largest expected value): a package that computes in float64 differs from torch
# by at most 2e-15 of the scale, one that slips to float32 by 3e-6.
TOLERANCE = {"float64": 1e-9, "float32": 1e-4, "float16": 1e-2}


@dataclass(frozen=True)
class Mismatch:
    """How an outcome differs: its `kind`, the observed expression, the first differing coordinate.

    Kinds: value, shape, dtype, type, raised, not_raised, mutated, complaint; time, crash, files,
    protocol for outcomes that never came, and unasked where no time was left to ask. `words` are
    what the kind's sentence needs.
    """

    kind: str
    expression: str | None = None
    index: tuple[int, ...] | None = None
    expected: Value | None = None
    actual: Value | None = None
    words: Mapping[str, Any] = field(default_factory=dict)


def state_of(case: Case, outcome: Outcome) -> tuple[str, Mismatch | None]:
    """Say passed, pending or failed; NotImplementedError is asked first, for stubs raise it."""
    if outcome.raised and "NotImplementedError" in outcome.raised.types:
        return PENDING, None
    mismatch = compare(case, outcome)
    return (FAILED, mismatch) if mismatch else (PASSED, None)


def compare(case: Case, outcome: Outcome) -> Mismatch | None:
    """Give the first difference between what a case expects and what came, or None."""
    if outcome.lost:
        return lost(outcome)
    expected = case.expected
    assert expected is not None, "a case is settled before it is graded"
    wanted = expected.raised if isinstance(expected, Outcome) else None
    if outcome.raised and not (wanted and _is_a(outcome.raised.types, wanted.types[0])):
        return Mismatch("raised", words=vars(outcome.raised))
    if wanted:
        return None if outcome.raised else Mismatch("not_raised", words={"error": wanted.types[0]})
    if isinstance(expected, Predicate):
        complaint = PREDICATES[expected.name](outcome.values, **expected.params)
        if complaint is None:
            return None
        return Mismatch("complaint", words={"complaint": complaint, **expected.params})
    for name, array in case.program.inputs.items():
        if not _same_bits(array, outcome.inputs[name]):
            return Mismatch("mutated", name, expected=Value("array", array),
                            actual=Value("array", outcome.inputs[name]))  # fmt: skip
    for expression, want, got in zip(
        case.program.observe, expected.values, outcome.values, strict=True
    ):
        if mismatch := _compare_value(expression, want, got, case.tolerance):
            return mismatch
    return None


def lost(outcome: Outcome) -> Mismatch:
    """Say how and where the process was lost."""
    file, line = outcome.place or (None, None)
    words = {"detail": outcome.detail, "file": file, "line": line}
    return Mismatch(outcome.lost or "", words=words)


def _is_a(types: tuple[str, ...], wanted: str) -> bool:
    """Say whether an exception is one of a type; endless recursion refuses nothing on purpose."""
    return wanted in types and (wanted == "RecursionError" or "RecursionError" not in types)


def _same_bits(before: np.ndarray, after: np.ndarray) -> bool:
    return (
        before.dtype == after.dtype
        and before.shape == after.shape
        and before.tobytes() == after.tobytes()
    )


def _compare_value(
    expression: str, want: Value, got: Value, tolerance: float | None
) -> Mismatch | None:
    def differs(kind: str, index: tuple[int, ...] | None = None) -> Mismatch:
        return Mismatch(kind, expression, index, want, got)

    if want.kind != got.kind:
        return differs("type")
    if want.kind in ("tuple", "list"):
        pairs = zip(want.content, got.content, strict=False)
        same = len(want.content) == len(got.content) and all(
            _compare_value(expression, one, other, tolerance) is None for one, other in pairs
        )
        return None if same else differs("value")
    if want.kind == "float":
        close = not _wrong(np.float64(want.content), np.float64(got.content), tolerance).any()
        return None if close else differs("value")
    if want.kind not in ("tensor", "array"):
        return None if want.content == got.content else differs("value")
    expected, actual = want.content, got.content
    if expected.shape != actual.shape:
        return differs("shape")
    if expected.dtype != actual.dtype:
        return differs("dtype")
    if (
        expected.tobytes() == actual.tobytes()
        or not (wrong := _wrong(expected, actual, tolerance)).any()
    ):
        return None
    first = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return differs("value", tuple(int(i) for i in first))


def same(one: Value, other: Value, tolerance: float = 0.0) -> bool:
    """Say whether two values are the same; to the last digit, unless a tolerance is given."""
    return _compare_value("", one, other, tolerance) is None


def _wrong(expected: Array, actual: Array, tolerance: float | None) -> np.ndarray:
    """Mark the coordinates that differ; NaN equals NaN, and infinities equal themselves."""
    if expected.dtype.kind != "f":
        return np.asarray(expected != actual)
    if tolerance is None:
        tolerance = TOLERANCE[expected.dtype.name]
    wide, came = expected.astype(np.float64), actual.astype(np.float64)
    largest = np.abs(wide).max(initial=0.0, where=np.isfinite(wide))
    allowed = tolerance * max(1.0, largest)
    with np.errstate(over="ignore", invalid="ignore"):
        close = (np.abs(came - wide) <= allowed) | (came == wide)
        return np.asarray(~(close | (np.isnan(came) & np.isnan(wide))))
