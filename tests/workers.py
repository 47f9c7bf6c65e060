"""What the tests of the worker share: programs, packages that misbehave, and questions."""

import struct
from dataclasses import replace

import numpy as np
import pytest

from grader.isolation import layers
from grader.isolation.sandbox import NONE, SANDBOX
from grader.programs.program import Program
from grader.settings import load

FAULT = layers.fault(load().limits)
ISOLATIONS = [NONE, SANDBOX] if FAULT is None else [pytest.param(NONE, id=f"none, for {FAULT}")]
LIMITS = replace(load().limits, memory_mb=512, seconds_a_case=1)
ISOLATED = SANDBOX if FAULT is None else NONE
sandboxed = pytest.mark.parametrize("isolation", ISOLATIONS[1:])
QUICK = {"seconds_a_case": 0.5}
WELL = Program("x = a + 1", {"a": np.arange(3.0)}, ("x",))
SHOUT = """
import os
def shout(data):
    for descriptor in range(3, 256):
        try:
            os.write(descriptor, data)
        except OSError:
            pass
"""


def allow_everything():
    """Stand in for the filter of system calls: one instruction, which allows them all."""
    return struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000)


def ask(worker, source, *observe, **inputs):
    """Run one program."""
    (outcome,) = worker.run([Program(source, inputs, observe)])
    return outcome


def observed(worker, source, *observe):
    """Run one program that raises nothing; give its values in plain Python."""
    outcome = ask(worker, source, *observe)
    assert outcome.raised is outcome.lost is None, outcome
    return [plain(value) for value in outcome.values]


def plain(value):
    return [plain(item) for item in value.content] if value.kind == "list" else value.content


def works(worker):
    """Say whether the worker answers a program well."""
    (outcome,) = worker.run([WELL])
    return outcome.values and outcome.values[0].content.tolist() == [1.0, 2.0, 3.0]
