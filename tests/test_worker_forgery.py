"""A submission that answers in the worker's place, or leaves something running behind it."""

import io
import os
import select
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest

from grader.isolation import wire
from grader.programs.program import Program
from tests.attacks import attack
from tests.workers import QUICK, SHOUT, allow_everything, ask, works


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


@attack(15, "control")
def test_a_careless_reader_believes_a_forged_reply():
    """It is well formed; only that nobody asked for it gives it away."""
    (forged,) = next(wire.messages(io.BytesIO(reply(index=1)), 999))
    assert [["int", 7]] == wire.decode(forged)["outcome"]["values"]


@attack(15, "held")
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
    for process in psutil.process_iter(["cmdline"]):
        if marker in (process.info["cmdline"] or ()):
            yield process.pid


@attack(32, "control")
def test_a_daemon_outlives_a_process_that_is_ended_alone(tmp_path):
    source = (
        f"{CHILD.format(marker=str(tmp_path), daemon=True)}print(child.pid, flush=True)\ninput()"
    )
    with subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, start_new_session=True) as process:  # fmt: skip
        child = psutil.Process(int(process.stdout.readline()))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert child.is_running()
        child.kill()


@attack(32, "held")
@pytest.mark.usefixtures("no_thread_left")
@pytest.mark.parametrize("daemon", [False, True])
def test_no_child_process_outlives_the_worker(daemon, start, isolation, tmp_path, monkeypatch):
    """Where it may have children at all; the sandbox's filter of system calls forbids them."""
    monkeypatch.setattr("grader.isolation.syscalls.program", allow_everything)
    worker = start()
    outcome = ask(worker, CHILD.format(marker=str(tmp_path), daemon=daemon))
    assert (outcome.raised, outcome.lost) == (None, None)
    (child,) = map(os.pidfd_open, processes(str(tmp_path)))
    stopping = time.monotonic()
    worker.stop()
    assert time.monotonic() - stopping < 7, "nobody waits for a child, which sleeps for eight"
    assert select.select([child], [], [], 4)[0] == [child], "it has ended"
    os.close(child)
