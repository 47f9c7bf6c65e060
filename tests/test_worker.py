"""The worker on real packages: whatever a submission does, its answers come or are known lost."""

import os
import select
import signal
import socket
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.grading import staging
from grader.isolation import sandbox, wire
from grader.isolation.process import Worker, WorkerFault
from grader.isolation.sandbox import NONE, SANDBOX
from grader.programs.execution import Value
from grader.programs.program import Program
from grader.settings import ROOT, load

FAULT = sandbox.bubblewrap_fault()
ISOLATIONS = [NONE, SANDBOX] if FAULT is None else [pytest.param(NONE, id=f"none, for {FAULT}")]
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


@pytest.fixture(params=ISOLATIONS)
def isolation(request):
    return request.param


@pytest.fixture
def no_thread_left():
    """Wait for the threads that a test started: they end, and nothing of theirs stays open."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(4)
    assert set(threading.enumerate()) <= before


@pytest.fixture
def start(isolation):
    """Make a worker for a package: its files, or the source of its only one."""
    with ExitStack() as stack:

        def make(files="", **limits):
            if isinstance(files, str):
                files = {"__init__.py": files}
            data = {name: text if isinstance(text, bytes) else text.encode()
                    for name, text in files.items()}  # fmt: skip
            tree = stack.enter_context(staging.tree(data))
            return stack.enter_context(Worker(tree, isolation, replace(load().limits, **limits)))

        yield make


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


def test_a_program_out_of_time_is_tried_once_more_alone_and_the_rest_is_run(start):
    programs = [
        Program("torch.busy = True"),
        Program("while hasattr(torch, 'busy'): pass", {}, ("2",)),
        Program("", {}, ("3",)),
    ]
    values = [outcome.values for outcome in start(**QUICK).run(programs)]
    assert values == [(), (Value("int", 2),), (Value("int", 3),)]


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


@pytest.mark.parametrize("file", ["sinmagia/../../etc/passwd", "sinmagia/x\n::error::", "other.py"])
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


def frame(document):
    data = wire.encode(document)
    return len(data).to_bytes(8, "big") + data


def reply(request=1, index=0, **parts):
    came = {"values": [["int", 7]], "raised": None, "inputs": {}} | parts
    return frame({"id": request, "index": index, "outcome": came})


EMPTY = {"types": [], "message": "", "file": None, "line": None}
FORGERIES = {
    "rubbish": b"rubbish, and more of it",
    "rubbish of the right length": (7).to_bytes(8, "big") + b"rubbish",
    "a huge length": (1 << 62).to_bytes(8, "big"),
    "a length of one byte too many": ((1 << 20) + 1).to_bytes(8, "big"),
    "not a reply": frame(["reply"]),
    "nothing": frame(None),
    "no outcome": frame({"id": 1, "index": 0}),
    "the answer to a later question": reply(index=1),
    "the answer to an earlier question": reply(index=-1),
    "the answer to a later request": reply(request=2),
    "more values than asked for": reply(values=[["int", 7]] * 2),
    "fewer values than asked for": reply(values=[]),
    "inputs that were not given": reply(inputs={"a": np.ones(1)}),
    "a bool for an int": reply(values=[["int", True]]),
    "raised, but nothing": reply(raised=0),
    "raised, but of no type": reply(raised=EMPTY),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_reply_is_refused(forgery, start):
    worker = start(SHOUT, reply_mb=1)
    outcome = ask(worker, f"torch.shout({FORGERIES[forgery]!r})\nx = 8", "x")
    assert (outcome.lost, outcome.values) == ("protocol", ())


def test_a_reply_cut_short_by_the_end_of_the_process_is_refused_and_the_next_run_works(start):
    worker = start(SHOUT)
    outcome = ask(worker, f"torch.shout({reply()[:-1]!r}); torch.os._exit(0)", "7")
    assert (outcome.lost, outcome.values) == ("protocol", ())
    assert works(worker)


def test_a_reply_given_twice_is_not_the_answer_to_the_next_program(start):
    programs = [Program(f"torch.shout({reply()!r})", {}, ("7",)), Program("", {}, ("8",))]
    outcomes = list(start(SHOUT).run(programs))
    assert [outcome.lost for outcome in outcomes] == [None, "protocol"]


FORGED_IMPORTS = {
    "rubbish": b"rubbish, and more of it",
    "not a reply": frame([1]),
    "nothing": frame(None),
    "no failure": frame({}),
    **{f"failure is {wrong!r}": frame({"failure": wrong}) for wrong in (0, "", "x", {}, EMPTY)},
}


@pytest.mark.parametrize("forgery", FORGED_IMPORTS)
def test_a_forged_answer_about_the_import_is_a_failed_import(forgery, start):
    failure = start(f"{SHOUT}\nshout({FORGED_IMPORTS[forgery]!r})").import_failure()
    assert (failure.lost, failure.raised) == ("protocol", None)


def test_a_worker_that_does_not_read_what_it_is_asked_is_lost(start):
    """It claims to be imported and is not; the question is too long for the pipe to hold it."""
    worker = start(f"{SHOUT}\nshout({frame({'failure': None})!r})\nwhile True: pass", **QUICK)
    assert worker.import_failure() is None
    watchdog = threading.Timer(5, worker._process.kill)  # else this test would never end
    watchdog.start()
    lost = ask(worker, "", a=np.zeros(1 << 17)).lost
    watchdog.cancel()
    assert lost == "time"


@pytest.mark.usefixtures("no_thread_left")
def test_an_answer_from_before_the_question_is_refused_while_the_question_is_still_sent(start):
    forged = frame({"failure": None}) + frame(["an answer"])
    worker = start(f"{SHOUT}\nshout({forged!r})\nwhile True: pass")
    assert ask(worker, "", a=np.zeros(1 << 23)).lost == "protocol"


@pytest.mark.usefixtures("no_thread_left")
def test_a_flood_of_replies_is_refused_and_leaves_no_thread_behind(start):
    worker = start(SHOUT)
    assert ask(worker, f"torch.shout({frame(0)!r} * 300)").lost == "protocol"


CHILD = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-ISc", "import time; print(flush=True); time.sleep(8)",
                          {marker!r}], stdout=subprocess.PIPE, start_new_session={daemon})
child.stdout.readline()
"""


def processes(marker):
    """Find running processes by an argument of theirs, as the host sees them."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (folder / "cmdline").read_bytes().split(b"\0"):
                yield int(folder.name)
        except OSError:
            continue


@pytest.mark.usefixtures("no_thread_left")
@pytest.mark.parametrize("daemon", [False, True])
def test_no_child_process_outlives_the_worker(daemon, start, isolation, tmp_path):
    worker = start()
    outcome = ask(worker, CHILD.format(marker=str(tmp_path), daemon=daemon))
    assert (outcome.raised, outcome.lost) == (None, None)
    (child,) = map(os.pidfd_open, processes(str(tmp_path)))
    stopping = time.monotonic()
    worker.stop()
    assert time.monotonic() - stopping < 4, "nobody waits for a child"
    if isolation == NONE and daemon:  # a new session is beyond a plain process
        signal.pidfd_send_signal(child, signal.SIGKILL)
    assert select.select([child], [], [], 4)[0] == [child], "it has ended"
    os.close(child)


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


def test_only_the_sandbox_has_no_network(start, isolation):
    """A listener of the host answers the plain process: the attempt itself is sound."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        source = f"import socket\nsocket.create_connection({listener.getsockname()!r}, 3).close()"
        raised = ask(start(), source).raised
    assert (isolation == SANDBOX) == (raised is not None and "OSError" in raised.types)


@sandboxed
def test_neither_repository_nor_home_nor_temporary_files_can_be_seen(start, tmp_path):
    python = Path(sys.base_prefix)  # the one thing that is shown, wherever it is installed
    hidden = [ROOT, tmp_path, *Path.home().iterdir()]
    paths = [str(path) for path in hidden if not python.is_relative_to(path)]
    source = f"import os\nseen = [path for path in {paths!r} if os.path.exists(path)]"
    assert str(ROOT) in paths
    assert observed(start(), source, "seen", "os.listdir('/tmp')") == [[], []]


def test_only_the_sandbox_keeps_the_submission_from_being_written(start, isolation):
    source = """
import os, sys
paths = [torch.__file__, *torch.__path__, *np.__path__, sys.prefix, sys.argv[0]]
writable = [path for path in paths if os.access(path, os.W_OK)]
found = all(os.path.exists(path) for path in paths)
"""
    worker = start()
    writable, found = observed(worker, source, "writable", "found")
    assert found
    assert (isolation == SANDBOX) == (writable == [])
    raised = ask(worker, "open(torch.__file__, 'a')").raised
    assert (isolation == SANDBOX) == (raised is not None and "OSError" in raised.types)


@sandboxed
def test_the_hosts_environment_cannot_be_seen(start, monkeypatch):
    monkeypatch.setenv("SINMAGIA_SEED", "a-secret")
    source = """
import glob, os
seen = [value for value in os.environ.values() if "secret" in value]
files = glob.glob("/proc/[0-9]*/environ")
seen += [file for file in files if b"secret" in open(file, "rb").read()]
"""
    observe = "seen", "'/proc/1/environ' in files", "'SINMAGIA_SEED' in os.environ"
    assert observed(start(), source, *observe) == [[], True, False]


@sandboxed
@pytest.mark.parametrize("module", ["torch", "hypothesis", "pytest", "pip", "grader.settings"])
def test_what_is_installed_for_the_grader_cannot_be_imported(module, start):
    raised = ask(start(), f"import {module}").raised
    assert raised.types[0] == "ModuleNotFoundError"


@sandboxed
def test_no_folder_of_installed_packages_has_anything_in_it(start):
    source = """
import os, site
folders = [*site.getsitepackages(), site.getusersitepackages()]
found = [name for folder in folders if os.path.isdir(folder) for name in os.listdir(folder)]
"""
    assert observed(start(), source, "found") == [[]]
