"""The layers of the sandbox, each proven on a running worker before a submission is run in it."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grader.programs.program import Program
from grader.settings import ROOT, Limits, UsageError

from . import sandbox, syscalls
from .budget import Budget
from .process import Worker, WorkerFault

NAMESPACES = ("ipc", "mnt", "net", "pid", "user", "uts")
LIMITS = {
    "AS": "Max address space",
    "CORE": "Max core file size",
    "CPU": "Max cpu time",
    "FSIZE": "Max file size",
    "NOFILE": "Max open files",
    "NPROC": "Max processes",
}
# Asked inside. Whatever can be done that should not be makes its layer False.
ATTEMPTS = f"""
import importlib.util, os, socket, subprocess, sys, threading

def refused(attempt, *args):
    try:
        attempt(*args)
    except (OSError, RuntimeError, ImportError):
        return True
    return False

calls = [(socket.socket,), (threading.Thread(target=int).start,),
         (subprocess.run, [sys.executable, "-c", ""])]
places = ["/", "/dev", "/submission", "/submission/sinmagia", "/runtime", "/libraries",
          os.path.dirname(os.__file__)]
libraries = ["grader.settings", "hypothesis", "psutil", "pytest", "torch"]
foreign = {str(ROOT)!r}, "/etc/passwd", "/proc/self", "/sys/kernel", "/dev/tty", "/usr/bin/env"
scratch = os.statvfs("/tmp")
"""
ASKED = {
    "system calls": "all(refused(*call) for call in calls)",
    "read-only": "all(refused(open, f'{place}/written', 'w') for place in places)",
    "runtime": "not any(map(importlib.util.find_spec, libraries))",
    "files": "not any(os.path.isfile(f) or os.path.isdir(f) and os.listdir(f) for f in foreign)",
    "scratch": "os.listdir('/tmp') == [] and scratch.f_blocks * scratch.f_frsize",
}


@dataclass(frozen=True)
class Seen:
    """A running worker as the host sees it, and what it answered."""

    process: int
    limits: Limits
    answers: dict[str, object]

    def file(self, name: str) -> str:
        """Read a file that the kernel keeps about the worker."""
        return Path(f"/proc/{self.process}/{name}").read_text()

    def status(self, name: str) -> str:
        """Give a line of the worker's status."""
        return self.file("status").partition(f"\n{name}:")[2].partition("\n")[0].strip()


def _namespaces(seen: Seen) -> bool:
    links = [Path(f"/proc/{who}/ns/{name}").readlink() for who in (seen.process, "self")
             for name in NAMESPACES]  # fmt: skip
    return len(set(links)) == len(links)


def _capabilities(seen: Seen) -> bool:
    sets = {seen.status(f"Cap{name}").strip("0") for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")}
    return sets == {""} and seen.status("NoNewPrivs") == "1"


def _environment(seen: Seen) -> bool:
    """Look at the worker's environment and, as far as they are the sandbox's own, its parents'."""
    given = dict(pair.split("=", 1) for pair in seen.file("environ").strip("\0").split("\0"))
    parent = Path(f"/proc/{seen.status('PPid')}/environ").read_text()
    return given.items() >= sandbox.ENVIRONMENT.items() and not (given.keys() | {parent}) - {
        *sandbox.ENVIRONMENT, "PWD", "",
    }  # fmt: skip


def _limits(seen: Seen) -> bool:
    lines = seen.file("limits")
    wanted = sandbox.resources(sandbox.SANDBOX, seen.limits)
    return all(lines.partition(LIMITS[name])[2].split()[:2] == [str(most)] * 2
               for name, most in wanted.items())  # fmt: skip


def _descriptors(seen: Seen) -> bool:
    """All descriptors are pipes of the channel or the empty device."""
    folder = Path(f"/proc/{seen.process}/fd")
    targets = {str(link.readlink()) for link in folder.iterdir()}
    return all(target.startswith("pipe:") or target == os.devnull for target in targets)


def _scratch(seen: Seen) -> bool:
    size = seen.answers["scratch"]
    return isinstance(size, int) and 0 < size <= seen.limits.scratch_mb << 20


LAYERS: dict[str, Callable[[Seen], bool]] = {
    "namespaces": _namespaces,
    "capabilities": _capabilities,
    "session": lambda seen: os.getsid(seen.process) != os.getsid(0),
    "environment": _environment,
    "descriptors": _descriptors,
    "limits": _limits,
    "system calls": lambda seen: (
        seen.status("Seccomp") == "2" and seen.answers["system calls"] is True
    ),
    "read-only": lambda seen: seen.answers["read-only"] is True,
    "runtime": lambda seen: seen.answers["runtime"] is True,
    "files": lambda seen: seen.answers["files"] is True,
    "scratch": _scratch,
}


def choose(isolation: str, limits: Limits) -> tuple[str, tuple[str, ...]]:
    """Turn what was asked (auto, sandbox, none) into what is done, with its proven layers."""
    if isolation == sandbox.NONE:
        return sandbox.NONE, ()
    reason = fault(limits)
    if reason is None:
        return sandbox.SANDBOX, tuple(LAYERS)
    if isolation == sandbox.SANDBOX:
        raise UsageError("no_sandbox", reason=reason)
    return sandbox.NONE, ()


@contextmanager
def proving(isolation: str, limits: Limits) -> Iterator[None]:
    """Prove the layers while the block runs; then `fault` and `choose` need not wait."""
    with ThreadPoolExecutor(1) as beside:
        if isolation != sandbox.NONE:
            beside.submit(fault, limits)
        yield


@cache
def fault(limits: Limits) -> UsageError | None:
    """Say why there is no sandbox here, or which of its layers is not on; None when all are."""
    if sys.platform != "linux" or shutil.which("bwrap") is None:
        return UsageError("bubblewrap_missing")
    try:
        syscalls.program()
    except (ImportError, OSError, RuntimeError) as error:
        return UsageError("seccomp_missing", reason=error)
    try:
        off = missing(limits)
    except (WorkerFault, OSError) as error:
        return UsageError("sandbox_failed", reason=error)
    return UsageError("layers_off", layers=", ".join(off)) if off else None


def missing(limits: Limits) -> list[str]:
    """Name the layers that are off, after a look at a worker from outside and from inside."""
    with tempfile.TemporaryDirectory(prefix="sinmagia-") as folder:
        package = Path(folder, "sinmagia")
        package.mkdir()
        (package / "__init__.py").touch()
        with Worker(Path(folder), sandbox.SANDBOX, Budget(limits)) as worker:
            (outcome,) = worker.run([Program(ATTEMPTS, {}, tuple(ASKED.values()))])
            if outcome.raised or outcome.lost:
                raise WorkerFault(f"the worker did not answer: {outcome}")
            answers = {
                name: value.content for name, value in zip(ASKED, outcome.values, strict=True)
            }
            seen = Seen(worker.processes()[-1].pid, limits, answers)
            return [name for name, on in LAYERS.items() if not on(seen)]
