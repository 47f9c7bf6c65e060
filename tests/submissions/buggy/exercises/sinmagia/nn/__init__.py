"""Given: the layers of stage 4 under one roof."""

from .modules import Linear, Module, Parameter

__all__ = ["Linear", "Module", "Parameter"]
