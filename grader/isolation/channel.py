"""The grader's end of a worker's pipes: messages out and in, bounded in size, number and time."""

import queue
import signal
import subprocess
import threading
import time
from contextlib import suppress
from typing import IO, Any

from grader.programs.execution import MOST_TEXT, Outcome

from . import wire

ENDED = object()  # in place of a message: the worker closed its end
WAITING = 2  # messages read ahead; the rest waits in the pipe, not in our memory
PRINTED_BYTES = 64 << 10  # of what a worker prints, kept for a fault of ours; the rest is dropped
CLOSE_SECONDS = 1


class Lost(Exception):
    """No answer came: why (time, crash, protocol), and a detail."""

    def __init__(self, lost: str, detail: str) -> None:
        super().__init__(lost, detail)
        self.outcome = Outcome(lost=lost, detail=detail[:MOST_TEXT])


class Channel:
    """The pipes of one process; each is read or written by a thread, so that none can hold us."""

    def __init__(self, process: "subprocess.Popen[bytes]", most: int) -> None:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        self._process = process
        self._stdin = process.stdin
        self._messages: queue.Queue[Any] = queue.Queue(WAITING)
        self._printed = bytearray()
        self._threads: list[threading.Thread] = []
        self._run(self._read_messages, process.stdout, most)
        self._run(self._read_prints, process.stderr)

    @property
    def printed(self) -> str:
        """What the process printed, from its beginning."""
        return self._printed.decode(errors="replace").strip()

    def send(self, request: Any) -> None:
        """Send a request; a worker that does not read it makes nobody wait."""
        self._run(_write, self._stdin, request)

    def receive(self, seconds: float) -> Any:
        """Give the next message; Lost when it does not come, or is not one."""
        try:
            message = self._messages.get(timeout=seconds)
        except queue.Empty:
            raise Lost("time", f"{seconds:g}") from None
        if message is ENDED:
            raise Lost("crash", self._ending())
        try:
            if isinstance(message, wire.WireError):
                raise message
            return wire.decode(message)
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

    def _run(self, target: Any, *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _read_messages(self, stdout: IO[bytes], most: int) -> None:
        with stdout:
            try:
                while True:
                    self._messages.put(wire.read_bytes(stdout, most))
            except EOFError:
                self._messages.put(ENDED)
            except wire.WireError as error:
                self._messages.put(error)

    def _read_prints(self, stderr: Any) -> None:
        with stderr:
            while chunk := stderr.read1(1 << 16):
                self._printed += chunk[: PRINTED_BYTES - len(self._printed)]

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


def _write(stream: IO[bytes], request: Any) -> None:
    with suppress(OSError, ValueError):  # the worker ended; what it answered says how
        wire.write(stream, request)
