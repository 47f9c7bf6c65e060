"""The parity table: programs for each public name of `sinmagia`, and what differs on purpose.

Programs are text in torch's names. `x` and `y` are their operands, tensors or a Python number, and
`g` is what upstream gradients are made of; `{}` stands for each of a row's parameters.
"""

import importlib.util
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from grader.isolation.worker import Submission
from grader.programs import operations as table
from grader.programs.execution import Outcome, Package, execute
from grader.programs.program import Program
from grader.programs.strategies import SMALL, arange, arrays, one_of, upstream
from grader.settings import SOLUTIONS

BOTH = ("float32", "float64")
NUMBERS = (*BOTH, "int64")
EVERY = (*NUMBERS, "bool")

NOTHING: tuple[table.Shapes, ...] = ((),)  # of a program without operands
ANY = table.SCALAR_TOO
PAIRS = (*table.PAIRS, ((2,), (3,)))  # which do not fit
MATRICES = (*table.MATRICES, ((2,), (2,)), ((2,), (2, 3)), ((2, 3), (3,)), ((), (2,)),
            ((2, 1, 3), (4, 3, 2)), ((2, 3), (2, 3)))  # fmt: skip
ALIKE = (((2,), (2,)), ((), ()), ((2, 3), (2, 3)), ((0, 2), (0, 2)), ((1, 3), (1, 3)))
SCORES = (((2, 3),), ((1, 1),), ((3, 2),), ((4, 5),))
INTO_LAYER = (((2, 3),), ((1, 3),), ((3,),), ((2, 1, 3),), ((0, 3),), ((2, 2),))

DIMS = ("", "0", "-1", "1", "dim=0", "dim=-1, keepdim=True", "None, True", "2", "dim=-3")
REDUCTIONS = (*table.REDUCTIONS, "0", "-1, True", "None, True", "(0, 1)", "dim=None", "2")
LINES = (*table.LINES, "0", "2")
POWERS = (*table.POWERS, "0", "0.0", "2.0")

TENSOR = "{0} = torch.tensor({0}_, requires_grad={1})"
BACKWARD = """if out.requires_grad:
    out.backward(torch.tensor(np.resize(g, tuple(out.shape)), dtype=out.dtype))"""


class Row(NamedTuple):
    """Public names, and calls that show what they do: each an expression, or statements.

    With an `observe` a call is a whole program; else it gives `out`, whose value and gradients are
    observed for a random upstream gradient.
    """

    names: str
    calls: tuple[str, ...]
    shapes: tuple[table.Shapes, ...] = NOTHING
    params: tuple[str, ...] = ("",)
    dtypes: tuple[str, ...] = EVERY
    number: bool = False  # whether `y` may be a Python number
    observe: tuple[str, ...] = ()

    def program(self, call, param, operands, g, number=False, constant=""):
        """Write one call on operands, given by name; the `constant` one requires no gradient."""
        call = call.replace("{}", param)
        lines, tensors = [], [name for name in operands if not (number and name == "y")]
        for name, array in operands.items():
            requires = array.dtype.kind == "f" and name != constant
            is_tensor = name in tensors
            lines.append(TENSOR.format(name, requires) if is_tensor else f"{name} = {name}_.item()")
        inputs = {f"{name}_": array for name, array in operands.items()}
        observe = self.observe
        if not observe:
            call = call if "out = " in call else f"out = {call}"
            observe = ("out", "out.requires_grad", *(f"{name}.grad" for name in tensors))
            call = f"{call}\n{BACKWARD}"
        if "(g" in call:
            inputs["g"] = g
        return Program("\n".join([*lines, call]), inputs, observe)

    def samples(self) -> Iterator[Program]:
        """Give a few programs, always the same: every call with every dtype and parameter."""
        g = np.array([0.5, -2.0, 3.0, 1.25, -0.75, 4.0, 1.5])
        for k, call in enumerate(self.calls):
            params = self.params if "{}" in call else ("",)
            rounds = max(len(params), 0 if self.shapes == NOTHING else 6, len(self.shapes))
            for i in range(rounds):
                shapes = self.shapes[(i + k) % len(self.shapes)]
                turn = i + i // len(params) if len(params) > 1 else i
                pair = (self.dtypes[n % len(self.dtypes)] for n in (turn, turn // 2 + k))
                each = zip("xy", shapes, pair, strict=False)
                make = distinct if i % 2 else tied
                operands = {name: make(shape, dtype) for name, shape, dtype in each}
                number = self.number and i % 3 == 2
                if number:
                    operands["y"] = np.array(2, operands["y"].dtype)
                yield self.program(call, params[i % len(params)], operands, g, number)


@st.composite
def programs(draw, row) -> Program:
    """Draw a program of a row: a call, its parameters, and operands of any shapes and dtypes."""
    call, param, shapes = (draw(one_of(choice)) for choice in (row.calls, row.params, row.shapes))
    number = row.number and draw(SMALL) < 33
    operands = {}
    for name, shape in zip("xy", shapes, strict=False):
        dtype = draw(one_of(row.dtypes))
        array = draw(arrays(() if number and name == "y" else shape))
        array = np.trunc(array / 2) + 0 if draw(SMALL) < 40 else array  # ties; zeros, but no -0
        operands[name] = np.asarray(array > 0 if dtype == "bool" else array, dtype)
    constant = draw(one_of(("", "", "x", "y")))
    return row.program(call, param, operands, draw(upstream((7,))), number, constant)


def distinct(shape, dtype):
    """Make values of which no two are equal, of both signs; all are whole for ints."""
    array = arange(shape) * np.where(arange(shape) % 2, 1, -1)
    return np.asarray(array > 0 if dtype == "bool" else array / (2 if dtype in BOTH else 1), dtype)


def tied(shape, dtype):
    """Make -1, 0 and 1 in turn: kinks and ties."""
    return np.asarray(arange(shape) % 3 - 1, dtype)


def method_and_function(name, shapes=ANY, params=("",), dtypes=EVERY):
    """Make the row of an operation on one tensor."""
    return Row(f"Tensor.{name} {name}", (f"x.{name}({{}})", f"torch.{name}(x, {{}})"),
               shapes, params, dtypes)  # fmt: skip


def binary(symbol, name, reflected):
    """Make the row of an arithmetic operator, on both sides of a Python number too."""
    names = f"Tensor.__{reflected}__ Tensor.__r{reflected}__ Tensor.{name} {name}"
    calls = (f"x {symbol} y", f"y {symbol} x", f"x.{name}(y)", f"torch.{name}(x, y)",
             f"x.{name}(other=y)")  # fmt: skip
    return Row(names, calls, PAIRS, number=True)


CROSS_ENTROPY = """classes = torch.tensor(np.arange(len(x)) * 7 % x.shape[1])
out = torch.nn.functional.cross_entropy(input=x * {}, target=classes)"""

OPERATIONS = (
    binary("+", "add", "add"),
    binary("-", "sub", "sub"),
    binary("*", "mul", "mul"),
    binary("/", "div", "truediv"),
    Row("Tensor.__pow__ Tensor.pow pow",
        ("x ** {}", "x.pow({})", "torch.pow(x, {})", "x.pow(exponent={})"), ANY, POWERS),
    Row("Tensor.__matmul__ Tensor.matmul matmul",
        ("x @ y", "x.matmul(y)", "torch.matmul(x, y)", "x.matmul(other=y)"), MATRICES),
    Row("Tensor.maximum maximum", ("x.maximum(y)", "torch.maximum(x, other=y)"), PAIRS),
    Row("Tensor.__eq__ Tensor.__ne__ Tensor.__lt__ Tensor.__le__ Tensor.__gt__ Tensor.__ge__",
        ("x == y", "x != y", "x < y", "x <= y", "x > y", "x >= y", "y == x", "y < x", "y >= x"),
        PAIRS, number=True),
    Row("cat", ("torch.cat([x, y], {})", "torch.cat((x, y, x), {})",
                "torch.cat(tensors=[x, y])", "torch.cat([x])"), table.JOINED,
        ("", *table.LINES, "1", "dim=2")),
    Row("stack", ("torch.stack([x, y], {})", "torch.stack(tensors=(x, y, x))"),
        (*ALIKE, ((2,), (1,))), ("", "0", "1", "-1", "dim=2", "dim=-2")),
    Row("Tensor.__neg__", ("-x",), ANY),
    Row("Tensor.__abs__", ("abs(x)",), ANY),
    *map(method_and_function, ("neg", "abs", "exp", "log", "sqrt", "relu", "tanh", "sigmoid")),
    method_and_function("sum", ANY, REDUCTIONS),
    method_and_function("mean", ANY, REDUCTIONS),
    method_and_function("amax", ANY, (*table.REDUCTIONS[1:], "0", "-1, True", "(0, 1)", "2")),
    method_and_function("argmax", ANY, DIMS),
    method_and_function("softmax", ANY, LINES, BOTH),
    method_and_function("log_softmax", ANY, LINES, BOTH),
    Row("Tensor.reshape reshape", ("x.reshape({})", "torch.reshape(x, ({},))"), ANY,
        tuple(p for p in table.LAYOUTS if "(" not in p)),
    Row("Tensor.reshape Tensor.view", ("x.view({})", "x.reshape({})"), ANY,
        (*table.LAYOUTS, "[-1]", "()")),
    Row("Tensor.permute permute", ("x.permute({})", "torch.permute(x, ({},))"), ANY,
        tuple(p for p in table.ORDERS if "(" not in p)),
    Row("Tensor.permute", ("x.permute({})",), ANY, (*table.ORDERS, "[1, 0]")),
    method_and_function("flatten", ANY, ("", "1", "0, 1", "start_dim=1", "end_dim=0", "-2, -1",
                                         "start_dim=-2, end_dim=2", "3", "2, 1", "0, -3")),
    method_and_function("squeeze", (*ANY, ((1,),), ((1, 2, 1),)),
                        ("dim=0", "0", "-1", "1", "dim=2", "-3")),
    Row("Tensor.squeeze squeeze", ("x.squeeze()", "torch.squeeze(x)"),
        (*ANY, ((1,),), ((1, 2, 1),))),
    method_and_function("unsqueeze", ANY, ("0", "-1", "dim=1", "2", "-2", "dim=4")),
    method_and_function("transpose", ANY[:-1], (*table.SWAPS, "dim0=0, dim1=1", "0, 0", "0, 2")),
    Row("Tensor.T", ("x.T",), tuple(s for s in ANY if len(s[0]) == 2)),
    Row("Tensor.__getitem__", ("x[{}]",), ANY, (*table.PICKS, "...", "-3", "torch.tensor([1, 0])",
        "torch.tensor([0, 0, 1])", "np.array([1, 0])", "0, torch.tensor([1])", "x > 0",
        "torch.tensor(1)", "None, ..., None", "0, 0, 0", "True")),
    Row("Tensor.__iter__ Tensor.__len__", ("out = sum(v * (i + 1) for i, v in enumerate(x))",
        "len(x), list(x)[0]; out = x * len(x)"), tuple(s for s in ANY if s[0][:1] > (0,))),
    Row("Tensor.clone", ("x.clone()",), ANY),
    Row("Tensor.to float32 float64 int32 int64 uint8 bool", ("x.to({})",), ANY,
        ("torch.float32", "torch.float64", "torch.int64", "torch.bool", "torch.int32", "'cpu'",
         "dtype=torch.int64", "'mars'", "'any'")),
    Row("Tensor.to uint8", ("torch.tensor([0.0, 2.5, 3.0]).to(torch.uint8)",)),
    Row("Tensor.float Tensor.double Tensor.long Tensor.bool Tensor.cpu",
        ("x.float()", "x.double()", "x.long()", "x.bool()", "x.cpu()"), ANY),
    Row("float double long", ("x.to(torch.float)", "x.to(torch.double)", "x.to(torch.long)"), ANY),
    Row("Tensor.detach Tensor.data", ("x.detach()", "x.data"), ANY),
    Row("Tensor.all Tensor.any", ("x.all()", "x.any()"), ANY),
    Row("nn.functional.relu nn.ReLU nn.ReLU.forward",
        ("torch.nn.functional.relu(x)", "torch.nn.functional.relu(input=x)", "torch.nn.ReLU()(x)",
         "torch.nn.ReLU().forward(input=x)"), ANY),
    Row("nn.Tanh nn.Tanh.forward", ("torch.nn.Tanh()(x)", "torch.nn.Tanh().forward(input=x)"), ANY),
    Row("nn.Sigmoid nn.Sigmoid.forward",
        ("torch.nn.Sigmoid()(x)", "torch.nn.Sigmoid().forward(input=x)"), ANY),
    Row("nn.functional.softmax nn.functional.log_softmax",
        tuple(f"torch.nn.functional.{f}softmax({p})" for f in ("", "log_")
              for p in ("x, {}", "input=x, dim=0")), ANY, LINES, BOTH),
    Row("nn.functional.mse_loss", ("torch.nn.functional.mse_loss(x, y)",
        "torch.nn.functional.mse_loss(input=x, target=y)"), ALIKE, dtypes=BOTH),
    Row("nn.functional.cross_entropy",
        ("torch.nn.functional.cross_entropy(x, torch.tensor(np.arange(len(x)) % x.shape[1]))",
         CROSS_ENTROPY), SCORES, ("1", "500", "-2000"), BOTH),
)  # fmt: skip


def script(names, source, *observe, params=("",), shapes=NOTHING, dtypes=BOTH, number=False):
    """Make the row of whole programs."""
    return Row(names, (source,), shapes, params, dtypes, number, observe)


STATE = ("repr(model)", "[name for name, _ in model.named_parameters()]",
         "list(model.state_dict())", "len(list(model.parameters()))")  # fmt: skip
LAYER = """layer = torch.nn.Linear(3, 2{})
with torch.no_grad():
    for p in layer.parameters():
        p.copy_(torch.tensor(np.resize(g, tuple(p.shape))))
out = layer(x.to(torch.float32)) + layer.forward(input=x.float())
out.backward(torch.tensor(np.resize(g, tuple(out.shape)), dtype=out.dtype))"""
MODEL = """first, last = torch.nn.Linear(3, 4), torch.nn.Linear(4, 2)
model = torch.nn.Sequential(first, torch.nn.Tanh(), last)
given = {name: torch.tensor(np.resize(g[i:], tuple(p.shape)), dtype=torch.float32)
         for i, (name, p) in enumerate(model.state_dict().items())}
model.load_state_dict(state_dict=given)
out = model(x.float())
loss = (out * out).sum()
loss.backward()
grads = [p.grad for p in model.parameters()]
"""
CUSTOM = """class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor([2.0]))
        self.second = torch.nn.Linear(2, 1)
        self.first = torch.nn.Linear(2, 2, bias=False)
        self.again = self.first

    def forward(self, x):
        return self.second(self.first(x)) * self.scale

    {}
model = Model()"""
OPTIMISER = """p = torch.tensor(x_, requires_grad=True)
unused = torch.tensor(x_, requires_grad=True)
optimizer = torch.optim.{}
values = []
for i in range(4):
    optimizer.zero_grad()
    (p * p * torch.tensor(np.resize(g, tuple(p.shape)), dtype=p.dtype)).sum().backward()
    optimizer.step()
    values.append(p.detach().clone())"""
SHAPES_OF_NUMBERS = ("2", "2, 3", "(2, 3)", "[3]", "0", "()", "2, dtype=torch.int64",
                     "2, dtype=torch.bool", "(2,), dtype=torch.float64, requires_grad=True",
                     "2, requires_grad=True")  # fmt: skip
MADE = ("out", "out.requires_grad")
NESTED = ("2", "2.5", "True", "[]", "[[]]", "[1, 2]", "[1, 2.5, True]", "[True, 2]", "[[1.0], [2]]",
          "(1, 2)", "range(3)", "2 ** 40", "[1, 2], dtype=torch.float32",
          "[0.0, 2.5], dtype=torch.bool",
          "2.5, requires_grad=True", "data=[1.5], dtype=torch.float64, requires_grad=True",
          "[1.5, 2.5], dtype=torch.int64", "float('nan')", "np.arange(3)", "np.float64(2.5)",
          "np.ones((2, 0), 'float32')", "np.array([1, 2], 'int32')", "np.uint8([1, 255])",
          "np.array(2.5)", "np.array([True])", "np.int64(3)", "np.float32(1.5)")  # fmt: skip

SCRIPTS = (
    script("tensor", "out = torch.tensor({})", *MADE, params=NESTED),
    script("Tensor.__init__ Tensor", "out = torch.Tensor([1.5, 2.5])", *MADE,
           "isinstance(out, torch.Tensor)"),
    *(script(name, f"out = torch.{name}({{}})", *MADE, params=SHAPES_OF_NUMBERS)
      for name in ("zeros", "ones")),
    *(script(f"{name} manual_seed", f"torch.manual_seed(seed=3)\nout = torch.{name}({{}})\n"
             f"torch.manual_seed(3)\nsame = torch.{name}({{}})\nother = torch.{name}({{}})",
             "out.shape", "out.dtype", "out.requires_grad", "torch.equal(out, same)",
             "out.numel() > 1 and torch.equal(out, other)",
             params=tuple(p for p in SHAPES_OF_NUMBERS if "int64" not in p and "bool" not in p))
      for name in ("rand", "randn")),
    script("rand randn", "torch.manual_seed(0)\na, b = torch.rand(4000), torch.randn(4000)",
           "0.0 <= float(a.amax()) < 1.0", "abs(a.mean().item() - 0.5) < 0.05",
           "abs(b.mean().item()) < 0.1", "abs((b * b).mean().item() - 1) < 0.15"),
    script("randperm manual_seed", "torch.manual_seed(1)\nout = torch.randperm(n={})\n"
           "torch.manual_seed(1)\nsame = torch.randperm({})",
           "out.dtype", "sorted(out.tolist())", "torch.equal(out, same)", params=("0", "1", "20")),
    *(script(name, f"out = torch.{name}(x)\nfrom_keyword = torch.{name}(input=x)", *MADE,
             "from_keyword", shapes=ANY, dtypes=EVERY) for name in ("zeros_like", "ones_like")),
    script("full", "out = torch.full({})", *MADE,
           params=("(2,), 1.5", "size=(2, 3), fill_value=2", "(), True",
                   "[2], 7, dtype=torch.float64",
                   "(0, 2), 1", "(2,), 1.0, requires_grad=True", "(1,), 3, dtype=torch.bool")),
    script("eye", "out = torch.eye({})", *MADE,
           params=("2", "n=3", "0", "2, dtype=torch.int64", "2, requires_grad=True")),
    script("arange", "out = torch.arange({})", *MADE,
           params=("3", "0", "3.0", "1, 4", "5, 0, -2", "0, 1, 0.25", "start=1, end=3, step=1",
                   "3, dtype=torch.float64, requires_grad=True", "1, 2.5", "2, 2")),
    script("linspace", "out = torch.linspace({})", *MADE,
           params=("0, 1, 5", "start=1, end=-1, steps=3", "0, 1, 1", "0, 1, 0",
                   "0, 4, 5, dtype=torch.int64",
                   "0, 1, 2, dtype=torch.float64, requires_grad=True")),
    script("from_numpy Tensor.numpy", "a = x_.copy()\nout = torch.from_numpy(a)\na[...] = 3",
           *MADE, "np.shares_memory(out.numpy(), a)",
           shapes=tuple(s for s in ANY if 0 not in s[0])),
    script("equal allclose", "out = torch.{}", "out",
           params=("equal(x, y)", "equal(input=x, other=x * 1)", "allclose(x, y)",
                   "allclose(x, other=x + 1e-3, rtol=0.0, atol=1e-2)",
                   "allclose(x, x * 1.001, rtol=1e-2)", "allclose(input=x, other=x * 1.0001)",
                   "equal(x, x.reshape(-1))", "equal(x, x + 1)", "allclose(x, x)",
                   "allclose(x, x * 1.000001)",
                   "equal(torch.ones(2), torch.ones(1))"), shapes=ALIKE, dtypes=("float32",)),
    script("no_grad is_grad_enabled", "before = torch.is_grad_enabled()\n"
           "try:\n    with torch.no_grad():\n        inside = torch.is_grad_enabled()\n"
           "        out = x * 2\n        with torch.no_grad():\n            pass\n"
           "        still = torch.is_grad_enabled()\n        {}\n"
           "except ValueError:\n    pass\nafter = torch.is_grad_enabled()\n"
           "@torch.no_grad()\ndef decorated():\n    return x * 2",
           "before", "inside", "still", "after", "out", "out.requires_grad", "out.is_leaf",
           "decorated().requires_grad", params=("pass", "raise ValueError"), shapes=ANY),
    script("Tensor.requires_grad Tensor.requires_grad_ Tensor.is_leaf Tensor.grad_fn Tensor.grad",
           "z = torch.tensor(x_)\nsame = z.requires_grad_() is z\nout = z * 2\n"
           "z.requires_grad_(requires_grad=False)\nw = torch.tensor(x_)\nw.requires_grad = True",
           "same", "z.requires_grad", "out.requires_grad", "w.requires_grad", "z.is_leaf",
           "out.is_leaf", "z.grad_fn", "out.grad_fn is None", "z.grad", "z.retains_grad",
           shapes=ANY),
    script("Tensor.backward Tensor.grad", "z = x * x + x\n"
           "upstream = torch.tensor(np.resize(g, z.shape), dtype=z.dtype)\n"
           "z.backward(gradient=upstream, retain_graph=True)\n"
           "first = x.grad.clone()\n{}\nsecond = x.grad",
           "first", "second", "upstream", "z.grad", shapes=ANY,
           params=("z.backward(upstream)", "x.grad = None\nz.backward(upstream)", "pass",
                   "(x * 2).sum().backward()")),
    script("Tensor.retain_grad", "middle = x * 3\nmiddle.retain_grad()\nx.retain_grad()\n"
           "(middle * middle).sum().backward()", "middle.grad", "x.grad", shapes=ANY),
    script("Tensor.shape Tensor.ndim Tensor.size Tensor.dim Tensor.numel Tensor.dtype", "",
           "x.shape", "x.ndim", "x.size()", "x.dim()", "x.numel()", "x.dtype", "tuple(x.shape)",
           shapes=ANY, dtypes=EVERY),
    script("Tensor.sum", "out = x.sum({})", "out", params=("0", "-1", "1", "-2"), shapes=(((),),),
           dtypes=EVERY),
    script("Tensor.reshape", "out = x.reshape({})", "out", params=("(2, 1)", "(2, 1), 1"),
           shapes=(((2,),),)),
    script("Tensor.size", "out = x.size({})", "out", params=("0", "dim=0", "-1", "1"), shapes=ANY),
    script("Tensor.device", "out = str(x.device)", "out", shapes=ANY),
    script("Tensor.item Tensor.tolist Tensor.__float__ Tensor.__int__ Tensor.__bool__",
           "out = {}", "out", params=("x.item()", "x.tolist()", "bool(x)"),
           shapes=(*ANY, ((1,),), ((1, 1),)), dtypes=EVERY),
    script("Tensor.__float__ Tensor.__int__", "", "float(x)", "int(x)", shapes=(((),), ((1, 1),)),
           dtypes=EVERY),
    script("Tensor.__format__", "out = f'{x.detach():{}}'", "out",
           params=(".2f", "", ".3e", ">8.1f"), shapes=(((),),)),
    script("Tensor.__repr__", "", "repr(x)", "str(x)", "repr(x.detach())",
           shapes=(((),),), dtypes=("int64", "bool")),
    script("Tensor.__repr__", "out = torch.tensor({})", "repr(out)", "str(out)",
           params=("[[1, 2], [3, 4]]", "3", "[]", "True", "[1.0, 2.0]",
                   "[2.0], requires_grad=True")),
    script("Tensor.__hash__", "", "{x: 1}[x]", "x in {x.clone()}", "hash(x) == hash(x)",
           shapes=ANY),
    script("Tensor.numpy Tensor.detach Tensor.data",
           "out = x.detach().numpy()\nout[...] = 3\nx.data.mul_(2)", "out", "x", shapes=ANY),
    script("Tensor.__array__", "d = x.detach()", "np.asarray(d)", "np.array(d, dtype='float64')",
           "np.exp(np.asarray(d)).dtype.name", shapes=ANY, dtypes=EVERY),
    script("Tensor.__array__", "d = x.detach()\ncopied = np.array(d)\ncopied[...] = 7",
           "d", "copied", shapes=ANY, dtypes=EVERY),
    script("Tensor.__iadd__ Tensor.__isub__ Tensor.__imul__ Tensor.__itruediv__",
           "z = x.detach()\nsame = z\nwith torch.no_grad():\n    z {} y", "z", "z is same", "x",
           params=("+=", "-=", "*=", "/="), shapes=PAIRS, dtypes=EVERY, number=True),
    script("Tensor.add_ Tensor.sub_ Tensor.mul_ Tensor.div_ Tensor.copy_",
           "z = x.detach()\nwith torch.no_grad():\n    same = z.{}", "z", "z is same",
           params=("add_(y)", "sub_(other=y)", "mul_(y)", "div_(y)", "add_(other=y)", "sub_(y)",
                   "mul_(other=y)", "div_(other=y)"),
           shapes=PAIRS, dtypes=EVERY, number=True),
    script("Tensor.copy_", "z = x.detach()\nwith torch.no_grad():\n    same = z.copy_(other=y)",
           "z", "z is same", "y", shapes=PAIRS, dtypes=EVERY),
    script("Tensor.fill_ Tensor.zero_", "z = x.detach()\nsame = z.{}", "z", "z is same",
           params=("fill_(2)", "fill_(value=2.5)", "zero_()", "fill_(True)"),
           shapes=ANY, dtypes=BOTH),
    script("Tensor.__setitem__", "z = x.detach()\nz[{}] = 2", "z", "x",
           params=table.PICKS, shapes=ANY, dtypes=EVERY),
    script("Tensor.__isub__ no_grad", "with torch.no_grad():\n    x -= 0.5 * x\n"
           "(x * x).sum().backward()", "x", "x.grad", "x.is_leaf", shapes=ANY),
    script("nn.Linear nn.Linear.__init__ nn.Linear.forward nn.Linear.weight nn.Linear.bias "
           "nn.Linear.in_features nn.Linear.out_features nn.Linear.extra_repr",
           LAYER, "out", "x.grad", "layer.weight.grad", "layer.bias.grad if layer.bias is not None "
           "else None", "repr(layer)", "layer.extra_repr()", "layer.in_features",
           "layer.out_features", "layer.weight.shape", "layer.weight.dtype",
           params=("", ", bias=True"), shapes=INTO_LAYER, dtypes=("float32",)),
    script("nn.Linear", LAYER.replace("(3, 2{})", "(in_features=3, out_features=2, bias=False)"),
           "out", "layer.bias", "layer.weight.grad", "repr(layer)", shapes=INTO_LAYER,
           dtypes=("float32",)),
    script("nn.Sequential nn.Sequential.__init__ nn.Sequential.forward nn.Sequential.__iter__ "
           "nn.Sequential.__len__ nn.Sequential.__getitem__ nn.Module.__call__ "
           "nn.Module.state_dict nn.Module.load_state_dict nn.Module.parameters "
           "nn.Module.zero_grad nn.Module.named_children nn.Module.__repr__",
           MODEL + "model.zero_grad()\nforwarded = model.forward(input=x.float())",
           "out", "x.grad", "grads", *STATE, "[name for name, _ in model.named_children()]",
           "len(model)", "repr(model[1])", "repr(model[-1])",
           "[repr(part) for part in model]", "[p.grad for p in model.parameters()]", "forwarded",
           "list(model.state_dict().values())", shapes=INTO_LAYER, dtypes=("float32",)),
    script("nn.Module nn.Module.named_parameters nn.Module.parameters "
           "nn.Module.extra_repr nn.Module.__repr__ nn.Parameter nn.Parameter.__init__", CUSTOM,
           *STATE, "model.extra_repr()", "repr(model.scale)",
           "[n for n, _ in model.named_parameters(prefix='a')]",
           "[n for n, _ in model.named_parameters(prefix='a', remove_duplicate=False)]",
           "isinstance(model.scale, torch.Tensor)", "model.scale.requires_grad",
           "repr(torch.nn.Module())", "torch.nn.Module().extra_repr()",
           params=("pass", "def extra_repr(self): return 'scaled'")),
    script("nn.Parameter nn.Parameter.__init__ nn.Parameter.__repr__",
           "z = torch.nn.Parameter(data=torch.tensor([1.0, 2.0]))\nout = (z * z).sum()\n"
           "out.backward()", "z", "z.grad", "z.is_leaf", "repr(z)",
           "isinstance(z * 1, torch.nn.Parameter)"),
    script("nn.Module.load_state_dict", "model = torch.nn.Linear(2, 1)\n"
           "state = {k: v.clone() for k, v in torch.nn.Linear({}).state_dict().items()}\n"
           "kept = model.weight\nmodel.load_state_dict(state)",
           "torch.equal(model.weight, state['weight'])", "model.weight is kept",
           params=("2, 1", "1, 2", "2, 1, bias=False", "2, 2")),
    script("optim.SGD optim.SGD.__init__ optim.SGD.step optim.Adam optim.Adam.__init__ "
           "optim.Adam.step optim.Optimizer optim.Optimizer.zero_grad",
           OPTIMISER, "values", "p.grad is not None", "unused", "unused.grad",
           "isinstance(optimizer, torch.optim.Optimizer)", shapes=ANY,
           params=tuple(f"{name}([p, unused], {options})" for name, options in (
               ("SGD", ""), ("SGD", "0.1"), ("SGD", "lr=0.05, momentum=0.9"),
               ("SGD", "lr=0.05, weight_decay=0.1"),
               ("SGD", "0.05, momentum=0.5, weight_decay=0.2"),
               ("Adam", ""), ("Adam", "0.1"), ("Adam", "lr=0.05, betas=(0.8, 0.9), eps=1e-3"),
               ("Adam", "0.01, (0.5, 0.75), 1e-2")))),
    script("optim.SGD.step", "p = torch.tensor([float('inf'), 1.0], requires_grad=True)\n"
           "optimizer = torch.optim.SGD([p], lr=0.5)\n"
           "for upstream in ([1.0, float('inf')], [1.0, 1.0]):\n"
           "    p.grad = torch.tensor(upstream)\n    optimizer.step()", "p.detach()"),
    script("optim.SGD optim.Adam optim.Optimizer.__init__", "optimizer = torch.optim.{}",
           "torch.is_grad_enabled()", shapes=(((2,),),),
           params=("SGD([])", "Adam([])", "SGD(params=iter([x]), lr=1.0)", "Adam(params=[x])")),
)  # fmt: skip

ROWS = OPERATIONS + SCRIPTS

# The closed list of errors, whose types are torch's too.
LEAF = "x = torch.tensor([1.0, 2.0], requires_grad=True)\n"
ERRORS = {
    "backward of several values without a gradient": LEAF + "(x * x).backward()",
    "backward of no value without a gradient": LEAF + "x[:0].backward()",
    "backward with a gradient of another shape": LEAF + "(x * x).backward(torch.ones(3))",
    "backward when nothing requires a gradient": "torch.ones(2).sum().backward()",
    "backward of what was computed under no_grad":
        LEAF + "with torch.no_grad():\n    y = x.sum()\ny.backward()",
    "a second backward": LEAF + "y = (x * x).sum()\ny.backward()\ny.backward()",
    "a second backward through a shared part":
        LEAF + "y = x.exp()\n(y * 2).sum().backward()\n(y * 3).sum().backward()",
    "item of several values": "torch.ones(2).item()",
    "item of no value": "torch.ones(0).item()",
    "the truth of several values": "bool(torch.ones(2))",
    "the truth of no value": "bool(torch.ones(0))",
    "the truth of a comparison": "if torch.ones(2) == torch.ones(2):\n    pass",
    "ints that require a gradient": "torch.tensor([1, 2], requires_grad=True)",
    "bools that require a gradient": "torch.tensor([True]).requires_grad_()",
    "ints whose flag is set": "x = torch.tensor([1])\nx.requires_grad = True",
    "ints of zeros that require a gradient":
        "torch.zeros(2, dtype=torch.int64, requires_grad=True)",
    "numpy of a leaf that requires a gradient": LEAF + "x.numpy()",
    "numpy of a result that requires a gradient": LEAF + "(x * 2).numpy()",
    "np.asarray of a leaf that requires a gradient": LEAF + "np.asarray(x)",
    "retain_grad where nothing requires a gradient": "torch.ones(2).retain_grad()",
    "the mean of ints": "torch.tensor([1, 2]).mean()",
    "len of a 0-d tensor": "len(torch.ones(()))",
    "iterating over a 0-d tensor": "list(torch.ones(()))",
    "a state_dict of other shapes":
        "torch.nn.Linear(2, 1).load_state_dict(torch.nn.Linear(1, 2).state_dict())",
    "a state_dict that lacks a name":
        "torch.nn.Linear(2, 1).load_state_dict(torch.nn.Linear(2, 1, bias=False).state_dict())",
    "an optimiser without parameters": "torch.optim.SGD([], lr=0.1)",
    **{f"{statement} on a leaf in place": f"{LEAF}{statement}" for statement in (
        "x += 1", "x -= x", "x *= 2", "x /= 2", "x[0] = 1", "x.add_(1)", "x.sub_(1)", "x.mul_(2)",
        "x.div_(2)", "x.zero_()", "x.fill_(2)", "x.copy_(torch.ones(2))")},
    **{f"{statement} on ints in place, with a float":
        f"x = torch.tensor([1, 2])\n{statement}" for statement in (
        "x += 1.5", "x -= 1.5", "x *= 1.5", "x.add_(torch.tensor([1.5]))")},
}  # fmt: skip

# What the given code refuses by a ValueError; torch does not have it, or raises otherwise.
REFUSED_HERE = {
    "an MLP of one size": "torch.nn.MLP(2)",
    "mini-batches of different lengths":
        "next(sinmagia.training.minibatches(torch.zeros(2), torch.zeros(3), batch_size=1))",
    "mini-batches of nothing": "next(sinmagia.training.minibatches(batch_size=1))",
    "mini-batches of less than one row":
        "list(sinmagia.training.minibatches(torch.zeros(2), batch_size=-1))",
    **{f"cross_entropy of {scores} scores and {targets} targets":
        f"torch.nn.functional.cross_entropy(torch.zeros({scores}), "
        f"torch.zeros({targets}, dtype=torch.int64))"
        for scores, targets in (((), ()), ((3,), (3,)), ((2, 3, 4), (2,)), ((2, 3), (1,)),
                                ((2, 3), (3,)), ((2, 3), (2, 1)))},
}  # fmt: skip

# What the given code promises for names that torch does not have: a program, and what `y` then is.
# NumPy before 2 widens a 0-d float32; the operation here gives another type under every NumPy.
RETYPED = """class Same:
    @staticmethod
    def forward(ctx, a, given):
        return a.astype(given)
x = torch.tensor(np.ones(2, {!r}))
y = str(sinmagia.autograd.apply(Same, x, given={!r}).dtype)"""
PROMISED = {
    RETYPED.format("float32", "float64"): "float32",
    RETYPED.format("float64", "float32"): "float64",
    RETYPED.format("float64", "int64"): "int64",
    RETYPED.format("float64", "bool"): "bool",
    **{f"y = str(sinmagia.autograd.apply(sinmagia.ops.{name}, torch.ones(2, 3)).shape)": "()"
       for name in ("Sum", "Mean", "Amax")},
    "y = str(sinmagia.autograd.apply(sinmagia.ops.Cat, torch.ones(1, 3), torch.ones(2, 3)).shape)":
        "(3, 3)",
    "x = torch.tensor(2.0, requires_grad=True)\ny = x * x\nsinmagia.autograd.backward(y)\n"
    "try:\n    y.backward()\nexcept RuntimeError:\n    y = 'freed'": "freed",
}  # fmt: skip


class Difference(NamedTuple):
    """What differs on purpose: a program that shows it, and what comes of it there and here.

    `refusal` is torch's message where it refuses what is allowed here.
    """

    name: str
    source: str
    observe: str
    torch: str
    here: str
    refusal: str | None = None


DIFFERENCES = (
    Difference("dtype", "", "repr(torch.float32)", "torch.float32", "dtype('float32')"),
    Difference("device", "", "torch.ones(1).device == 'cpu'", "False", "True"),
    Difference("shape", "", "type(torch.ones(1).shape).__name__", "Size", "tuple"),
    Difference("tensor([np.float64(…)])", "", "torch.tensor([np.float64(1.5)]).dtype", "float64",
               "float32"),
    Difference("x * np.float64(…)", "", "(torch.tensor([2]) * np.float64(1.5)).dtype", "float32",
               "float64"),
    Difference("array * x", "", "torch.is_grad_enabled() and (np.ones(2) * torch.ones(2)).shape",
               "TypeError", "(2,)"),
    Difference("x + [1.0, 2.0]", "", "torch.ones(2) + [1.0, 2.0]", "TypeError", "[2. 3.]"),
    Difference("Tensor(…)", "", "torch.Tensor([1, 2]).dtype", "float32", "int64"),
    Difference("x ** y", "", "torch.tensor(2.0) ** torch.tensor(3.0)", "8.0", "TypeError"),
    Difference("2 ** x", "", "2 ** torch.tensor(3.0)", "8.0", "TypeError"),
    Difference("complex numbers", "", "(torch.from_numpy(np.array([1j])) * torch.ones(1)).shape",
               "(1,)", "TypeError"),
    Difference("x @ y", "", "torch.ones(2) @ torch.ones(2, dtype=torch.float64)", "RuntimeError",
               "2.0", r"same dtype"),
    Difference("bool - float", "", "torch.tensor(True) - 0.5", "RuntimeError", "0.5",
               r"with a bool tensor is not supported"),
    Difference("ints and bools", "", "torch.tensor([False, True]).relu().dtype", "RuntimeError",
               "int64",
               r"not implemented for '(Long|Bool|Byte|Int)'|Boolean inputs|support bool input"),
    Difference("allclose", "", "torch.allclose(torch.ones(1), torch.ones(1).double())",
               "RuntimeError", "True"),
    Difference("sum(keepdim=True)", "", "torch.ones(2, 3).sum(keepdim=True).shape", "TypeError",
               "(1, 1)"),
    Difference("sum(dim=())", "", "torch.ones(2, 3).sum(dim=()).shape", "()", "(2, 3)"),
    Difference("x.T", "", "torch.ones(2, 3, 4).T.shape", "(4, 3, 2)", "(3, 2, 4)"),
    Difference("x[::-1]", "", "torch.arange(3)[::-1]", "ValueError", "[2 1 0]"),
    Difference("view", "", "torch.arange(4).reshape(2, 2).T.view(4)", "RuntimeError", "[0 2 1 3]",
               r"view size is not compatible"),
    Difference("errors of shapes", "", "torch.ones(2) + torch.ones(3)", "RuntimeError",
               "ValueError"),
    Difference("warnings", "import warnings\nwith warnings.catch_warnings(record=True) as caught, "
               "np.errstate(all='warn'):\n    warnings.simplefilter('always')\n"
               "    torch.tensor([1.0]) / 0", "len(caught)", "0", "1"),
    Difference("manual_seed", "torch.manual_seed(0)", "round(torch.rand(1).item(), 4)", "0.4963",
               "0.5488"),
    Difference("y += 1", "x = torch.ones(1, requires_grad=True)\ny = x * 2\ny += 1",
               "y.detach()", "[3.]", "RuntimeError"),
    Difference("changed after use", "x = torch.ones(1, requires_grad=True)\nz = torch.ones(1)\n"
               "y = x * z\nz += 1\ny.backward()", "x.grad", "RuntimeError", "[2.]"),
    Difference("grad", "x = torch.ones(1, requires_grad=True)\nx.sum().backward()\nkept = x.grad\n"
               "x.sum().backward()", "kept", "[2.]", "[1.]"),
    Difference("repr(x)", "", "repr(torch.tensor([1.5, True]))", "tensor([1.5000, 1.0000])",
               "tensor([1.5, 1. ])"),
    Difference("grad_fn", "x = torch.ones(1, requires_grad=True)", "repr(x * 2)",
               "tensor([2.], grad_fn=<MulBackward0>)", "tensor([2.], grad_fn=<Mul>)"),
    Difference("state_dict", "", "type(torch.nn.Linear(1, 1).state_dict()).__name__",
               "OrderedDict", "dict"),
    Difference("named_children", "a = torch.nn.Module()\na.b = a.c = torch.nn.ReLU()",
               "str([name for name, _ in a.named_children()])", "['b']", "['b', 'c']"),
    Difference("SGD, Adam", "x = torch.ones(1, requires_grad=True)",
               "len(torch.optim.SGD([x], lr=0.1, nesterov=True, momentum=0.9).param_groups)", "1",
               "TypeError"),
    Difference("exp(input=x)", "", "torch.exp(input=torch.zeros(1))", "[1.]", "TypeError"),
    Difference("reshape(shape=…)", "", "torch.ones(4).reshape(shape=(2, 2)).shape", "(2, 2)",
               "TypeError"),
    Difference("cross_entropy", "", "torch.nn.functional.cross_entropy(torch.zeros(3), "
               "torch.tensor(0)).shape", "()", "ValueError"),
)  # fmt: skip

# What torch does not have, or keeps elsewhere: what the course builds, and the package's own files.
ONLY_HERE = (
    "numerical_gradient", "nn.MLP", "nn.MLP.__init__", "Tensor.retains_grad",
    "Tensor.__array_priority__", "Tensor.__rmatmul__", "optim.Optimizer.params",
    "optim.Optimizer.with_gradients", "optim.SGD.decayed", "optim.SGD.velocity",
    "optim.SGD.velocities", "optim.SGD.lr", "optim.SGD.momentum", "optim.SGD.weight_decay",
    "optim.Adam.lr", "optim.Adam.betas", "optim.Adam.eps", "optim.Adam.moments",
)  # fmt: skip
FILES = ("autograd", "creation", "datasets", "drawing", "dtypes", "functions", "nn.modules",
         "operators", "ops", "sensitivity", "tensors", "training")  # fmt: skip

# The promotion table: each operand in each type, with dimensions, without, and as Python's number.
CONSTANTS = {"float32": (1.5, -2.25), "float64": (0.5, 3.25), "int64": (3, -2), "int32": (2, -3),
             "uint8": (3, 2), "bool": (True, False)}  # fmt: skip
TENSORS = {
    f"{dtype} {shape}": f"torch.tensor(np.array({list(pair) if shape else pair[0]}, {dtype!r}))"
    for (dtype, pair), shape in product(CONSTANTS.items(), [(), (2,)])
}
OPERANDS = TENSORS | {"Python bool": "True", "Python int": "2", "Python float": "2.5"}
WITH_NUMBERS = ("x + y", "x - y", "x * y", "x / y", "x == y", "x < y", "x >= y")
BETWEEN_TENSORS = ("x @ y", "x.maximum(y)", "torch.cat([x.reshape(-1), y.reshape(-1)])")
UNARY = ("-x", "x.exp()", "x.log()", "x.sqrt()", "x.abs()", "x.relu()", "x.tanh()", "x.sigmoid()",
         "x.sum()", "x.sum(0)", "x.amax()", "x.softmax(0)", "x.log_softmax(0)", "x ** 2", "x ** 0",
         "x ** 0.5", "x ** 2.0")  # fmt: skip


def promotions() -> Iterator[Program]:
    """Write every pair of operands with every operation, and every operand alone."""
    for (left, x), (right, y) in product(OPERANDS.items(), repeat=2):
        if left in TENSORS or right in TENSORS:
            tensors = left in TENSORS and right in TENSORS
            for call in WITH_NUMBERS + BETWEEN_TENSORS * tensors:
                yield Program(f"x = {x}\ny = {y}\nout = {call}", {}, ("out", "out.dtype"))
    for x, call in product(TENSORS.values(), UNARY):
        yield Program(f"x = {x}\nout = {call}", {}, ("out", "out.dtype"))


@cache
def sinmagia() -> Submission:
    """Import the solved package, under its own name."""
    folder = SOLUTIONS / "sinmagia"
    spec = importlib.util.spec_from_file_location("sinmagia", folder / "__init__.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["sinmagia"] = module  # its files import each other
    spec.loader.exec_module(module)
    return Submission(module, str(folder))


def run(program: Program, package: Package) -> Outcome:
    """Run a program on torch or on the package, where infinities are as silent as there."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's too, of what is deprecated
        return execute(program.source, program.inputs, program.observe, package)
