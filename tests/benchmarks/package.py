"""What the package costs beside torch, MyGrad, HIPS autograd, and derivatives by hand in NumPy.

Run `make proofs`; the last figures are in RESULTS.md. One thread; the contenders take turns, round
by round, and each figure is the median of its rounds, divided by torch's.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy and torch are imported

import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, "solutions")

import autograd
import autograd.numpy as anp
import mygrad
import sinmagia
import torch

torch.set_num_threads(1)
ROUNDS, SECONDS = 25, 0.03
RATE = np.float32(0.01)

NETWORKS = {
    "MLP step (1, 2, 8, 1)": (1, 2, 8, 1),
    "MLP step (32, 64, 64, 10)": (32, 64, 64, 10),
    "MLP step (64, 784, 128, 10)": (64, 784, 128, 10),
    "MLP step (256, 784, 512, 10)": (256, 784, 512, 10),
    "deep net step, 20 layers of 64, batch 32": (32, *[64] * 21),
}
WIDE = (1000, 1000)


def drawn(*shape):
    """Draw an array in float32, the same in every run."""
    return np.random.RandomState(0).normal(size=shape).astype(np.float32)


def layers_of(sizes):
    """Draw the weights and biases between these sizes."""
    return [(drawn(o, i) / np.float32(i), np.zeros(o, np.float32))
            for i, o in pairwise(sizes)]  # fmt: skip


def step_with_torchs_names(library):
    """Train an MLP by one step, in torch's names."""

    def step_of(batch, *sizes):
        nn = library.nn
        parts = []
        for i, o in pairwise(sizes):
            parts += [nn.Linear(i, o), nn.ReLU()]
        net = nn.Sequential(*parts[:-1])
        optimizer = library.optim.SGD(net.parameters(), lr=float(RATE))
        x, y = (library.tensor(drawn(batch, n)) for n in (sizes[0], sizes[-1]))

        def step():
            optimizer.zero_grad()
            nn.functional.mse_loss(net(x), y).backward()
            optimizer.step()

        return step

    return step_of


def step_with_mygrad(batch, *sizes):
    """Train an MLP by one step with MyGrad."""
    layers = [tuple(map(mygrad.tensor, layer)) for layer in layers_of(sizes)]
    x, y = drawn(batch, sizes[0]), drawn(batch, sizes[-1])

    def step():
        h = x
        for i, (w, b) in enumerate(layers):
            h = mygrad.matmul(h, w.T) + b
            if i < len(layers) - 1:
                h = mygrad.maximum(h, 0)
        difference = h - y
        (difference * difference).mean().backward()
        for p in (p for layer in layers for p in layer):
            p.data -= RATE * p.grad
            p.null_grad()

    return step


def step_with_autograd(batch, *sizes):
    """Train an MLP by one step with HIPS autograd."""
    layers = layers_of(sizes)
    x, y = drawn(batch, sizes[0]), drawn(batch, sizes[-1])

    def loss(layers):
        h = x
        for i, (w, b) in enumerate(layers):
            h = anp.dot(h, w.T) + b
            if i < len(layers) - 1:
                h = anp.maximum(h, 0)
        difference = h - y
        return anp.mean(difference * difference)

    gradient = autograd.grad(loss)

    def step():
        for layer, grads in zip(layers, gradient(layers), strict=True):
            for p, grad in zip(layer, grads, strict=True):
                np.subtract(p, RATE * grad, out=p)

    return step


def step_by_hand(batch, *sizes):
    """Train an MLP by one step, with its derivatives written out."""
    layers = layers_of(sizes)
    x, y = drawn(batch, sizes[0]), drawn(batch, sizes[-1])

    def step():
        hidden = [x]
        for w, b in layers[:-1]:
            hidden.append(np.maximum(hidden[-1] @ w.T + b, 0))
        w, b = layers[-1]
        difference = hidden[-1] @ w.T + b - y
        (difference * difference).mean()
        grad = difference * np.float32(2 / difference.size)
        for (w, b), h in zip(reversed(layers), reversed(hidden), strict=True):
            grad_w, grad_b = grad.T @ h, grad.sum(0)
            if h is not x:
                grad = (grad @ w) * (h > 0)
            np.subtract(w, RATE * grad_w, out=w)
            np.subtract(b, RATE * grad_b, out=b)

    return step


def wide_with_torchs_names(library):
    """Differentiate the mean logarithm of sums of exponentials, in torch's names."""
    x = library.tensor(drawn(*WIDE), requires_grad=True)

    def reduce():
        x.grad = None
        x.exp().sum(1).log().mean().backward()

    return reduce


def wide_with_mygrad():
    """Do the same with MyGrad."""
    x = mygrad.tensor(drawn(*WIDE))

    def reduce():
        mygrad.log(mygrad.exp(x).sum(axis=1)).mean().backward()
        x.null_grad()

    return reduce


def wide_with_autograd():
    """Do the same with HIPS autograd."""
    x = drawn(*WIDE)
    gradient = autograd.grad(lambda x: anp.mean(anp.log(anp.sum(anp.exp(x), axis=1))))
    return lambda: gradient(x)


def wide_by_hand():
    """Do the same with the derivative written out."""
    x = drawn(*WIDE)

    def reduce():
        e = np.exp(x)
        sums = e.sum(1)
        np.log(sums).mean()
        return e * (np.float32(1 / WIDE[0]) / sums)[:, None]

    return reduce


def medians(contenders):
    """Let contenders take turns; give the median seconds of each."""
    for action in contenders.values():
        for _ in range(5):
            action()
    start = time.perf_counter()
    contenders["torch"]()
    repeats = max(1, int(SECONDS / (time.perf_counter() - start)))
    seconds = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, action in contenders.items():
            start = time.perf_counter()
            for _ in range(repeats):
                action()
            seconds[name].append((time.perf_counter() - start) / repeats)
    return {name: median(rounds) for name, rounds in seconds.items()}


def row(what, contenders):
    """Print one line of the table."""
    found = medians(contenders)
    beside = found["torch"]
    cells = (f"{found[name] / beside:.2f}" for name in contenders if name != "torch")
    print(f"| {what} | {1e6 * beside:.0f} us | {' | '.join(cells)} |", flush=True)


def growth(steps=1000):
    """Train for many steps; give how many times as much memory is in use at the end."""
    step = step_with_torchs_names(sinmagia)(32, 64, 64, 10)

    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1])

    for _ in range(20):
        step()
    before = resident()
    for _ in range(steps):
        step()
    return resident() / before


def deep(library, n=100_000):
    """Differentiate a chain of n additions, and let go of it; give the seconds of each part."""
    x = library.tensor([1.0], requires_grad=True)
    start = time.perf_counter()
    h = x
    for _ in range(n):
        h = h + 1.0
    made = time.perf_counter()
    h.backward()
    walked = time.perf_counter()
    del h
    return made - start, walked - made, time.perf_counter() - walked


def ladder(library, n=40):
    """Differentiate n doublings, with 2**n paths; give the seconds."""
    h = library.tensor([1.0], requires_grad=True)
    for _ in range(n):
        h = h + h
    start = time.perf_counter()
    h.backward()
    return time.perf_counter() - start


def main():
    """Print the tables."""
    print("| what | torch | sin magia | MyGrad | HIPS autograd | by hand |")
    print("|---|--:|--:|--:|--:|--:|")
    for what, sizes in NETWORKS.items():
        row(what, {
            "torch": step_with_torchs_names(torch)(*sizes),
            "sin magia": step_with_torchs_names(sinmagia)(*sizes),
            "MyGrad": step_with_mygrad(*sizes),
            "HIPS autograd": step_with_autograd(*sizes),
            "by hand": step_by_hand(*sizes),
        })  # fmt: skip
    row(f"wide reduction {WIDE}", {
        "torch": wide_with_torchs_names(torch),
        "sin magia": wide_with_torchs_names(sinmagia),
        "MyGrad": wide_with_mygrad(),
        "HIPS autograd": wide_with_autograd(),
        "by hand": wide_by_hand(),
    })  # fmt: skip
    print("\n| limit | sin magia | torch | ratio |\n|---|--:|--:|--:|")
    parts = zip(("made", "walked back", "let go"), deep(sinmagia), deep(torch), strict=True)
    for part, ours, theirs in parts:
        print(f"| chain of 100,000 additions, {part} | {ours:.2f} s | {theirs:.2f} s "
              f"| {ours / theirs:.2f} |")  # fmt: skip
    ours, theirs = ladder(sinmagia), ladder(torch)
    print(f"| ladder of 40 doublings, walked back | {1e3 * ours:.2f} ms | {1e3 * theirs:.2f} ms "
          f"| {ours / theirs:.2f} |")  # fmt: skip
    print(f"\nMemory after a thousand training steps more: {growth():.3f} times what it was.")


if __name__ == "__main__":
    main()
