"""Given: the operations of stage 2 under one roof."""

from .elementwise import (
    Abs,
    Add,
    Div,
    Exp,
    Log,
    Maximum,
    Mul,
    Neg,
    Pow,
    ReLU,
    Sigmoid,
    Sqrt,
    Sub,
    Tanh,
)
from .linear import MatMul
from .reductions import Amax, LogSoftmax, Mean, Softmax, Sum
from .shapes import Cat, GetItem, Permute, Reshape, Transpose
