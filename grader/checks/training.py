"""Stage 5: optimisers followed over several steps, mini-batches, the loop, all of it together."""

import numpy as np
from hypothesis import strategies as st

from grader.programs.cases import Case, Check, literal
from grader.programs.program import Program
from grader.programs.strategies import DTYPES, arange, arrays, one_of

from .networks import network, weights

RATES = ("lr=0.5", "lr=0.1", "lr=0.25", "lr=0.01")
MOMENTA = (*(f"lr=0.1, momentum={m}" for m in ("0.9", "0.5", "0.25", "1.0")),
           "lr=0.1, momentum=0.5, weight_decay=0.5")  # fmt: skip
DECAYS = tuple(f"lr=0.1, weight_decay={d}" for d in ("0.5", "0.1", "2.0", "1.0"))
MOMENTS = ("lr=0.1", "lr=0.5, betas=(0.5, 0.75)", "lr=0.1, eps=0.5", "lr=0.25, betas=(0.9, 0.5)",
           "lr=0.1, betas=(0.8, 0.9), eps=0.25")  # fmt: skip
SHAPES = ((1,), (), (2,), (2, 2))


def descent(optimizer: str, w: np.ndarray, v: np.ndarray, count: int) -> Case:
    """Take steps with two parameters, one of them idle now and then; a third gets no gradient."""
    source = (
        "w = torch.tensor(a, requires_grad=True)\n"
        "v = torch.tensor(b, requires_grad=True)\n"
        "u = torch.tensor(a, requires_grad=True)\n"
        "held = w.detach()\n"
        f"optimizer = torch.optim.{optimizer}\n"
        f"for step in range({count}):\n"
        "    optimizer.zero_grad()\n"
        "    (w * w).sum().backward()\n"
        "    if step != 1:\n"
        "        (v * 3.0).sum().backward()\n"
        "    optimizer.step()"
    )
    observe = ("w", "v", "u", "held", "w.grad", "v.grad", "u.grad")
    return Case(Program(source, {"a": w, "b": v}, observe))


@st.composite
def descents(draw: st.DrawFn, optimizer: str, arguments: tuple[str, ...]) -> Case:
    """Draw the parameters, the optimiser's arguments and the number of steps."""
    w, v = (draw(arrays(draw(one_of(SHAPES)), draw(one_of(DTYPES)))) for _ in range(2))
    made = optimizer.format(draw(one_of(arguments)))
    return descent(made, w, v, draw(one_of((1, 2, 3, 4))))


def steps(exercise: str, description: str, optimizer: str, arguments: tuple[str, ...]) -> Check:
    """Make the check of an optimiser: its trajectory with any of these arguments."""
    corners = [
        descent(optimizer.format(argument), arange((2, 2)), arange((3,)), n)
        for argument in arguments
        for n in (1, 3)
    ]
    single = descent(optimizer.format(arguments[0]), arange((2,)).astype("float32"),
                     arange((3,)), 2)  # fmt: skip
    return Check(exercise, description, descents(optimizer, arguments), (*corners, single))


BATCHES = """\
x, y = torch.tensor(np.arange({n}.0)), torch.tensor(np.arange({n}) * 10)
batches = list(sinmagia.training.minibatches(x, y, batch_size={size}{arguments}))
sizes = [len(rows) for rows, labels in batches]
rows = [int(row) for rows, labels in batches for row in rows.tolist()]
labels = [int(label) for rows, labels in batches for label in labels.tolist()]
"""
AGAIN = """\
again = sinmagia.training.minibatches(x, y, batch_size={size})
anew = [int(row) for rows, labels in again for row in rows.tolist()] != rows
mixed = rows != sorted(rows)
"""


def batches(n: int, size: int) -> Case:
    """Cut n rows into mini-batches in order: all rows, each with its label."""
    source = BATCHES.format(n=n, size=size, arguments=", shuffle=False").rstrip()
    rows = list(range(n))
    program = Program(source, {}, ("sizes", "rows", "labels"))
    return literal(program, cut(n, size), rows, [10 * row for row in rows])


def cut(n: int, size: int) -> list[int]:
    """Give the sizes of the mini-batches of n rows; the last may be smaller."""
    return [min(size, n - start) for start in range(0, n, size)]


def joint(count: int) -> Case:
    """Cut so many tensors at once: a mini-batch is a tuple of as many."""
    tensors = "x, " * count
    source = (
        f"x = torch.zeros(3)\nbatch = next(sinmagia.training.minibatches({tensors}batch_size=2))"
    )
    return literal(Program(source, {}, ("len(batch)", "len(batch[0])")), count, 2)


def shuffled(n: int, size: int) -> Case:
    """Cut n rows in random order, twice: the orders differ, rows and labels stay together."""
    source = (BATCHES + AGAIN).format(n=n, size=size, arguments="")
    apart = "[label - 10 * row for row, label in zip(rows, labels)]"
    program = Program(source.rstrip(), {}, ("sizes", "sorted(rows)", apart, "mixed", "anew"))
    return literal(program, cut(n, size), list(range(n)), [0] * n, True, True)


NET = """\
net = {net}
with torch.no_grad():
    for p, value in zip(net.parameters(), ({weights})):
        p.copy_(torch.tensor(value))
x, y = torch.tensor(a), torch.tensor(target)
optimizer = {optimizer}
loss_function = torch.nn.functional.{loss}
"""
STEPS = """\
loss_function(net(x), y).backward()  # old gradients, to be forgotten first
losses = [sinmagia.training.train_step(net, loss_function, optimizer, x, y)
          for i in range({epochs})]"""
TRAIN = """\
losses = sinmagia.training.train(net, loss_function, optimizer, x, y, epochs={epochs},
                                 batch_size={size}, progress=False)"""
BY_HAND = """\
losses = []
for epoch in range({epochs}):
    total = 0.0
    for start in range(0, {n}, {size}):
        rows, labels = x[start : start + {size}], y[start : start + {size}]
        optimizer.zero_grad()
        loss = loss_function(net(rows), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    losses.append(total / {n})"""
SIZES_OF_NET = ((2, 3, 2), (2, 2), (1, 2), (3, 2, 2), (2, 3, 2, 3))
DESCENT = """\
class Descent:
    def __init__(self, params):
        self.params = list(params)
    def zero_grad(self):
        for p in self.params:
            p.grad = None
    def step(self):
        with torch.no_grad():
            for p in self.params:
                p -= 0.5 * p.grad
"""
OWN = (("cross_entropy", "Descent(net.parameters())"),)
# Adam has a large eps: with the usual one it magnifies the rounding of a gradient that is zero.
ALL = (
    ("cross_entropy", "torch.optim.SGD(net.parameters(), lr=0.5)"),
    ("cross_entropy", "torch.optim.Adam(net.parameters(), lr=0.1, eps=0.1)"),
    ("cross_entropy", "torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)"),
    ("mse_loss", "torch.optim.SGD(net.parameters(), lr=0.01)"),
    ("mse_loss", "torch.optim.Adam(net.parameters(), lr=0.01, eps=0.1)"),
)


@st.composite
def trained(draw: st.DrawFn, how: str, choices: tuple[tuple[str, str], ...] = ALL) -> Case:
    """Draw a network, data and an optimiser, and train; torch's loop is written out.

    Where a mini-batch is not all the rows, they are alike: their order is a matter of chance. With
    an optimiser of its own the program asks only for the loop, else for the whole package.
    """
    sizes, activation = draw(one_of(SIZES_OF_NET)), draw(one_of(("Tanh", "Sigmoid")))
    (loss, optimizer), epochs = draw(one_of(choices)), draw(one_of((1, 2, 3)))
    n, size = draw(one_of(((4, 4), (1, 1), (3, 8), (4, 2), (5, 2)) if how == TRAIN else ((4, 4),)))
    rows = n if size >= n else 1
    inputs = {k: draw(arrays(shape, "float32")) for k, shape in weights(sizes).items()}
    inputs["a"] = np.repeat(draw(arrays((rows, sizes[0]), "float32")), n // rows, axis=0)
    if loss == "cross_entropy":
        labels = np.array([draw(one_of(range(sizes[-1]))) for _ in range(rows)])
    else:
        labels = draw(arrays((rows, sizes[-1]), "float32"))
    inputs["target"] = np.repeat(labels, n // rows, axis=0)
    made, twin = network(sizes, activation)
    words = {"weights": ", ".join(weights(sizes)), "optimizer": optimizer, "loss": loss,
             "n": n, "size": size, "epochs": epochs}  # fmt: skip
    own = DESCENT if choices == OWN else ""
    mine = own + (NET + how).format(net=twin if own else made, **words)
    torchs = own + (NET + BY_HAND).format(net=twin, **words)
    observe = ("losses", "[p.detach() for p in net.parameters()]")
    return Case(
        Program(mine, inputs, observe), twin=Program(torchs, inputs, observe), tolerance=1e-4
    )


RESTING = """\
import contextlib, io
class Rest:
    def zero_grad(self):
        pass
    def step(self):
        pass
seen = []
def net(rows):
    seen.extend(rows.tolist())
    return rows * w
def loss_function(out, target):
    return ((out - target) * (out - target)).mean()
def train(**options):
    return sinmagia.training.train(model=net, loss_function=loss_function, optimizer=Rest(),
                                   inputs=x, targets=y, epochs=2, **options)
w = torch.tensor(2.0, requires_grad=True)
x, y = torch.tensor(a), torch.tensor(a * a)
"""


def resting(n: int, size: int) -> Case:
    """Train with an optimiser that does nothing: each epoch's loss is the mean over all rows."""
    inputs = {"a": np.arange(n, dtype="float64")}
    mine = f"losses = train(batch_size={size}, progress=False)"
    torchs = "losses = [loss_function(net(x), y).item()] * 2"
    return Case(Program(RESTING + mine, inputs, ("losses",)),
                twin=Program(RESTING + torchs, inputs, ("losses",)), tolerance=1e-6)  # fmt: skip


def followed(n: int, size: int) -> Case:
    """Follow the rows through two epochs: each has all of them, mixed as the mini-batches are."""
    source = (
        f"{RESTING}losses = train(batch_size={size}, progress=False)\n"
        f"first, second = seen[:{n}], seen[{n}:]\n"
        f"batches = lambda: sinmagia.training.minibatches(x, y, batch_size={size})\n"
        "one, other = ([row for part in batches() for row in part[0].tolist()] for i in '12')\n"
        f"whole = sorted(first) == sorted(second) == list(range({n}))\n"
        "mixed = first != sorted(first) or one == sorted(one)\n"
        "anew = first != second or one == other"
    )
    program = Program(source, {"a": np.arange(n, dtype="float64")}, ("whole", "mixed", "anew"))
    return literal(program, True, True, True)


def watched(options: str, *, shown: bool) -> Case:
    """Train and look whether progress is drawn."""
    source = (
        f"{RESTING}drawn = io.StringIO()\nwith contextlib.redirect_stderr(drawn):\n"
        f"    train(batch_size=2{options})\nshown = drawn.getvalue() != ''"
    )
    return literal(Program(source, {"a": np.arange(4.0)}, ("shown",)), shown)


def scored(scores: np.ndarray, target: np.ndarray) -> Case:
    """Ask how often the highest score is the right one."""
    inputs = {"a": scores, "target": target}
    return Case(
        Program("part = sinmagia.training.accuracy(torch.tensor(a), torch.tensor(target))", inputs,
                ("part",)),
        twin=Program("part = (torch.tensor(a).argmax(1) == torch.tensor(target)).double().mean()"
                     ".item()", inputs, ("part",)),
        tolerance=1e-6,
    )  # fmt: skip


@st.composite
def scorings(draw: st.DrawFn) -> Case:
    """Draw scores without ties, and classes."""
    n = draw(one_of((2, 1, 3, 4)))
    target = np.array([draw(one_of((0, 1, 2))) for _ in range(n)])
    return scored(draw(arrays((n, 3))) + np.array([0, 0.0625, 0.125]), target)


COUNT, SIZE = one_of(range(1, 20)), one_of(range(1, 9))
SIZES = ((10, 4), (8, 4), (5, 5), (3, 8), (7, 1), (9, 2))

CHECKS = (
    steps("sgd_step", "Every parameter that has a gradient takes a step against it, in place.",
          "SGD([u, w, v], {})", RATES),
    steps("sgd_weight_decay", "A part of each weight is added to its gradient.",
          "SGD([u, w, v], {})", DECAYS),
    steps("sgd_momentum", "Velocities are remembered, each parameter's own.",
          "SGD([u, w, v], {})", MOMENTA),
    steps("adam_step", "Running means of gradients and squares, corrected for their start.",
          "Adam([u, w, v], {})", MOMENTS),
    Check("minibatches", "All rows, each once, with their labels; the last batch may be smaller.",
          st.tuples(COUNT, SIZE).map(lambda sizes: batches(*sizes)),
          (*(batches(*sizes) for sizes in SIZES), *map(joint, (1, 3)))),
    Check("minibatches_shuffle", "A new order each time, the same for data and labels.",
          st.tuples(COUNT, SIZE).map(lambda sizes: shuffled(20 + sizes[0], sizes[1])),
          tuple(shuffled(20 + n, size) for n, size in SIZES)),
    Check("train_step", "Old gradients forgotten, forward, backward, a step; the loss is given.",
          trained(STEPS, OWN)),
    Check("train", "A step on every mini-batch of every epoch, and the mean loss of each epoch.",
          trained(TRAIN, OWN),
          (resting(10, 4), resting(3, 8), followed(20, 4), followed(24, 24),
           watched("", shown=True), watched(", progress=True", shown=True),
           watched(", progress=False", shown=False))),
    Check("accuracy", "The part of the rows whose highest score is the right one.", scorings(),
          (scored(np.eye(3), np.array([0, 1, 2])), scored(np.eye(3), np.array([0, 0, 0])))),
    Check("whole_package", "A network made, run, differentiated and trained by one package alone.",
          trained(TRAIN)),
)  # fmt: skip
