"""Strategies of inputs: small arrays that shrink to simple ones, shapes, and choices.

Only `integers(0, 99)`, short `sampled_from` and `lists` of these are drawn: Hypothesis mixes
constants of loaded modules into wider draws, and the same seed would give other cases in another
process.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeVar

import numpy as np
from hypothesis import strategies as st

T = TypeVar("T")
Shape = tuple[int, ...]

SMALL = st.integers(0, 99)
FILL_AND_SEED = st.tuples(SMALL, SMALL)
PALETTE = np.array([quarter / 4 for quarter in range(-12, 13)])
STREAM = np.random.RandomState(0)  # frozen for good; made once: that takes sixty times a seeding
DTYPES = ("float64", "float64", "float64", "float32")


def arange(shape: Shape) -> np.ndarray:
    """Fill with 1, 2, 3, …: every coordinate is told from the others."""
    return np.arange(1.0, 1.0 + np.prod(shape, dtype=int)).reshape(shape)


def both_signs(shape: Shape) -> np.ndarray:
    """Fill with 1, -2, 3, -4 and so on."""
    numbers = arange(shape)
    return np.where(numbers % 2, numbers, -numbers)


FILLS: tuple[Callable[[Shape], np.ndarray], ...] = (
    np.ones,
    arange,
    lambda shape: -np.ones(shape),
    lambda shape: np.full(shape, 2.0),
    lambda shape: np.full(shape, 0.5),
    np.zeros,
    lambda shape: -arange(shape),
    lambda shape: arange(shape)[::-1].copy() if shape else arange(shape),
)


def filled(shape: Shape, dtype: str, fill: int, seed: int) -> np.ndarray:
    """Fill an array: simply for the first few numbers, else with values of the palette."""
    if fill < len(FILLS):
        return np.asarray(FILLS[fill](shape), dtype)
    STREAM.seed(100 * fill + seed)
    return np.asarray(PALETTE[STREAM.randint(len(PALETTE), size=shape)], dtype)


# Hypothesis examines every strategy that it has not seen, which costs more than to draw from it:
# those that are asked for again and again are made once.


@cache
def arrays(shape: Shape, dtype: str = "float64") -> st.SearchStrategy[np.ndarray]:
    """Draw a fill and a seed: two small integers, so that shrinking soon ends at a simple fill."""
    return FILL_AND_SEED.map(lambda drawn: filled(shape, dtype, *drawn))


@cache
def upstream(shape: Shape, dtype: str = "float64") -> st.SearchStrategy[np.ndarray]:
    """Draw an upstream gradient; ones, which would hide that it is ignored, become 2, 3, 4."""
    return arrays(shape, dtype).map(lambda array: arange(shape).astype(dtype) + 1
                                    if np.all(array == 1) else array)  # fmt: skip


def one_of(choices: Sequence[T]) -> st.SearchStrategy[T]:
    """Choose among at most 100; the first is what shrinking ends at."""
    return _one_of(tuple(choices), tuple(map(type, choices)))  # True and 1 are one key


@cache
def _one_of(choices: tuple[T, ...], _: tuple[type, ...]) -> st.SearchStrategy[T]:
    assert 0 < len(choices) <= 100
    return st.sampled_from(choices)
