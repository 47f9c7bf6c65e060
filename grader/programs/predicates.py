"""Predicates: named questions to an outcome, asked in the trusted process; None means satisfied.

A predicate answers with the key of a complaint, whose words are in the catalogues.
"""

from collections.abc import Callable, Mapping

import numpy as np

from .execution import Value

Predicate = Callable[..., str | None]
SEVERAL = 4  # so many random numbers are never all alike


def uniform_parameters(
    values: tuple[Value, ...], in_features: int, out_features: int
) -> str | None:
    """Check a Linear's weight, bias and their `requires_grad`: shapes, dtype, bounds, spread.

    The last value is the weight of a second Linear, which has to be another.
    """
    if [value.kind for value in values] != ["tensor", "tensor", "bool", "bool", "tensor"]:
        return "parameters_kind"
    (_, weight), (_, bias), (_, weight_grad), (_, bias_grad), (_, other) = values
    if not (weight_grad and bias_grad):
        return "parameters_require_grad"
    if weight.shape != (out_features, in_features):
        return "weight_shape"
    if bias.shape != (out_features,):
        return "bias_shape"
    if not weight.dtype == bias.dtype == np.float32:
        return "parameters_dtype"
    bound = np.float32(1 / np.sqrt(in_features))
    complaint = not_uniform(weight, bound) or not_uniform(bias, bound)
    if complaint is None and weight.size >= SEVERAL and np.array_equal(weight, other):
        return "parameters_repeated"
    return complaint


def not_uniform(array: np.ndarray, bound: np.float32) -> str | None:
    """Say what is wrong with values that should lie evenly between -bound and bound.

    The bounds are exact; the other questions are only put to arrays so large that a right
    initialisation fails them with a probability below 1e-12.
    """
    if not np.all(np.abs(array) <= bound * (1 + 1e-6)):
        return "parameters_bound"
    if array.size >= SEVERAL and np.all(array == array.flat[0]):
        return "parameters_equal"
    if array.size < 200:
        return None
    if np.abs(array).max() < 0.8 * bound:
        return "parameters_scale"
    if abs(array.mean()) > 8 * bound / np.sqrt(3 * array.size):
        return "parameters_centre"
    if abs(np.abs(array).mean() - bound / 2) > 8 * bound / np.sqrt(12 * array.size):
        return "parameters_spread"
    return None


PREDICATES: Mapping[str, Predicate] = {"uniform_parameters": uniform_parameters}
