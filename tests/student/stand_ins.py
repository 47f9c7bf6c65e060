"""What the tests bring along: small stand-ins for the other stages, inputs, and a comparison."""

from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sinmagia import autograd
from sinmagia.autograd import is_recording

steady = settings(  # the same inputs in every run; a failure is made small, and not explained
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
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


class raises:
    """Expect an error inside the `with` block; a failure says when it has to come."""

    def __init__(self, error, when):
        self.error, self.when = error, when

    def __enter__(self):
        pass

    def __exit__(self, kind, came, _traceback):
        __tracebackhide__ = True
        expected = f"expected {self.error.__name__} {self.when}"
        if came is None:
            pytest.fail(f"{expected}; no error came")
        if isinstance(came, NotImplementedError) or not isinstance(came, Exception):
            return False  # the exercise is not written yet: a RuntimeError too, but another one
        if isinstance(came, self.error):
            return True
        raise AssertionError(f"{expected}; {kind.__name__} came: {came}") from came


def value(op, *inputs, **params):
    """Run `op` forward on arrays that belong to the test; give its value."""
    __tracebackhide__ = True
    with reading():
        return op.forward(Context(*(True for _ in inputs)), *map(frozen, inputs), **params)


def gradients(op, inputs, grad, constant=None, **params):
    """Run `op` forward, then backward from `grad`; give the gradient of every input.

    The input number `constant`, if there is one, needs no gradient.
    """
    __tracebackhide__ = True
    ctx = Context(*(i != constant for i in range(len(inputs))))
    with reading():
        out = np.asarray(op.forward(ctx, *map(frozen, inputs), **params))
        out.flags.writeable = False
        shares = op.backward(ctx, frozen(grad))
    shares = shares if isinstance(shares, tuple) else (shares,)
    assert not isinstance(shares[0], list), "several gradients are given as a tuple, not as a list"
    assert len(inputs) == len(shares), (
        f"backward gave {len(shares)} gradients for {len(inputs)} inputs"
    )
    return shares


@contextmanager
def reading():
    """Say what is wrong when an operation writes into an array that is not its own."""
    try:
        yield
    except ValueError as error:
        if "read-only" in str(error):
            error.add_note("Arrays received or returned belong to others: never write into them.")
        raise


class Context:
    """What an operation keeps between its forward and its backward."""

    def __init__(self, *needs_input_grad):
        self.needs_input_grad = needs_input_grad
        self.saved_tensors = ()

    def save_for_backward(self, *arrays):
        self.saved_tensors = arrays


def operator(function):
    """Make an operator: the function on the arrays, and a result that may require a gradient."""

    def method(self, *others, **params):
        needs = any(getattr(t, "requires_grad", False) for t in (self, *others))
        with np.errstate(all="ignore"):  # too large a number shows as inf or nan
            array = function(self._data, *map(plain, others), **params)
        return self._wrap(array, function if needs else None)

    return method


def plain(value):
    """Give the array of a tensor, also of those inside a tuple."""
    return tuple(map(plain, value)) if isinstance(value, tuple) else getattr(value, "_data", value)


def reduction(function):
    """Make an operator of one of NumPy's reductions."""
    return operator(lambda a, dim=None, keepdim=False: function(a, axis=dim, keepdims=keepdim))


def log_softmax(a, dim):
    """Give the logarithm of softmax, of large scores too."""
    a = a - a.max(axis=dim, keepdims=True)
    return a - np.log(np.exp(a).sum(axis=dim, keepdims=True))


class StandIn:
    """A tensor as the contract between the files describes it, with NumPy behind its operators."""

    def __init__(self, data, requires_grad=True, grad=None):
        self._data = np.asarray(data, dtype=getattr(data, "dtype", float))
        self.requires_grad = requires_grad
        self.grad = grad
        self.grad_fn = None
        self.retains_grad = False

    @staticmethod
    def _wrap(array, node=None):
        result = StandIn(array, requires_grad=node is not None)
        result.grad_fn = node
        return result

    __add__ = __radd__ = operator(np.add)
    __mul__ = __rmul__ = operator(np.multiply)
    __sub__, __truediv__, __pow__ = map(operator, (np.subtract, np.true_divide, np.power))
    __rsub__ = operator(lambda a, b: b - a)
    __rtruediv__ = operator(lambda a, b: b / a)
    __matmul__ = matmul = operator(np.matmul)
    __rmatmul__ = operator(lambda a, b: b @ a)
    add, sub, mul, div, pow = __add__, __sub__, __mul__, __truediv__, __pow__
    __getitem__ = operator(lambda a, index: a[index])
    __eq__ = operator(np.equal)  # coordinate by coordinate: two equal tensors are still two
    __hash__ = object.__hash__
    __neg__, exp, log, tanh = map(operator, (np.negative, np.exp, np.log, np.tanh))
    neg, (abs, sqrt) = __neg__, map(operator, (np.abs, np.sqrt))
    reshape = view = operator(lambda a, *shape: a.reshape(*shape))
    squeeze, unsqueeze = map(operator, (np.squeeze, np.expand_dims))
    permute = operator(lambda a, *dims: a.transpose(*dims))
    relu = operator(lambda a: np.maximum(a, 0))
    log_softmax = operator(log_softmax)
    softmax = operator(lambda a, dim: np.exp(log_softmax(a, dim)))
    sum, mean, amax, argmax = map(reduction, (np.sum, np.mean, np.max, np.argmax))
    float = operator(lambda a: a.astype(np.float32))
    transpose = operator(np.swapaxes)
    T = property(lambda self: self.transpose(0, 1))
    shape = property(lambda self: self._data.shape)
    ndim = property(lambda self: self._data.ndim)
    dtype = property(lambda self: self._data.dtype)
    is_leaf = property(lambda self: self.grad_fn is None)

    def __len__(self):
        return len(self._data)

    def __bool__(self):
        if self._data.size != 1:
            raise RuntimeError("`==`, and so `in`, compares values: many have no single answer")
        return bool(self._data)

    def __repr__(self):
        return f"StandIn({self._data.tolist()})"

    def size(self, dim=None):
        return self.shape if dim is None else self.shape[dim]

    def numel(self):
        return self._data.size

    def item(self):
        return self._data.item()

    def tolist(self):
        return self._data.tolist()

    def detach(self):
        return self._wrap(self._data)

    def numpy(self):
        if not self.requires_grad:
            return self._data
        raise RuntimeError("numpy() of a tensor that requires grad: detach() it first")

    def __setitem__(self, index, value):
        if is_recording() and self.requires_grad:
            raise RuntimeError("a tensor that requires grad changes in place only under no_grad()")
        self._data[plain(index)] = plain(value)

    def __isub__(self, other):
        self[...] = self._data - plain(other)
        return self

    def copy_(self, other):
        self[...] = other
        return self


def constant(values):
    """Make a stand-in tensor that requires no gradient, such as a gradient."""
    return StandIn(values, requires_grad=False)


def recorded(op, *inputs, **params):
    """Run an operation on tensors and record it, as the contract says and `apply` has to."""
    ctx = autograd.Context([t.requires_grad for t in inputs])
    array = op.forward(ctx, *(t._data for t in inputs), **params)
    return inputs[0]._wrap(array, autograd.Node(op, ctx, inputs))
