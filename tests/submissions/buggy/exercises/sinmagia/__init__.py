"""sin magia: PyTorch's autograd in NumPy, in its own names: `import sinmagia as torch` works."""

from . import nn, optim
from .autograd import no_grad
from .sensitivity import numerical_gradient
from .tensors import Tensor, float32, float64, int64, tensor

__all__ = [
    "Tensor",
    "float32",
    "float64",
    "int64",
    "nn",
    "no_grad",
    "numerical_gradient",
    "optim",
    "tensor",
]
