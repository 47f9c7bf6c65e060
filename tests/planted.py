"""Planted bugs: an exercise, its file, what is right there, and what is wrong."""

PLANTED = [
    ("numerical_gradient", "sensitivity.py", "(2 * h)", "h"),
    ("numerical_gradient", "sensitivity.py", "f(x - nudge)) / (2 * h)", "f(x)) / h"),
    ("tensor_dtype", "tensors.py", '{"f": float32, "i": int64}', '{"i": int64}'),
    ("tensor_shape", "tensors.py", "return self._data.shape", "return self._data.shape[::-1]"),
    ("tensor_shape", "tensors.py", "return self._data.shape", "return list(self._data.shape)"),
    ("add_forward", "ops/elementwise.py", "return a + b", "return a - b"),
    ("add_backward", "ops/elementwise.py", "return grad, grad", "return grad, -grad"),
    ("add_backward", "ops/elementwise.py", "return grad, grad", "return grad * 0 + 1, grad"),
    ("mul_forward", "ops/elementwise.py", "return a * b", "return a * a"),
    ("mul_backward", "ops/elementwise.py", "grad * b if needs_a", "grad * a if needs_a"),
    ("sum_forward", "ops/reductions.py", "axis=dim,", "axis=dim or None,"),
    ("sum_backward", "ops/reductions.py", "np.expand_dims(grad, ctx.dim)", "grad"),
    ("sum_forward", "ops/reductions.py", "axis=dim,", "axis=dim if dim in (None, 0) else -1,"),
    ("sum_backward", "ops/reductions.py", "grad = np.expand_dims(grad, ctx.dim)",
     "grad = grad[None] if ctx.dim == 0 else grad[..., None]"),
    ("mul_backward", "ops/elementwise.py",
     "return grad * b if needs_a else None, grad * a if needs_b else None",
     """grad_a = grad * b
        if grad.shape == a.shape and grad.flags.writeable:
            grad *= a
            return grad_a, grad
        return grad_a, grad * a"""),
    ("add_forward", "ops/elementwise.py", "return a + b",
     """if a.shape == b.shape and a.ndim:
            a += b
            return a
        return a + b"""),
    ("chain", "autograd.py", "grad = grad.astype(tensor._data.dtype)", "grad = grad.copy()"),
    ("tensor_dtype", "tensors.py", "return array.astype(dtype or array.dtype)",
     "return array.astype(dtype) if dtype else np.asarray(data)"),
    ("sgd_step", "optim.py", "if parameter.grad is not None:",
     """if parameter.grad is None:
                    break
                if True:"""),
    ("sgd_step", "optim.py", "self.lr * parameter.grad\n",
     """self.lr * parameter.grad
                    parameter.grad = None
"""),
    ("linear_parameters", "nn/modules.py", "np.random.uniform(-bound, bound, shape)",
     "np.clip(np.random.normal(0, bound / 3**0.5, shape), -bound, bound)"),
    ("sum_backward", "ops/reductions.py", "np.broadcast_to(grad, ctx.shape)", "np.ones(ctx.shape)"),
    ("transpose_forward", "ops/shapes.py", "np.swapaxes(a, dim0, dim1)", "a.transpose()"),
    ("transpose_backward", "ops/shapes.py", "np.swapaxes(grad, *ctx.dims)", "grad.transpose()"),
    ("matmul_forward", "ops/linear.py", "return a @ b  # (m, p)", "return a @ b.T"),
    ("matmul_backward", "ops/linear.py", "return grad_a, grad_b", "return grad_b, grad_a"),
    ("chain", "autograd.py", "{id(root): upstream}", "{id(root): upstream * 0 + 1}"),
    ("shared_node", "autograd.py", "share if earlier is None else earlier + share", "share"),
    ("unbroadcast", "autograd.py", "(*range(new), *stretched)", "tuple(range(new))"),
    ("linear_parameters", "nn/modules.py", "uniform(out_features, in_features)",
     "uniform(in_features, out_features)"),
    ("linear_parameters", "nn/modules.py", "bound = 1 / np.sqrt(in_features)", "bound = 0.01"),
    ("linear", "nn/modules.py", "self.weight.T + self.bias", "self.weight + self.bias"),
    ("sgd_step", "optim.py", "parameter -= self.lr", "parameter -= -self.lr"),
    ("sgd_step", "optim.py", "in self.params:\n                if",
     "in self.params[:1]:\n                if"),
    ("shared_node", "autograd.py",
     "(grad if tensor.grad is None else tensor.grad._data + grad)", "(grad)"),
]  # fmt: skip


def plant(submission, file, right, wrong):
    path = submission / "sinmagia" / file
    text = path.read_text()
    assert text.count(right) == 1, f"{right!r} is not once in {file}"
    path.write_text(text.replace(right, wrong))
