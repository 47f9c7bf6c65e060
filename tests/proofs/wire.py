"""Malformed replies are refused: no crash, no hang, no memory beyond the cap.

`python -m tests.proofs.wire 100000 60` draws that many replies with Hypothesis, then lets a fuzzer
that follows the coverage of the code (atheris) try for so many seconds.
"""

import io
import resource
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from types import FunctionType

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from grader.isolation import wire
from grader.isolation.budget import Budget
from grader.isolation.channel import Lost
from grader.isolation.process import Worker
from grader.isolation.sandbox import NONE
from grader.programs.execution import Outcome
from grader.programs.program import Program
from grader.settings import load
from tests.test_wire import documents, frame, json_leaves, laid_out, safetensors, tensors

MOST = load().limits.reply_mb << 20
MOST_GROWTH_MB = 64  # of the grader's memory, over all replies: eight times the longest of them
PROGRAM = Program("", {"a": np.ones(2)}, ("x", "y"))
WORKER = Worker(Path(), NONE, Budget(load().limits))
WORKER._requests = 1
REPLY = {
    "id": 1,
    "index": 0,
    "outcome": {
        "values": [["tensor", np.ones((2, 3))], ["list", [["int", 1], ["str", "á"]]]],
        "raised": None,
        "inputs": {"a": np.ones(2)},
    },
}
GOOD = frame(wire.encode(REPLY))


def answer(data):
    """Take bytes for what a worker wrote, as the grader does; say what became of them."""
    stream = io.BytesIO(data)
    try:
        reply = wire.decode(next(wire.messages(stream, MOST))[0], wire.MOST_JSON)
        outcome = WORKER._checked(reply, 0, PROGRAM)
    except (StopIteration, wire.WireError, Lost) as refused:
        return type(refused).__name__
    assert isinstance(outcome, Outcome)
    assert outcome.raised or len(outcome.values) == 2
    return "accepted"


leaves = json_leaves | laid_out
kinds = st.sampled_from(["tensor", "array", "list", "tuple", "int", "str", "none", "other", "x"])
values = st.recursive(
    st.tuples(kinds, leaves).map(list),
    lambda inner: st.tuples(kinds, st.lists(inner, max_size=3)).map(list),
    max_leaves=6,
)
raised = st.fixed_dictionaries(
    {
        "types": leaves | st.lists(leaves, max_size=3),
        "message": leaves,
        "file": leaves,
        "line": leaves,
    }
)
outcomes = st.fixed_dictionaries({
    "values": st.lists(values, max_size=3) | leaves,
    "raised": st.none() | raised | leaves,
    "inputs": st.dictionaries(st.sampled_from(["a", "b"]), laid_out | json_leaves) | leaves,
})  # fmt: skip
nearly = st.fixed_dictionaries(
    {"id": st.just(1) | leaves, "index": st.just(0) | leaves, "outcome": outcomes | leaves}
)


@st.composite
def mutated(draw):
    """A good reply with bytes changed, taken out, or put in."""
    data = bytearray(GOOD)
    for place, kind, byte in draw(st.lists(
        st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 2), st.integers(0, 255)),
        min_size=1, max_size=6,
    )):  # fmt: skip
        start = place % (len(data) or 1)
        if kind == 0:
            data[start : start + 1] = bytes([byte])
        elif kind == 1:
            del data[start : start + byte]
        else:
            data[start:start] = bytes([byte]) * byte
    return bytes(data)


headers = st.tuples(documents(json_leaves), st.dictionaries(st.sampled_from("01"), tensors)).map(
    lambda pair: {"__metadata__": {"document": pair[0]}} | pair[1]
)
replies = st.one_of(
    st.binary(max_size=64),
    st.binary(max_size=64).map(frame),
    mutated(),
    nearly.map(wire.encode).map(frame),
    st.tuples(headers, st.binary(max_size=16)).map(lambda pair: frame(safetensors(*pair))),
    st.integers(0, 1 << 64).map(lambda length: (length % (1 << 64)).to_bytes(8, "big") + GOOD[8:]),
)


def draw(count):
    """Try replies from Hypothesis; print what became of them, how long the longest took, memory."""
    became, slowest, growth = Counter(), 0.0, 0.0

    @settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(replies)
    def one(data):
        nonlocal slowest, growth  # not Hypothesis' own, which remembers what it drew
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        became[answer(data)] += 1
        slowest = max(slowest, time.perf_counter() - start)
        growth += (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024

    start = time.perf_counter()
    one()
    listed = ", ".join(f"{name} {number}" for name, number in sorted(became.items()))
    print(f"{became.total()} replies in {time.perf_counter() - start:.0f} s: {listed};")
    print(f"the slowest took {1000 * slowest:.0f} ms, their memory grew by {growth:.0f} MB.")
    told = became.total() >= count and became["accepted"] > 0  # else this would prove nothing
    return told and growth <= MOST_GROWTH_MB and slowest < 1


def heavy():
    """Try the replies that are made to cost most; print each one's time and memory."""
    nested = "[" * (wire.MOST_JSON // 2)
    flat = "[" + "[]," * (wire.MOST_JSON // 4) + "[]]"
    scalar = {"dtype": "F64", "shape": [], "data_offsets": [0, 8]}
    plain = {"__metadata__": {"document": "[]"}}
    long = {"dtype": "I8", "shape": [1] * 50_000, "data_offsets": [0, 1]}
    many = {str(n): scalar for n in range(3000)}
    made = {
        "as long as allowed": frame(bytes(MOST)),
        "nested": frame(safetensors({"__metadata__": {"document": nested}})),
        "many lists": frame(safetensors({"__metadata__": {"document": flat}})),
        "many arrays": frame(safetensors(plain | many, bytes(8))),
        "many lengths": frame(safetensors(plain | {"0": long}, b"x")),
        "all header": frame((MOST - 8).to_bytes(8, "little") + b" " * (MOST - 8)),
    }  # fmt: skip
    good = True
    for name, data in made.items():
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        became = answer(data)
        took = time.perf_counter() - start
        growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
        print(f"{name}: {len(data)} bytes, {became}, {1000 * took:.0f} ms, {growth} MB more.")
        good = good and took < 1 and growth <= MOST_GROWTH_MB and became != "accepted"
    return good


def follow_coverage():
    """Run atheris in this process; it does not come back."""
    import atheris

    for module in (wire, sys.modules["grader.programs.documents"]):
        for name, function in vars(module).items():
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                setattr(module, name, atheris.instrument_func(function))
    atheris.Setup(sys.argv, lambda data: answer(data) and None)
    atheris.Fuzz()


def main():
    """Run all three; say how many of them failed."""
    if "-atheris" in sys.argv:
        sys.argv.remove("-atheris")
        follow_coverage()
    parser = ArgumentParser(description="Malformed replies.")
    parser.add_argument("replies", type=int, nargs="?", default=100_000)
    parser.add_argument("seconds", type=int, nargs="?", default=60)
    asked = parser.parse_args()
    failed = [not heavy(), not draw(asked.replies)]
    with tempfile.TemporaryDirectory() as corpus:
        Path(corpus, "good").write_bytes(GOOD)
        done = subprocess.run(
            [sys.executable, "-m", "tests.proofs.wire", "-atheris",
             f"-max_total_time={asked.seconds}", "-max_len=4096", "-timeout=5",
             "-rss_limit_mb=1024", corpus],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    print("atheris:", done.stderr.strip().splitlines()[-1], f"exit code {done.returncode}")
    return any([*failed, done.returncode])


if __name__ == "__main__":
    sys.exit(main())
