"""Attacks from inside the worker: each works where its defence is off, and not in the sandbox."""

import os
import socket
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import pytest

from grader.grading import staging
from grader.isolation import sandbox
from grader.isolation.budget import Budget
from grader.isolation.process import Worker
from grader.isolation.sandbox import NONE, SANDBOX
from grader.settings import ROOT
from tests.attacks import attack
from tests.workers import FAULT, LIMITS, allow_everything, ask, works

pyseccomp = pytest.importorskip("pyseccomp")  # Linux alone has it
pytestmark = pytest.mark.skipif(FAULT is not None, reason=f"no sandbox here: {FAULT}")

CALLS = "system calls"
CALL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
"""


def number(name):
    return pyseccomp.resolve_syscall(pyseccomp.system_arch(), name)


@dataclass(frozen=True)
class Attack:
    """A program that sets `worked`, or raises where it cannot; one that is allowed sets it too.

    `off` is the defence that the control does without: the whole sandbox (`none`), the filter of
    system calls, some of the sandbox's walls, or a limit.
    """

    row: int
    name: str
    source: str
    allowed: str
    off: tuple[str, ...] = (NONE,)
    limits: dict = field(default_factory=dict)


THREAD = """
import threading
thread = threading.Thread(target=open, args=({outside!r} + "/later", "w"))
thread.start()
thread.join()
worked = True
"""
DAEMON = """
import os, time
if (child := os.fork()) == 0:
    os.setsid()
    if os.fork() == 0:
        open({outside!r} + "/daemon", "w").close()
    os._exit(0)
os.waitpid(child, 0)
worked = True
"""
CHILD = """
import subprocess, sys
worked = subprocess.run([sys.executable, "-ISc", ""]).returncode == 0
"""
FORKS = """
import os
children = []
try:
    for _ in range(40):
        if (child := os.fork()) == 0:
            os.read(os.pipe()[0], 1)
        children.append(child)
    worked = True
finally:
    for child in children:
        os.kill(child, 9)
        os.waitpid(child, 0)
"""
THREADS = """
import threading
stop = threading.Event()
threads = [threading.Thread(target=stop.wait) for _ in range(20)]
try:
    for thread in threads:
        thread.start()
    worked = True
finally:
    stop.set()
"""
OPENED = """
import os
worked = any(os.path.exists(path) for path in {paths!r})
"""
ENVIRON = """
import glob, os
seen = [value for value in os.environ.values() if "canary" in value]
for file in ["/proc/self/environ", "/proc/1/environ", "/proc/%d/environ" % os.getppid()]:
    try:
        seen += [file] if b"canary" in open(file, "rb").read() else []
    except OSError:
        pass
worked = seen != []
"""
DESCRIPTORS = """
import os
worked = False
for number in range(3, 64):
    try:
        worked |= b"canary" in os.pread(number, 99, 0)
    except OSError:
        pass
"""
CONNECT = "import socket\nsocket.create_connection({address!r}, 3).close()\nworked = True"
RESOLVE = "import socket\nsocket.getaddrinfo('localhost', 80)\nworked = True"
ABSTRACT = """
import socket
socket.socket(socket.AF_UNIX).connect({abstract!r})
worked = True
"""
SIGNAL = "import os\nos.kill({host}, 0)\nworked = True"
GROUP = "import os\nworked = os.getpgid({host}) > 0"
TRACED = f"{CALL}worked = libc.syscall({number('ptrace')}, 0, 0, 0, 0) == 0"
READ = f"""{CALL}import os
local = ctypes.create_string_buffer(8)
class Part(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
one, other = (Part(ctypes.addressof(local), 8) for _ in range(2))
worked = libc.syscall({number("process_vm_readv")}, os.getpid(), ctypes.byref(one), 1,
                      ctypes.byref(other), 1, 0) == 8
"""
RING = f"""{CALL}memory = ctypes.create_string_buffer(256)
worked = libc.syscall({number("io_uring_setup")}, 1, memory) > 0
"""
KEYS = f"{CALL}worked = libc.syscall({number('keyctl')}, 0, -3, 1) > 0"
NAMESPACE = f"{CALL}worked = libc.syscall({number('unshare')}, 0x10000000) == 0"
MOUNT = f"""{CALL}libc.syscall({number("unshare")}, 0x10020000)
worked = libc.syscall({number("mount")}, b"none", b"/tmp", b"tmpfs", 0, 0) == 0
"""
LEASE = """
import fcntl, os, signal
signal.signal(signal.SIGIO, signal.SIG_IGN)
fd = os.open("/tmp/leased", os.O_CREAT | os.O_RDONLY)
worked = fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK) == 0
"""
NOTIFY = """
import fcntl, os, signal
signal.signal(signal.SIGIO, signal.SIG_IGN)
worked = fcntl.fcntl(os.open("/tmp", os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS) == 0
"""
LOCK = """
import fcntl, os
worked = fcntl.flock(os.open("/tmp/locked", os.O_CREAT | os.O_RDONLY), fcntl.LOCK_SH) is None
"""
OTHERS_LIMITS = """
import resource
worked = resource.prlimit(1, resource.RLIMIT_NOFILE, (3, 3)) != (3, 3)
"""
OWN_LIMITS = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))
worked = resource.getrlimit(resource.RLIMIT_NOFILE) == (9, 9)
"""
ALLOCATE = "block = bytearray(700 << 20)\nworked = True"
GROW = "blocks = []\nfor _ in range(700):\n    blocks.append(bytearray(1 << 20))\nworked = True"
LONG_FILE = "open('/tmp/long', 'wb').write(bytes(5 << 20))\nworked = True"
MANY_FILES = """
for number in range(30):
    with open(f"/tmp/{number}", "wb") as file:
        file.write(bytes(1 << 20))
worked = True
"""
INODES = """
import os
for number in range(10 ** 6):
    os.symlink("nothing", f"/tmp/{number}")
worked = True
"""
HANDLES = "files = [open(__import__('os').devnull) for _ in range(100)]\nworked = True"
READS = "worked = len(open(torch.__file__).read()) > 0"
SCRATCH = "open('/tmp/mine', 'w').write('notes')\nworked = open('/tmp/mine').read() == 'notes'"
COUNTS = "worked = sum(range(10)) == 45"
WORKS_ALONE = (
    "import concurrent.futures, multiprocessing, threading\nworked = bool(threading.Lock())"
)

ATTACKS = [
    Attack(9, "a thread", THREAD, WORKS_ALONE),
    Attack(9, "a process that forked twice", DAEMON, WORKS_ALONE),
    Attack(17, "the grader's own files", OPENED, READS),
    Attack(18, "the host's environment", ENVIRON, "import os\nworked = 'PATH' not in os.environ"),
    Attack(19, "an open file of the host", DESCRIPTORS, READS),
    Attack(20, "a connection", CONNECT, "import socket\nworked = socket.AF_INET == 2"),
    Attack(20, "a name of a host", RESOLVE, "import socket\nworked = socket.htons(1) == 256"),
    Attack(20, "an abstract socket", ABSTRACT, "import socket\nworked = socket.SOCK_STREAM == 1"),
    Attack(31, "another program", CHILD, WORKS_ALONE, (CALLS,)),
    Attack(31, "many processes", FORKS, WORKS_ALONE, (CALLS,), {"processes": 200}),
    Attack(31, "many threads", THREADS, WORKS_ALONE, (CALLS,),
           {"processes": 200, "memory_mb": 4096}),
    Attack(33, "memory at once", ALLOCATE, COUNTS, ("limits",),
           {"memory_mb": 2048, "seconds_a_case": 20}),
    Attack(33, "memory little by little", GROW, COUNTS, ("limits",),
           {"memory_mb": 2048, "seconds_a_case": 20}),
    Attack(33, "one long file", LONG_FILE, SCRATCH, ("limits",), {"file_mb": 8}),
    Attack(33, "files without end", MANY_FILES, SCRATCH, ("limits",), {"scratch_mb": 64}),
    Attack(33, "inodes without end", INODES, SCRATCH, ("limits",),
           {"scratch_files": 10**7, "seconds_a_case": 20}),
    Attack(33, "open files without end", HANDLES, SCRATCH, ("limits",), {"files": 256}),
    Attack(36, "a signal to the grader", SIGNAL, "import os\nworked = not os.kill(os.getpid(), 0)"),
    Attack(36, "the grader's group", GROUP, "import os\nworked = os.getpgid(0) >= 0"),
    Attack(36, "limits of another process", OTHERS_LIMITS, OWN_LIMITS, (CALLS,)),
    Attack(37, "a lease, which keeps others from a file", LEASE, READS, (CALLS,)),
    Attack(37, "a lock on a file", LOCK, SCRATCH, (CALLS,)),
    Attack(37, "news of what others do with files", NOTIFY, READS, (CALLS,)),
    Attack(37, "ptrace", TRACED, COUNTS, (CALLS,)),
    Attack(37, "another's memory", READ, COUNTS, (CALLS,)),
    Attack(37, "io_uring", RING, COUNTS, (CALLS,)),
    Attack(37, "keys of the kernel", KEYS, COUNTS, (CALLS,)),
    Attack(37, "a user namespace", NAMESPACE, COUNTS, (CALLS, "user")),
    Attack(37, "a mount", MOUNT, COUNTS, (CALLS, "user")),
]  # fmt: skip


@pytest.fixture
def host(tmp_path, monkeypatch):
    """Set up what an attack is after; give its names to fill in."""
    monkeypatch.setenv("SINMAGIA_CANARY", "canary")
    (tmp_path / "canary").write_text("canary")
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.socket(socket.AF_UNIX) as abstract,
        (tmp_path / "canary").open() as file,
    ):
        name = f"\0{tmp_path}"
        abstract.bind(name)
        abstract.listen()
        os.set_inheritable(file.fileno(), True)
        paths = [str(path) for path in (ROOT / "solutions", ROOT / ".git", tmp_path)]
        yield {"{outside!r}": repr(str(tmp_path)), "{address!r}": repr(listener.getsockname()),
               "{abstract!r}": repr(name), "{host}": str(os.getpid()),
               "{paths!r}": repr(paths)}  # fmt: skip


@pytest.fixture
def worker(monkeypatch):
    """Start a worker, with some of its defences off."""
    started = []

    def start(off=(), limits=LIMITS, files=None):
        if CALLS in off:
            monkeypatch.setattr("grader.isolation.syscalls.program", allow_everything)
        for name in sandbox.WALLS.keys() & set(off):
            monkeypatch.setitem(sandbox.WALLS, name, WEAKER.get(name, ()))
        tree = staging.tree(files or {"__init__.py": b"# mine"})
        worker = Worker(tree.__enter__(), NONE if NONE in off else SANDBOX, Budget(limits))
        started.append((worker, tree))
        return worker

    yield start
    for worker, tree in started:
        worker.stop()
        tree.__exit__(None, None, None)


WEAKER = {"user": ("--unshare-user",)}  # it can make namespaces of its own


def did(outcome):
    """Say whether a program came to its end with `worked` being true."""
    return [value.content for value in outcome.values] == [True]


def filled(source, host):
    for name, value in host.items():
        source = source.replace(name, value)
    return source


def each(part):
    """Try every attack of the table, for a part of its row."""

    def noted(test):
        for entry in ATTACKS:
            test = attack(entry.row, part)(test)
        names = [f"{entry.row}: {entry.name}" for entry in ATTACKS]
        return pytest.mark.parametrize("attempt", ATTACKS, ids=names)(test)

    return noted


@each("control")
def test_an_attack_works_where_its_defence_is_off(attempt, worker, host, monkeypatch):
    if attempt.row == 18:  # the plain worker's environment is empty too: give it the host's
        monkeypatch.setattr(sandbox, "_environment", lambda isolation: dict(os.environ))
    if attempt.row == 19:
        monkeypatch.setattr(subprocess, "Popen", inheriting(subprocess.Popen))
    weaker = worker(attempt.off, replace(LIMITS, **attempt.limits))
    outcome = ask(weaker, filled(attempt.source, host), "worked")
    assert did(outcome), outcome


@each("held")
def test_an_attack_does_not_work_in_the_sandbox_and_the_next_program_does(attempt, worker, host):
    outside = Path(host["{outside!r}"][1:-1])
    before = {path: path.read_bytes() for path in outside.iterdir()}
    started = worker()
    outcome = ask(started, filled(attempt.source, host), "worked")
    assert not did(outcome)
    assert works(started)
    assert before == {path: path.read_bytes() for path in outside.iterdir()}
    family = started.processes()
    started.stop()
    assert psutil.wait_procs(family, timeout=4)[1] == []


@each("allowed")
def test_what_is_next_to_an_attack_works_in_the_sandbox(attempt, worker):
    assert did(ask(worker(), attempt.allowed, "worked"))


def inheriting(real):
    """Start processes that inherit all that is open."""
    return lambda *words, **options: real(*words, **options | {"close_fds": False, "pass_fds": ()})
