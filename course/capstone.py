"""The capstone, one script for two libraries: `python capstone.py`, `python capstone.py torch`."""

import sys
import time
from importlib import import_module
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE / "exercises"))  # where your package is

EPOCHS, BATCH, TEST = 30, 64, 360


def run(torch, data=HERE / "data" / "digits.npz"):
    """Train a network on the digits with `torch`, whichever it is; give its losses and accuracy."""
    from sinmagia.datasets import digits

    chance = np.random.default_rng(0)  # NumPy's, so that both libraries see the same numbers
    images, labels = digits(data)
    order = chance.permutation(len(images))
    x, y = torch.tensor(images[order]), torch.tensor(labels[order])

    model = torch.nn.Sequential(
        torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10)
    )  # fmt: skip
    weights = {
        name: torch.tensor(chance.uniform(-0.125, 0.125, tuple(p.shape)).astype(np.float32))
        for name, p in model.named_parameters()
    }
    model.load_state_dict(weights)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    losses = []
    for _ in range(EPOCHS):
        rows = chance.permutation(len(images) - TEST)
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())

    with torch.no_grad():  # the test set is used once, at the end
        right = model(x[-TEST:]).argmax(1) == y[-TEST:]
    return losses, right.float().mean().item()


def main(name="sinmagia"):
    """Run it with the library of this name, and say what came out."""
    library = import_module(name)
    began = time.perf_counter()
    try:
        losses, accuracy = run(library)
    except NotImplementedError as unfinished:
        sys.exit(f"This exercise comes first: {unfinished}")
    seconds = time.perf_counter() - began
    print(f"{name}: first loss {losses[0]:.6f}, last loss {losses[-1]:.6f}")
    print(f"{accuracy:.1%} of {TEST} test images right; {len(losses)} steps in {seconds:.1f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
