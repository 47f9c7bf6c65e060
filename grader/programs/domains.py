"""Domains: where operations are defined and smooth, and the kinks, ties and extremes beside that.

A domain is part of an operation's row. Drawn values, quarters between -3 and 3, are moved into it;
values that a program computes are asked how far they are from its edge.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Operands = tuple[np.ndarray, ...]
MOST = 20.0  # where exponentials still have digits to spare


def far_inside(_: str, __: Operands) -> float:
    """Say that every value is far from an edge, for there is none."""
    return np.inf


@dataclass(frozen=True)
class Domain:
    """`move` puts an operation's operands into the domain; `margin` is their distance to its edge.

    Both are given the operation's parameters, as source text, and the operands.
    """

    move: Callable[[str, Operands], Operands]
    margin: Callable[[str, Operands], float] = far_inside


def smallest(arrays: Operands) -> float:
    """Give the smallest value of all."""
    return min(float(a.min(initial=np.inf)) for a in arrays)


def off_zero(operands: Operands) -> Operands:
    """Put a one in the place of each zero."""
    return tuple(np.where(a == 0, np.ones_like(a), a) for a in operands)


def above_zero(operands: Operands) -> Operands:
    """Make all values positive."""
    return tuple(np.abs(a) for a in off_zero(operands))


def ranks(a: np.ndarray) -> np.ndarray:
    """Put the ranks of the values in their place, so that no two are equal."""
    order = np.argsort(np.argsort(a, axis=None, kind="stable")) + 1 - a.size // 2
    return order.reshape(a.shape).astype(a.dtype)


def every_other(a: np.ndarray, other: np.ndarray | float) -> np.ndarray:
    """Put another value in every other place."""
    places = np.arange(a.size).reshape(a.shape) % 2
    return np.where(places, a, other).astype(a.dtype)


def of_power(exponent: str) -> Domain:
    """Give the domain of a power: whole exponents take negative values, zero from 0 on."""
    if "." in exponent:
        return POSITIVE
    return NONZERO if exponent.startswith("-") else ANYWHERE


# Smooth: what is asked of an operation's idea.
ANYWHERE = Domain(lambda _, operands: operands)
MODERATE = Domain(
    lambda _, operands: tuple(np.clip(a, -MOST, MOST) for a in operands),
    lambda _, operands: MOST - max(float(np.abs(a).max(initial=0)) for a in operands),
)
NONZERO = Domain(
    lambda _, operands: off_zero(operands),
    lambda _, operands: smallest(tuple(np.abs(a) for a in operands)),
)
POSITIVE = Domain(lambda _, operands: above_zero(operands), lambda _, operands: smallest(operands))
POWER = Domain(
    lambda exponent, operands: of_power(exponent).move("", operands),
    lambda exponent, operands: of_power(exponent).margin("", operands),
)
UNEQUAL = Domain(
    lambda _, operands: (operands[0], operands[1] + np.asarray(0.125, operands[1].dtype)),
    lambda _, operands: smallest((np.abs(np.subtract(*operands)),)),
)
DISTINCT = Domain(
    lambda _, operands: (ranks(operands[0]),),
    lambda _, operands: smallest((np.diff(np.sort(operands[0], axis=None)),)),
)

# Kinks, ties and extremes: what is asked by exercises of their own.
HALF_ZERO = Domain(lambda _, operands: tuple(every_other(a, 0) for a in operands))
HALF_EQUAL = Domain(lambda _, operands: (operands[0], every_other(operands[1], operands[0])))
SIGNS = Domain(lambda _, operands: tuple(np.sign(a) for a in operands))
FAR_OUT = Domain(lambda _, operands: tuple(400 * a for a in operands))
