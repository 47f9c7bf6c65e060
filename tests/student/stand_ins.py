"""What the tests bring along: small stand-ins for the other stages, inputs, and a comparison."""

import numpy as np
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sinmagia.autograd import is_recording

steady = settings(  # the same inputs in every run; a failure is made small, and not explained
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate, Phase.shrink),
)
NUMBERS = st.sampled_from((-1.5, -0.5, 0.25, 2.0, 3.0))  # exact in binary; no 0 and no 1


def squares(count):
    """Draw `count` square matrices of one size."""
    return st.sampled_from((2, 3, 1)).flatmap(
        lambda n: st.tuples(*count * [arrays(float, (n, n), elements=NUMBERS, fill=st.nothing())])
    )


def frozen(values):
    """Make an array that belongs to the test: writing into it raises an error."""
    array = np.array(values, dtype=float)
    array.flags.writeable = False
    return array


def expect(desired, actual):
    """Compare shapes and values; a failure shows what was expected, then what came."""
    __tracebackhide__ = True
    desired, actual = np.asarray(desired), np.asarray(actual)
    same = actual.dtype != object and actual.shape == desired.shape
    assert same and np.allclose(actual, desired, rtol=1e-5, atol=1e-7), (
        f"\nexpected, of shape {desired.shape}:\n{desired}"
        f"\nyours, of shape {actual.shape}:\n{actual}"
    )


def gradients(op, inputs, grad, **params):
    """Run `op` forward, then backward from `grad`; give the gradient of every input."""
    ctx = Context(*(True for _ in inputs))
    op.forward(ctx, *map(frozen, inputs), **params)
    shares = op.backward(ctx, frozen(grad))
    return shares if isinstance(shares, tuple) else (shares,)


class Context:
    """What an operation keeps between its forward and its backward."""

    def __init__(self, *needs_input_grad):
        self.needs_input_grad = needs_input_grad
        self.saved_tensors = ()

    def save_for_backward(self, *arrays):
        self.saved_tensors = arrays


def operator(function):
    """Make an operator: the function on the arrays, and a result that may require a gradient."""

    def method(self, *others):
        values = [getattr(other, "_data", other) for other in others]
        needs = any(getattr(t, "requires_grad", False) for t in (self, *others))
        return self._wrap(function(self._data, *values), function if needs else None)

    return method


class StandIn:
    """A tensor as the contract between the files describes it, with NumPy behind its operators."""

    def __init__(self, data, requires_grad=True, grad=None):
        self._data = np.asarray(data, dtype=float)
        self.requires_grad = requires_grad
        self.grad = grad
        self.grad_fn = None

    @staticmethod
    def _wrap(array, node=None):
        result = StandIn(array, requires_grad=node is not None)
        result.grad_fn = node
        return result

    __add__ = __radd__ = operator(np.add)
    __mul__ = __rmul__ = operator(np.multiply)
    __matmul__ = operator(np.matmul)
    transpose = operator(np.swapaxes)
    T = property(lambda self: self.transpose(0, 1))
    shape = property(lambda self: self._data.shape)

    def __isub__(self, other):
        if is_recording() and self.requires_grad:
            raise RuntimeError("a tensor that requires grad changes in place only under no_grad()")
        self._data -= getattr(other, "_data", other)
        return self


def constant(values):
    """Make a stand-in tensor that requires no gradient, such as a gradient."""
    return StandIn(values, requires_grad=False)
