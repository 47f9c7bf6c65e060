"""The worker on real packages: whatever a submission does, its answers come or are known lost."""

import sys
import time

import numpy as np
import psutil
import pytest

from grader.isolation.budget import Stopwatch
from grader.isolation.process import WorkerFault
from grader.programs.program import Program
from tests.attacks import attack
from tests.workers import QUICK, WELL, ask, observed, works


@attack(15, "allowed")
def test_programs_are_answered_in_order_with_their_inputs(start):
    numbers = range(300)  # more than the queue of replies holds
    programs = [Program("a += 1", {"a": np.array([float(n)])}, ("a",)) for n in numbers]
    outcomes = list(start().run(programs))
    assert [n + 1 for n in numbers] == [outcome.values[0].content[0] for outcome in outcomes]
    assert [n + 1 for n in numbers] == [outcome.inputs["a"][0] for outcome in outcomes]


def test_a_program_sees_the_package_as_torch_and_as_sinmagia(start):
    worker = start("answer = 42")
    assert observed(worker, "", "torch.answer", "sinmagia.answer") == [42, 42]


@pytest.mark.parametrize("target", ["print('x' * n)", "print('x' * n, file=sys.stderr)",
                                    "os.write(1, b'x' * n)", "os.write(2, b'x' * n)",
                                    "os.system('echo x')"])  # fmt: skip
def test_what_a_submission_prints_does_not_disturb_the_channel(target, start):
    package = f"import os, sys\ndef say(n):\n    {target}\nsay(9)"
    worker = start(package)
    assert worker.import_failure() is None
    assert observed(worker, "torch.say(99); x = 1", "x") == [1]


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_much_printing_blocks_nobody(stream, start):
    source = f"import sys\nfor _ in range(50): sys.{stream}.write('x' * (1 << 20))"
    worker = start()
    assert observed(worker, source, "1") == [1]
    assert works(worker)


def test_reading_from_the_terminal_ends_at_once(start):
    assert ask(start(), "input()").raised.types[0] == "EOFError"


def test_an_endless_loop_is_lost_as_time_and_the_next_run_works(start):
    worker = start(**QUICK)
    outcomes = list(worker.run([WELL, Program("while True: pass"), WELL]))
    assert [outcome.lost for outcome in outcomes] == [None, "time"], "the rest is not run"
    assert works(worker)


def test_what_hangs_halves_the_time_of_the_next_and_a_new_stage_has_it_whole(start):
    worker = start(seconds_a_case=0.8, seconds_at_least=0.1)
    outcomes = [ask(worker, "while True: pass") for _ in range(4)]
    assert [(came.lost, came.detail) for came in outcomes] == [
        ("time", "0.8"), ("time", "0.4"), ("time", "0.2"), ("time", "0.1"),
    ]  # fmt: skip
    worker.budget.next_stage()
    assert worker.budget.seconds_a_case == 0.8


def test_what_is_slow_and_answers_uses_up_the_time_altogether(start):
    worker = start(seconds_altogether=1)
    slow = "import time; time.sleep(0.6)"
    spent = [(observed(worker, slow, "1"), worker.budget.spent)[1] for _ in range(3)]
    assert (False, True) == (spent[0], spent[-1])


def test_a_stopwatch_shows_the_processors_time_where_others_compute_too(monkeypatch):
    now, own = [0.0], [0.0]
    monkeypatch.setattr("grader.isolation.budget.time.monotonic", lambda: now[0])
    watch = Stopwatch(lambda: own[0])
    now[0], own[0] = 4.0, 1.0
    assert watch.seconds() == 1.0
    assert not watch.passed(3)


def test_a_stopwatch_shows_the_walls_time_where_the_worker_sleeps(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("grader.isolation.budget.time.monotonic", lambda: now[0])
    watch = Stopwatch(lambda: 0.1)
    now[0] = 4.0
    assert watch.seconds() == 4.0
    assert watch.passed(3)


def test_a_stopwatch_leaves_out_what_the_grader_does(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("grader.isolation.budget.time.monotonic", lambda: now[0])
    watch = Stopwatch(lambda: 0.0)
    now[0] = 1.0
    with watch.paused():
        now[0] = 100.0
    assert watch.seconds() == 1.0
    assert not watch.passed(3)


def test_a_worker_that_others_keep_from_computing_is_waited_for(start, monkeypatch):
    """As seen by the grader: it would compute, and does not get the processor."""
    monkeypatch.setattr("grader.isolation.channel._computes", lambda process: True)
    monkeypatch.setattr("grader.isolation.channel._computed", lambda processes: 0.0)
    worker = start(seconds_a_case=0.2)
    assert observed(worker, "import time; time.sleep(0.5)", "1") == [1]


def test_a_worker_that_sleeps_is_not_waited_for(start):
    started = time.monotonic()
    worker = start(seconds_a_case=0.2)
    assert ask(worker, "import time; time.sleep(9)").lost == "time"
    assert time.monotonic() - started < 8, "nine seconds would be the sleep's"


def test_a_worker_stands_still_while_nothing_is_asked_of_it(start):
    """It could go on by a signal, and nobody would see; the signal to stop takes a moment."""
    worker = start()
    assert works(worker)
    submission, latest = worker.processes()[-1], time.monotonic() + 4
    while submission.status() != psutil.STATUS_STOPPED:
        assert time.monotonic() < latest, submission.status()
    assert works(worker)


def test_a_worker_that_puts_its_own_clock_off_is_stopped_all_the_same(start):
    worker = start(seconds_a_case=0.2)
    source = "import signal\nsignal.setitimer(signal.ITIMER_PROF, 0)\nwhile True: pass"
    assert ask(worker, source).lost == "time"


TURNS = """
import os, signal, sys, time
def loop():
    while True:
        pass
def sleep():
    time.sleep(9)
def leave():
    os._exit(3)
def crash():
    import ctypes
    ctypes.string_at(0)
def dive():
    sys.setrecursionlimit(10 ** 9)
    max([1], key=lambda _: dive())
"""


@pytest.mark.parametrize(
    ("call", "lost", "line"),
    [("loop", "time", 4), ("sleep", "time", 7), ("leave", "crash", 9), ("crash", "crash", 12),
     *([("dive", "crash", 15)] if sys.version_info < (3, 12) else [])],  # then it is an exception
)  # fmt: skip
def test_what_ends_a_process_is_known_by_its_line(call, lost, line, start):
    worker = start({"__init__.py": f"from .turns import {call}", "turns.py": TURNS},
                   seconds_a_case=0.5)  # fmt: skip
    outcome = ask(worker, f"torch.{call}()")
    assert (outcome.lost, outcome.place and outcome.place[0]) == (lost, "turns.py")
    assert abs(outcome.place[1] - line) <= 1


@pytest.mark.parametrize("file", ["/etc/passwd", "sinmagia/../other.py", "sinmagia/none.py",
                                  "/submission/sinmagia/" + "a" * 5000])  # fmt: skip
def test_a_place_that_is_claimed_and_is_no_file_of_the_package_is_no_place(file, start):
    said = f'(most recent call first):\\n  File "{file}", line 1 in f\\n'
    source = f"import os\nos.write(2, b'{said}')\nos.kill(os.getpid(), 9)"
    assert ask(start(), source).place is None


@pytest.mark.parametrize(
    ("death", "ending"),
    [("os._exit(3)", "exit 3"), ("os._exit(0)", "exit 0"), ("ctypes.string_at(0)", "SIGSEGV"),
     ("os.abort()", "SIGABRT"), ("os.kill(os.getpid(), 9)", "SIGKILL")],
)  # fmt: skip
def test_a_death_is_a_crash_that_says_how_and_the_next_run_works(death, ending, start):
    worker = start()
    outcomes = list(worker.run([WELL, Program(f"import ctypes, os\n{death}"), WELL]))
    assert [(None, ""), ("crash", ending)] == [(came.lost, came.detail) for came in outcomes]
    assert works(worker)


@pytest.mark.parametrize(
    ("source", "name"),
    [("import sys; sys.exit(0)", "SystemExit"), ("raise KeyboardInterrupt", "KeyboardInterrupt"),
     ("x = (", "SyntaxError"), ("np.ones(1 << 40)", "MemoryError"), ("1 / 0", "ZeroDivisionError")],
)  # fmt: skip
def test_what_a_program_raises_is_its_outcome_and_the_process_lives_on(source, name, start):
    worker = start()
    process = observed(worker, "import os", "os.getpid()", "id(torch)")
    assert ask(worker, source).raised.types[0].endswith(name)
    assert process == observed(worker, "import os", "os.getpid()", "id(torch)")


ODD = {
    "too many digits": "x = 10 ** 5000",
    "no message": "raise SyntaxError(None, ('tensors.py', 1, 1, ''))",
    "bytes for a file": "e = SyntaxError('m')\ne.filename = b'tensors.py'\nraise e",
    "half a character": "raise ValueError('\\ud800')",
}


@pytest.mark.parametrize("odd", ODD)
def test_an_answer_that_is_hard_to_write_down_is_an_answer_all_the_same(odd, start):
    assert ask(start(), ODD[odd], "x").lost is None


def test_an_exception_has_its_file_and_line_in_the_package(start):
    """Its own innermost line, not the one of NumPy that it led to."""
    flat = "import numpy as np\ndef flat(a):\n    return np.reshape(a, 7)\n"
    worker = start({"__init__.py": "from .ops.flat import flat", "ops/flat.py": flat})
    raised = ask(worker, "torch.flat(np.ones(2))").raised
    assert (raised.types[0], raised.file, raised.line) == ("ValueError", "ops/flat.py", 3)
    assert ask(worker, "1 / 0").raised.file is None, "the program is not the student's file"


@pytest.mark.parametrize("file", ["sinmagia/../../etc/passwd", "sinmagia/x\n::error::", "other.py",
                                  "sinmagia/" + "a" * 290, "sinmagia/" + "a/" * 140])  # fmt: skip
def test_a_place_outside_the_package_is_no_place(file, start):
    """An exception may claim any file; reports point at it."""
    source = (
        f"raise SyntaxError('m', (torch.__path__[0].removesuffix('sinmagia') + {file!r}, 1, 1, ''))"
    )
    raised = ask(start(), source).raised
    assert (raised.types[0], raised.file) == ("SyntaxError", None)


IMPORTS = {
    "a syntax error": ("x = 1\nif:\n", "SyntaxError", 2),
    "bad indentation": ("x = 1\n  y = 2\n", "IndentationError", 2),
    "a name that is not there": ("y = 1\n", "ImportError", 1),
    "a module that is not there": ("x = 1\nimport missing\n", "ModuleNotFoundError", 2),
    "an error": ("x = 1\n\n1 / 0\n", "ZeroDivisionError", 3),
    "not UTF-8": (b"x = 1\ny = '\xff'\n", "SyntaxError", 2),
    "UTF-16": ("x = 1\n".encode("utf-16"), "SyntaxError", None),
    "sys.exit": ("import sys\nsys.exit(0)\n", "SystemExit", 2),
}


@pytest.mark.parametrize("reason", IMPORTS)
def test_a_package_that_cannot_be_imported_says_why_and_where(reason, start):
    source, name, line = IMPORTS[reason]
    failure = start({"__init__.py": "from .broken import x", "broken.py": source}).import_failure()
    assert (failure.raised.types[0], failure.raised.file) == (name, "broken.py")
    assert line in (None, failure.raised.line)


def test_an_import_that_ends_the_process_is_a_crash(start):
    failure = start("import os; os._exit(4)").import_failure()
    assert (failure.lost, failure.detail) == ("crash", "exit 4")


def test_an_import_that_never_ends_is_lost_as_time(start):
    assert start("while True: pass", **QUICK).import_failure().lost == "time"


CHANCE = "import random\nx = np.random.rand()", "float(x)", "random.random()", "hash('text')"


def test_chance_is_the_same_for_every_program_and_process(start):
    worker = start()
    first = observed(worker, *CHANCE)
    assert first == observed(worker, *CHANCE)
    worker.stop()
    assert first == observed(worker, *CHANCE)


def test_chance_at_import_is_the_same_in_every_process(start):
    package = "import random, numpy\nnumbers = [random.random(), float(numpy.random.rand())]"
    first = observed(start(package), "", "torch.numbers")
    assert first == observed(start(package), "", "torch.numbers")


def test_a_worker_that_does_not_start_is_a_fault_of_ours(start):
    with pytest.raises(WorkerFault):
        start(memory_mb=10).import_failure()
