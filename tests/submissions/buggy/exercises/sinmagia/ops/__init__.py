"""Given: the operations of stage 2 under one roof."""

from .elementwise import Add, Mul
from .linear import MatMul
from .reductions import Sum
from .shapes import Transpose

__all__ = ["Add", "MatMul", "Mul", "Sum", "Transpose"]
