"""Strategies of inputs: small arrays that shrink to simple ones, shapes, and choices.

Only `integers(0, 99)` and short `sampled_from` are drawn: Hypothesis mixes constants of loaded
modules into wider draws, and the same seed would give other cases in another process.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from hypothesis import strategies as st

T = TypeVar("T")
Shape = tuple[int, ...]

SMALL = st.integers(0, 99)
PALETTE = np.array([quarter / 4 for quarter in range(-12, 13) if quarter])
DTYPES = ("float64", "float64", "float64", "float32")


def arange(shape: Shape) -> np.ndarray:
    """Fill with 1, 2, 3, …: every coordinate is told from the others."""
    return np.arange(1.0, 1.0 + np.prod(shape, dtype=int)).reshape(shape)


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


@st.composite
def arrays(draw: st.DrawFn, shape: Shape, dtype: str = "float64") -> np.ndarray:
    """Draw a fill or a seed: two small integers, so that shrinking soon ends at a simple fill."""
    fill, seed = draw(SMALL), draw(SMALL)
    if fill < len(FILLS):
        return np.asarray(FILLS[fill](shape), dtype)
    generator = np.random.RandomState(100 * fill + seed)  # its stream is frozen for good
    return np.asarray(PALETTE[generator.randint(len(PALETTE), size=shape)], dtype)


def upstream(shape: Shape, dtype: str = "float64") -> st.SearchStrategy[np.ndarray]:
    """Draw an upstream gradient; ones, which would hide that it is ignored, become 2, 3, 4."""
    return arrays(shape, dtype).map(lambda array: arange(shape).astype(dtype) + 1
                                    if np.all(array == 1) else array)  # fmt: skip


def one_of(choices: Sequence[T]) -> st.SearchStrategy[T]:
    """Choose among at most 100; the first is what shrinking ends at."""
    assert 0 < len(choices) <= 100
    return st.sampled_from(choices)
