"""The grader's end of a worker's pipes: messages out and in, bounded in size, number and time."""

import os
import queue
import re
import signal
import subprocess
import threading
import time
from collections import deque
from contextlib import suppress
from io import BufferedReader
from typing import IO, Any

import psutil

from grader.programs.execution import MOST_TEXT
from grader.settings import Limits

from . import wire
from .budget import MOST_BUSY

ENDED = object()  # in place of a message: the worker closed its end
WAITING = 2  # times that messages are read ahead; the rest waits in the pipe, not in our memory
NAP_SECONDS = 0.001  # after which the answers that came are read together, which costs far less
CLOSE_SECONDS = 1
PLACES_SECONDS = 0.3
SLICE_SECONDS = 0.05  # between two looks at a worker that is late
# What `faulthandler` prints of the innermost calls when a process is ended; untrusted as all else.
OUT_OF_TIME = "SIGPROF"  # by which a worker ends itself
FRAME = re.compile(r'^  File "([^"\n]+)", line (\d{1,7}) in ', re.MULTILINE)


class Lost(Exception):
    """No answer came: why (time, crash, files, protocol), and a detail."""

    def __init__(self, lost: str, detail: str) -> None:
        super().__init__(lost, detail)
        self.lost = lost
        self.detail = detail[:MOST_TEXT]


class Channel:
    """The pipes of one process; each is read or written by a thread, so that none can hold us."""

    def __init__(self, process: "subprocess.Popen[bytes]", limits: Limits) -> None:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        self._process = process
        self._limits = limits
        self._worker: psutil.Process | None = None
        self._scratch: str | None = None
        self._stdin = process.stdin
        self._messages: queue.Queue[list[Any]] = queue.Queue(WAITING)
        self._ready: deque[Any] = deque()  # messages taken from there
        self._awaited = 0
        self._printed = bytearray()
        self._threads: list[threading.Thread] = []
        self._run(self._read_messages, process.stdout, limits.reply_mb << 20)
        self._reading_prints = self._run(self._read_prints, process.stderr, limits.printed_kb << 10)

    @property
    def printed(self) -> str:
        """What the process printed last."""
        return self._printed.decode(errors="replace").strip()

    def send(self, request: Any, answers: int) -> None:
        """Send a request for some answers; a worker that does not read it makes nobody wait."""
        self._awaited = answers
        self._run(_write, self._stdin, request)

    def is_up(self, *, sandboxed: bool) -> None:
        """Note which process is the worker: in a sandbox the last of those that start it.

        From now on its time can be read and, in a sandbox, the files in its scratch counted.
        """
        started = family(self._process.pid)
        self._worker = started[-1 if sandboxed else 0] if started else None
        if sandboxed and self._worker:
            self._scratch = f"/proc/{self._worker.pid}/root/tmp"

    def pause(self) -> None:
        """Let the worker stand still while nothing is asked of it: nobody looks at it then."""
        if self._worker:
            with suppress(psutil.Error):
                self._worker.suspend()

    def resume(self) -> None:
        """Let it go on."""
        if self._worker:
            with suppress(psutil.Error):
                self._worker.resume()

    def computed(self) -> float:
        """Give the seconds of the processor that the worker has had."""
        return _computed([self._worker] if self._worker else [])

    def places(self) -> list[tuple[str, int]]:
        """Give the files and lines of the calls that were running when the process was ended."""
        self._reading_prints.join(PLACES_SECONDS)
        dumps = self.printed.split("(most recent call first):")[1:]  # also of C, from 3.14 on
        frames = next(filter(None, map(FRAME.findall, reversed(dumps))), [])
        return [(file, int(line)) for file, line in frames]

    def receive(self, seconds: float) -> Any:
        """Give the next message; Lost when it does not come, or is not one.

        The seconds are the worker's own: one that computes, and has to share the processor, is
        waited for.
        """
        if not self._ready:
            self._ready.extend(self._wait(seconds))
        message = self._ready.popleft()
        if message is ENDED:
            ending = self._ending()
            if ending == OUT_OF_TIME:
                raise Lost("time", f"{seconds:g}")
            raise Lost("crash", ending)
        try:
            if isinstance(message, wire.WireError):
                raise message
            return wire.decode(message, wire.MOST_JSON)
        except wire.WireError as error:
            raise Lost("protocol", str(error)) from error

    def close(self) -> None:
        """Close the pipes of a process that has ended.

        Without a sandbox a daemon may still hold on to them: then its threads are left to it.
        """
        deadline = time.monotonic() + CLOSE_SECONDS
        while any(t.is_alive() for t in self._threads) and time.monotonic() < deadline:
            with suppress(queue.Empty):  # a reader may be waiting for room
                self._messages.get(timeout=0.01)
        if not self._threads[-1].is_alive():  # the sender, if anything was sent
            with suppress(OSError):
                self._stdin.close()

    def _run(self, target: Any, *args: Any) -> threading.Thread:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _wait(self, seconds: float) -> list[Any]:
        """Wait for messages, with an eye on the worker: its time, and the files that it makes."""
        start, late = time.monotonic(), None
        while True:
            came = None
            with suppress(queue.Empty):
                came = self._messages.get(timeout=min(SLICE_SECONDS, seconds))
            self._check_files()
            if came is not None:
                return came
            waited = time.monotonic() - start
            if waited < seconds:
                continue
            processes = family(self._process.pid)
            late = late if late is not None else _computed(processes)
            waits = any(map(_computes, processes)) and waited < MOST_BUSY * seconds
            if not waits or _computed(processes) - late >= seconds:
                self._ask_where()
                raise Lost("time", f"{seconds:g}")

    def _check_files(self) -> None:
        """Count the files in the worker's scratch folder, through the kernel's door to it.

        They take memory of the kernel's, which none of the worker's own limits bounds.
        """
        if self._scratch is not None:
            with suppress(OSError):  # it has ended
                scratch = os.statvfs(self._scratch)
                if scratch.f_files - scratch.f_ffree > self._limits.scratch_files:
                    raise Lost("files", f"{self._limits.scratch_files}")

    def _ask_where(self) -> None:
        """End the worker in a way that lets it say where it was."""
        if self._worker and OUT_OF_TIME in signal.Signals.__members__:  # not on Windows
            with suppress(psutil.Error):
                self._worker.send_signal(signal.SIGPROF)

    def _read_messages(self, stdout: BufferedReader, most: int) -> None:
        with stdout:
            try:
                for together in wire.messages(stdout, most):
                    self._messages.put(together)
                    self._awaited -= len(together)
                    if self._awaited > 0:
                        time.sleep(NAP_SECONDS)
            except wire.WireError as error:
                self._messages.put([error])
            else:
                self._messages.put([ENDED])

    def _read_prints(self, stderr: Any, most: int) -> None:
        with stderr:
            while chunk := stderr.read1(1 << 16):
                self._printed = (self._printed + chunk)[-most:]

    def _ending(self) -> str:
        """Say how the process ended that closed its end: `exit 3`, or the name of the signal."""
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return ""
        number = -code if code < 0 else code - 128  # so bubblewrap reports a signal
        try:
            return signal.Signals(number).name
        except ValueError:
            return f"exit {code}"


def family(pid: int) -> list[psutil.Process]:
    """Give a process and all that it started, as far as they are still there."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.Error:
        return []


def _computes(process: psutil.Process) -> bool:
    """Say whether a process computes, or would if it had the processor."""
    try:
        return process.status() == psutil.STATUS_RUNNING
    except psutil.Error:
        return False


def _computed(processes: list[psutil.Process]) -> float:
    """Add up the seconds of the processor that processes have had."""
    seconds = 0.0
    for process in processes:
        with suppress(psutil.Error):
            times = process.cpu_times()
            seconds += times.user + times.system
    return seconds


def _write(stream: IO[bytes], request: Any) -> None:
    with suppress(OSError, ValueError):  # the worker ended; what it answered says how
        wire.write(stream, request)
