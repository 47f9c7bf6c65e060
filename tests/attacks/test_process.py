"""Attacks on the process that runs a submission: how it starts, what it may reach, how it ends."""

import gc
import os
import select
import subprocess
import sys
import time
import tracemalloc

import pytest

from grader.isolation.sandbox import SANDBOX
from grader.settings import ROOT
from tests.attacks import attack
from tests.workers import FAULT, LIMITS, SHOUT, ask, observed, works

fcntl, pty = pytest.importorskip("fcntl"), pytest.importorskip("pty")  # not on Windows
pytestmark = pytest.mark.skipif(FAULT is not None, reason=f"no sandbox here: {FAULT}")
QUICK = {"seconds_a_case": 0.4}


@pytest.fixture
def isolation():
    return SANDBOX


def python(*words, folder, **environment):
    """Run Python as a careless grader would: in the submission's folder, with it on the path."""
    given = os.environ | {"PYTHONPATH": str(folder)} | environment
    return subprocess.run([sys.executable, *words], cwd=folder, env=given, capture_output=True,
                          text=True, check=False, timeout=20)  # fmt: skip


# 5: code at start-up


@attack(5, "control")
def test_a_careless_python_runs_code_at_start_up(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("print('worked')")
    assert python("-c", "", folder=tmp_path).stdout == "worked\n"


@attack(5, "held")
def test_the_worker_runs_no_code_at_start_up(start):
    names = ["sitecustomize.py", "usercustomize.py", "mine.pth", "lib/site-packages/mine.pth"]
    code = "import sys; sys.worked = True\n"
    worker = start({"__init__.py": "", **{f"../{name}": code for name in names}})
    loaded = "[m for m in ('site', 'sitecustomize', 'usercustomize') if m in sys.modules]"
    assert observed(worker, "import sys", "hasattr(sys, 'worked')", loaded) == [False, []]


@attack(5, "allowed")
def test_a_package_may_do_something_when_it_is_imported(start):
    assert observed(start("table = [n * n for n in range(4)]"), "", "torch.table") == [[0, 1, 4, 9]]


# 6: shadowing


@attack(6, "control")
def test_a_careless_python_imports_the_submissions_own_json(tmp_path):
    (tmp_path / "json.py").write_text("print('worked')")
    assert python("-c", "import json", folder=tmp_path).stdout == "worked\n"


@attack(6, "held")
@pytest.mark.parametrize(
    "module", ["numpy", "random", "json", "grader", "statistics", "safetensors"]
)
def test_a_submission_shadows_no_library(module, start):
    worker = start({"__init__.py": "", f"../{module}.py": "worked = True"})
    raised = ask(worker, f"import {module}", f"hasattr({module}, 'worked')")
    assert [value.content for value in raised.values] == [False]


@attack(6, "allowed")
def test_a_module_of_the_package_may_be_called_as_a_library_is(start):
    worker = start({"__init__.py": "from . import random", "random.py": "mine = True"})
    assert observed(worker, "import random", "torch.random.mine", "hasattr(random, 'mine')") == [
        True, False,
    ]  # fmt: skip


# 9: what acts later (threads and processes are in the table of test_worker)


@attack(9, "control")
def test_a_careless_process_acts_at_its_end(tmp_path):
    code = "import atexit; atexit.register(lambda: open('later', 'w'))"
    python("-c", code, folder=tmp_path)
    assert (tmp_path / "later").exists()


@attack(9, "held")
def test_the_worker_is_ended_before_it_could_act_at_its_end(start, capfd):
    worker = start(SHOUT)
    ask(worker, "import atexit; atexit.register(torch.shout, b'later')")
    channel = worker._channel
    worker.stop()
    assert channel.printed == ""
    assert works(worker)


# 14: what the grader knows is not in the worker


EXPECTED = ["what", "is", "expected"]
SEARCH = """
import gc, inspect
texts = [o for o in gc.get_objects() if type(o) is list and o and type(o[-1]) is str]
found = [o for o in texts if o[-1] == 'exp' + 'ected']
names = {frame.frame.f_globals.get("__name__") for frame in inspect.stack()}
"""


@attack(14, "control")
def test_beside_the_grader_what_is_expected_can_be_found():
    names = {}
    exec(SEARCH, names)  # as a grader does that runs a submission in its own process
    assert EXPECTED in names["found"]
    assert __name__ in names["names"]
    assert any(known is EXPECTED for known in gc.get_objects())


@attack(14, "held")
def test_in_the_worker_there_is_nothing_to_be_found(start):
    ours = {"__main__", "grader.programs.execution", None}  # the worker, and the program itself
    assert observed(start(), SEARCH, "len(found)", f"names <= {ours!r}") == [0, True]


@attack(14, "allowed")
def test_a_submission_may_look_at_its_own_objects(start):
    source = "import gc, sys\nmine = [1]"
    assert observed(start(), source, "mine in gc.get_objects()", "sys.getrefcount(mine) > 0") == [
        True, True,
    ]  # fmt: skip


# 23: other autograds


OTHERS = ["torch", "jax", "tensorflow", "autograd", "mygrad", "sympy", "networkx", "scipy"]


@attack(23, "control")
def test_beside_the_grader_torch_can_be_imported():
    assert python("-c", "import torch; print(torch.ones(1))", folder=ROOT).returncode == 0


@attack(23, "held")
@pytest.mark.parametrize("library", OTHERS)
def test_no_other_autograd_can_be_imported(library, start):
    raised = ask(start(), f"import {library} as other").raised
    assert raised.types[0] == "ModuleNotFoundError"


@attack(23, "allowed")
def test_numpy_and_the_standard_library_can_be_imported(start):
    source = "import numpy.linalg, numpy.fft, math, fractions, functools, itertools, dataclasses"
    assert observed(start(), source, "numpy.linalg.norm([3.0, 4.0]) == 5") == [True]


# 30: what does not end


ENDLESS = {
    "a loop": "while True: pass",
    "a loop that catches everything": "while True:\n try:\n  while True: pass\n except: pass",
    "a sleep": "import time; time.sleep(999)",
    "waiting for oneself": "import threading; l = threading.Lock(); l.acquire(); l.acquire()",
    "a long call in C": "np.linalg.svd(np.ones((3000, 3000)))",
    "a power": "7 ** 7 ** 9",
    "a regular expression": "import re; re.match('(a+)+$', 'a' * 50 + 'b')",
    "a signal that is not heard": "import signal, time\nfor n in range(1, 65):\n try: signal.signal"
    "(n, signal.SIG_IGN)\n except (OSError, ValueError): pass\nwhile True: time.sleep(1)",
    "stopping oneself": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
}


@attack(30, "control")
@pytest.mark.parametrize("name", ENDLESS)
def test_without_a_limit_it_does_not_end(name, tmp_path):
    code = f"import numpy as np\n{ENDLESS[name]}"
    environment = {"OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen([sys.executable, "-c", code], env=environment) as process:
        try:
            assert select.select([os.pidfd_open(process.pid)], [], [], 1)[0] == []
        finally:
            process.kill()


@attack(30, "held")
@pytest.mark.parametrize("name", ENDLESS)
def test_what_does_not_end_is_stopped_and_the_next_program_works(name, start):
    worker = start(**QUICK)
    began = time.monotonic()
    assert ask(worker, ENDLESS[name]).lost == "time"
    assert time.monotonic() - began < 60, "it was not waited out"
    assert works(worker)


@attack(30, "allowed")
def test_what_takes_long_and_ends_in_time_is_answered(start):
    source = "import time; time.sleep(0.1)\nx = sum(range(10 ** 6))"
    assert observed(start(seconds_a_case=2), source, "x > 0") == [True]


# 32: a daemon (test_worker_forgery shows that the end of the worker is its end)


@attack(32, "allowed")
def test_a_worker_lives_on_from_one_exercise_to_the_next(start):
    worker = start()
    (process,) = observed(worker, "import os", "os.getpid()")
    assert [process] == observed(worker, "import os", "os.getpid()")


# 34: output without end


FLOOD = "import sys\nfor _ in range(64): {target}.write('x' * (1 << 20))"


@attack(34, "control")
def test_a_careless_grader_keeps_all_that_is_printed(tmp_path):
    done = python("-c", FLOOD.format(target="sys.stdout"), folder=tmp_path)
    assert len(done.stdout) == 64 << 20


@attack(34, "held")
@pytest.mark.parametrize("target", ["sys.stdout", "sys.stderr", "sys.__stdout__"])
def test_of_endless_output_little_is_kept(target, start):
    worker = start(seconds_a_case=3)
    tracemalloc.start()
    try:
        assert observed(worker, FLOOD.format(target=target), "1") == [1]
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
    assert len(worker._channel.printed) <= LIMITS.printed_kb << 10


@attack(34, "allowed")
def test_a_print_left_behind_disturbs_nothing(start):
    assert observed(start("print('here')"), "print('there')", "1") == [1]


# 38: typing into the host's terminal


TYPE = """
import fcntl, os, sys
for descriptor in (0, 1, 2, *range(3, 16)):
    try:
        fcntl.ioctl(descriptor, 0x5412, b"x")
    except OSError:
        continue
    worked = True
    break
else:
    worked = os.path.exists("/dev/tty")
"""


@attack(38, "control")
def test_in_the_session_of_a_terminal_a_program_can_type_into_it(tmp_path):
    main, terminal = pty.openpty()
    code = f"import fcntl\nfcntl.ioctl(0, 0x540E, 0)\n{TYPE}\nassert worked"
    try:
        process = subprocess.Popen([sys.executable, "-c", code], stdin=terminal,
                                   start_new_session=True)  # fmt: skip
        assert process.wait(10) == 0
    finally:
        os.close(main)
        os.close(terminal)


@attack(38, "held")
def test_the_worker_has_no_terminal_to_type_into(start):
    main, terminal = pty.openpty()
    try:
        fcntl.fcntl(terminal, fcntl.F_SETFD, 0)  # it could be inherited
        assert observed(start(), TYPE, "worked") == [False]
    finally:
        os.close(main)
        os.close(terminal)


@attack(38, "allowed")
def test_a_submission_may_ask_whether_it_prints_to_a_terminal(start):
    assert observed(start(), "import sys", "sys.stdout.isatty()", "sys.stdin.isatty()") == [
        False, False,
    ]  # fmt: skip


# 40: the interpreter itself


DIVE = "import sys\nsys.setrecursionlimit(10 ** 9)\nf = lambda _: max([1], key=f)\nf(1)"
BROKEN = {
    "a stack that overflows": DIVE,  # from Python 3.12 on an exception, which is as good
    "an address": "import ctypes; ctypes.string_at(0)",
    "abort": "import os; os.abort()",
}


@attack(40, "control")
@pytest.mark.parametrize("name", BROKEN)
def test_a_process_that_runs_it_itself_dies(name, tmp_path):
    assert python("-c", BROKEN[name], folder=tmp_path).returncode != 0


@attack(40, "held")
@pytest.mark.parametrize("name", BROKEN)
def test_only_the_worker_dies_and_the_next_program_works(name, start):
    worker = start(seconds_a_case=3)
    outcome = ask(worker, BROKEN[name])
    assert outcome.raised or (outcome.lost, outcome.detail) in [
        ("crash", "SIGSEGV"), ("crash", "SIGABRT"),
    ]  # fmt: skip
    assert works(worker)


@attack(40, "held")
def test_a_trace_function_sees_no_more_than_its_own_program(start):
    trace = (
        "import sys\nseen = []\nsys.settrace(lambda frame, *_: seen.append(frame.f_code.co_name))"
    )
    worker = start()
    assert observed(worker, trace, "1") == [1]
    assert works(worker)


@attack(40, "allowed")
def test_a_deep_recursion_with_a_higher_limit_is_answered(start):
    source = "import sys\nsys.setrecursionlimit(9000)\nf = lambda n: n and 1 + f(n - 1)"
    assert observed(start(), source, "f(5000)") == [5000]
