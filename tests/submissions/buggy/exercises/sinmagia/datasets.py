"""Given: the two sets of data of the course, as NumPy arrays; digits are read, moons are made."""

from pathlib import Path

import numpy as np

DIGITS = Path(__file__).resolve().parents[2] / "data" / "digits.npz"  # in your repository


def digits(file=DIGITS):
    """Read the 8 x 8 handwritten digits: images (1797, 64) from 0 to 1, labels (1797,) 0 to 9.

    Test set of "Optical Recognition of Handwritten Digits" (E. Alpaydin and C. Kaynak, UCI, 1998,
    doi.org/10.24432/C50P49, CC BY 4.0). Raises FileNotFoundError when `file` is not there.
    """
    if not Path(file).exists():
        raise FileNotFoundError(f"{file} is not there: say where the file of the digits is")
    with np.load(file) as arrays:
        return (arrays["images"] / 16).astype(np.float32), arrays["labels"].astype(np.int64)


def moons(n=200, noise=0.1, seed=0):
    """Make two half moons that interlock: points (n, 2), labels (n,) 0 or 1.

    Along each half circle the points are evenly spaced, then moved by normal noise of standard
    deviation `noise`. The same `seed` gives the same points.
    """
    generator = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    angle = np.pi * (np.arange(n) // 2) / max((n - 1) // 2, 1)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points = np.where(labels[:, None] == 0, upper, [1.0, 0.5] - upper)
    points += generator.normal(0.0, noise, points.shape)
    return points.astype(np.float32), labels.astype(np.int64)
