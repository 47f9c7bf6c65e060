"""sin magia: PyTorch's autograd in NumPy, in its own names: `import sinmagia as torch` works."""

from . import datasets, nn, optim, training
from .autograd import is_recording as is_grad_enabled
from .autograd import no_grad
from .creation import (
    arange,
    eye,
    from_numpy,
    linspace,
    manual_seed,
    ones,
    ones_like,
    rand,
    randn,
    randperm,
    zeros,
    zeros_like,
)
from .dtypes import bool_ as bool
from .dtypes import float32, float64, int32, int64, uint8
from .functions import (
    abs,
    add,
    allclose,
    amax,
    argmax,
    div,
    equal,
    exp,
    flatten,
    log,
    log_softmax,
    matmul,
    maximum,
    mean,
    mul,
    neg,
    permute,
    pow,
    relu,
    reshape,
    sigmoid,
    softmax,
    sqrt,
    squeeze,
    sub,
    sum,
    tanh,
    transpose,
    unsqueeze,
)
from .operators import cat, stack
from .sensitivity import numerical_gradient
from .tensors import Tensor, full, tensor

float, double, long = float32, float64, int64
