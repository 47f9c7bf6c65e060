"""Values: what an expression was, as a student would meet it in Python, and short enough."""

from dataclasses import replace

import numpy as np

from grader.grading.compare import Mismatch
from grader.programs.execution import Value

from .escaping import plain

ARRAYS, LISTS = ("tensor", "array"), ("tuple", "list")
MOST_SHOWN = 2_000  # characters of a value
MOST_DIMENSIONS = 4  # the course asks for three
ABRIDGED = 60  # numbers; of an array with more the corners are shown
MOST_ITEMS = 20  # of a list; of one with more those around the first difference
WHOLE = slice(None)
WIDTH = 75  # a longer list has a line for each item, as NumPy breaks a longer array
WAYS = ((6, True), (6, False), (9, False), (17, False))  # to write floats: digits, and no exponent


def show(
    value: Value, kind: str = "value", way: tuple[int, bool] = WAYS[0], part: slice = WHOLE
) -> str:
    """Write a value as a student would meet it in Python; its dtype where that is what differs.

    Of a list a `part`, and no more than is shown. An array of many dimensions, which NumPy does not
    abridge, is written flat: a few of them would take megabytes, and minutes.
    """
    if value.kind in ARRAYS:
        digits, suppress = way
        with np.printoptions(precision=digits, threshold=ABRIDGED, floatmode="maxprec",
                             suppress=suppress):  # fmt: skip
            many = value.content.ndim > MOST_DIMENSIONS
            text = np.array2string(value.content.ravel() if many else value.content, separator=", ")
        text += f"  shape={value.content.shape}" if many else ""
        return f"{text}  dtype={value.content.dtype}" if kind == "dtype" else text
    if value.kind in LISTS:
        return _list(value, way, part)
    return plain(repr(value.content) if value.kind == "str" else str(value.content))


def _list(value: Value, way: tuple[int, bool], part: slice) -> str:
    """Write a list in one line, or if that is too long, with a line for each item."""
    first, end, _ = part.indices(len(value.content))
    items, length = ["..."] * (first > 0), 0
    for item in value.content[first:end]:
        text = show(item, way=way)
        items.append(f"array({_indented(text, 6)})" if item.kind in ARRAYS else text)
        length += len(text)
        if length > MOST_SHOWN:
            break
    items += ["..."] * (end < len(value.content))
    text = ", ".join(items)
    if len(text) > WIDTH or "\n" in text:
        text = _indented(",\n".join(items), 1)
    comma = "," if value.kind == "tuple" and len(value.content) == 1 else ""
    return f"({text}{comma})" if value.kind == "tuple" else f"[{text}]"


def _indented(text: str, by: int) -> str:
    return text.replace("\n", "\n" + " " * by)


def shown(found: Mismatch, cut: str, *, limited: bool) -> dict[str, str | None]:
    """Write the expected and the actual value so that their difference is seen; too long is `cut`.

    Two that read alike, as an array and a tensor do, would contradict the sentence: none is shown.
    Beside the reference's files one number, or shape and dtype: a submission could carry these
    files out in the values that it returns.
    """
    expected, actual = found.expected, found.actual
    if expected is None or actual is None:
        return {"expected": None, "actual": None}
    part = _part(found, expected, actual)
    for way in WAYS:
        pair = [_one(value, found.index) if limited and value.kind in ARRAYS
                else show(value, found.kind, way, part)
                for value in (expected, actual)]  # fmt: skip
        if pair[0] != pair[1]:
            break
    else:
        return {"expected": None, "actual": None}
    clipped = [f"{text[:MOST_SHOWN]}{cut}" if len(text) > MOST_SHOWN else text for text in pair]
    return dict(zip(("expected", "actual"), clipped, strict=True))


def _part(found: Mismatch, *pair: Value) -> slice:
    """Choose what is shown of two lists, if one is long: what is around the first difference."""
    if any(value.kind not in LISTS for value in pair):
        return WHOLE
    lengths = [len(value.content) for value in pair]
    if max(lengths) <= MOST_ITEMS:
        return WHOLE
    both = enumerate(zip(*(value.content for value in pair), strict=False))
    apart = (i for i, (one, other) in both if show(one) != show(other))
    place = found.index[0] if found.index else next(apart, min(lengths))
    first = max(0, place - MOST_ITEMS // 2)
    return slice(first, first + MOST_ITEMS)


def _one(value: Value, index: tuple[int, ...] | None) -> str:
    if index is None:
        return f"{value.content.shape} {value.content.dtype}"
    return f"{list(index)}: {_number(value.content[index], 6)}"


def inside(found: Mismatch) -> Mismatch:
    """Go from two lists to the first items that differ, and say how these do."""
    while found.expected and found.actual and found.index and found.expected.kind in LISTS:
        place, *rest = found.index
        one, other = found.expected.content[place], found.actual.content[place]
        kind, index = "value", tuple(rest) or None
        if one.kind != other.kind:
            kind = "type"
        elif one.kind in ARRAYS:
            differ = [name for name in ("shape", "dtype")
                      if getattr(one.content, name) != getattr(other.content, name)]  # fmt: skip
            kind, index = (differ[0], None) if differ else ("value", tuple(rest))
        found = replace(found, kind=kind, expression=f"{found.expression}[{place}]", index=index,
                        expected=one, actual=other)  # fmt: skip
    return found


def numbers(expected: object, actual: object) -> dict[str, str]:
    """Write two numbers with as few digits as tell them apart."""
    for digits in (6, 9, 12, 17):
        pair = tuple(_number(x, digits) for x in (expected, actual))
        if pair[0] != pair[1]:
            break
    return {"expected": pair[0], "actual": pair[1]}


def _number(value: object, digits: int) -> str:
    return f"{value:.{digits}g}" if isinstance(value, (float, np.floating)) else str(value)
