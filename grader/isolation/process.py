"""The grader's side of a worker: start it, ask it, check its answers, end it for certain."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath
from typing import IO, Any, Self

from grader.programs.documents import read_outcome, read_raised
from grader.programs.execution import MOST_TEXT, Outcome, Raised
from grader.programs.program import Program
from grader.settings import Limits

from . import sandbox, wire

MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError)
ENDED = object()  # in the queue of replies: the worker closed its end of the channel
STOP_SECONDS = 1
START_SECONDS = 60  # an interpreter that imports NumPy on a busy machine


class _Lost(Exception):
    """No answer came: why (time, crash, protocol), and a detail."""

    def __init__(self, lost: str, detail: str) -> None:
        super().__init__(lost, detail)
        self.outcome = Outcome(lost=lost, detail=detail[:MOST_TEXT])


class WorkerFault(Exception):
    """A fault of ours: the worker did not even start. Never to be taken for the student's."""


class Worker:
    """A worker for one package tree; started when first asked, and again after it was lost."""

    def __init__(self, tree: Path, isolation: str, limits: Limits) -> None:
        self._tree = tree
        self._isolation = isolation
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: queue.Queue[Any] = queue.Queue()
        self._printed = bytearray()
        self._threads: list[threading.Thread] = []
        self._requests = 0
        self._failure: Outcome | None = None
        self._endless = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def import_failure(self) -> Outcome | None:
        """Import the submission; what it raised, or how the process was lost, or None."""
        if self._failure is None:
            try:
                self._start()
            except _Lost as loss:
                self._failure = loss.outcome
        return self._failure

    def run(self, programs: Sequence[Program]) -> Iterator[Outcome]:
        """Run programs in order; after an outcome that is `lost` the rest is not run.

        Read it to its end, or stop the worker: it answers every program that it was asked. A
        program that ran out of time is tried once more, alone: the machine may have been busy.
        Once that has come out the same, it was not the machine, and no later one is tried again.
        """
        for position, outcome in enumerate(self._ask(programs)):
            if outcome.lost == "time" and not self._endless:
                again = next(self._ask(programs[position : position + 1]))
                self._endless = again.lost == "time"
                yield again
                if again.lost is None:
                    yield from self.run(programs[position + 1 :])
            else:
                yield outcome

    def _ask(self, programs: Sequence[Program]) -> Iterator[Outcome]:
        if not programs:
            return
        try:
            self._start()
            self._requests += 1
            asked = [(p.source, dict(p.inputs), p.observe) for p in programs]
            self._send({"id": self._requests, "programs": asked})
            for index, program in enumerate(programs):
                reply = self._receive(self._limits.seconds_a_case)
                yield self._checked(reply, index, program)
        except _Lost as loss:
            self.stop()
            yield loss.outcome

    def _checked(self, reply: Any, index: int, program: Program) -> Outcome:
        """Accept a reply only if it answers this very question and is made of what we know."""
        try:
            if (reply["id"], reply["index"]) != (self._requests, index):
                raise ValueError("an answer to another question")
            outcome = read_outcome(reply["outcome"])
        except MALFORMED as error:
            raise _Lost("protocol", str(error)) from error
        if outcome.raised is not None:
            return Outcome(raised=self._placed(outcome.raised))
        asked = len(program.observe), program.inputs.keys()
        if (len(outcome.values), outcome.inputs.keys()) != asked:
            raise _Lost("protocol", "not the values that were asked for")
        return outcome

    def _checked_failure(self, reply: Any) -> Outcome | None:
        try:
            failure = reply["failure"]
            return None if failure is None else Outcome(raised=self._placed(read_raised(failure)))
        except MALFORMED as error:
            raise _Lost("protocol", str(error)) from error

    def _placed(self, raised: Raised) -> Raised:
        """Make the file of an exception a path inside the package, or nothing."""
        root = PurePath("/submission" if self._isolation == sandbox.SANDBOX else self._tree)
        raised = replace(raised, message=raised.message.replace(f"{root}{os.sep}", ""))
        file = PurePath(raised.file or "")
        if file.is_relative_to(root / "sinmagia"):
            inside = file.relative_to(root / "sinmagia")
            if ".." not in inside.parts and (self._tree / "sinmagia" / inside).is_file():
                return replace(raised, file=inside.as_posix())
        return replace(raised, file=None, line=None)

    def _start(self) -> None:
        """Start the process and import the submission; once more if the import took too long."""
        if self._process is not None:
            return
        for last in (False, True):
            self._launch()
            try:
                self._receive(START_SECONDS)  # Python and NumPy are up
            except _Lost as loss:
                self.stop()
                said = self._printed.decode(errors="replace").strip()
                raise WorkerFault(f"the worker did not start: {said or loss}") from loss
            try:
                self._failure = self._checked_failure(self._receive(self._limits.seconds_a_case))
                return
            except _Lost as loss:
                self.stop()
                if last or loss.outcome.lost != "time":
                    raise

    def _launch(self) -> None:
        command = sandbox.command(self._isolation, self._tree, self._limits)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=sandbox.environment(self._isolation),
            cwd=self._tree,
            start_new_session=True,
        )
        self._replies = queue.Queue(maxsize=64)
        self._printed = bytearray()
        self._threads = [
            threading.Thread(
                target=target, args=(self._process, self._replies, self._printed), daemon=True
            )
            for target in (self._pump_replies, self._pump_prints)
        ]
        for thread in self._threads:
            thread.start()

    def _send(self, request: Any) -> None:
        """Send a request from a thread of its own: a worker that does not read must not hold us."""
        assert self._process is not None and self._process.stdin is not None
        sender = threading.Thread(target=_write, args=(self._process.stdin, request), daemon=True)
        self._threads.append(sender)
        sender.start()

    def _receive(self, seconds: float) -> Any:
        try:
            reply = self._replies.get(timeout=seconds)
        except queue.Empty:
            raise _Lost("time", f"{seconds:g}") from None
        if isinstance(reply, wire.WireError):
            raise _Lost("protocol", str(reply))
        if reply is ENDED:
            raise self._ended()
        return reply

    def _pump_replies(self, process: Any, replies: "queue.Queue[Any]", _: bytearray) -> None:
        with process.stdout as stream:
            try:
                while True:
                    replies.put(wire.read(stream, self._limits.reply_mb << 20))
            except EOFError:
                replies.put(ENDED)
            except wire.WireError as error:
                replies.put(error)

    def _pump_prints(self, process: Any, _: "queue.Queue[Any]", printed: bytearray) -> None:
        with process.stderr as stream:
            while chunk := stream.read1(1 << 16):
                printed += chunk[: (self._limits.output_kb << 10) - len(printed)]

    def _ended(self) -> _Lost:
        """Say how the process ended that closed its end of the channel by itself."""
        assert self._process is not None
        try:
            ending = _ending(self._process.wait(timeout=1))
        except subprocess.TimeoutExpired:
            ending = ""
        return _Lost("crash", ending)

    def stop(self) -> None:
        """End the worker and everything it started."""
        process, self._process = self._process, None
        if process is None:
            return
        if sys.platform == "win32":
            process.kill()
        else:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        deadline = time.monotonic() + STOP_SECONDS
        # Without a sandbox a daemon may hold on to the pipes: then its threads are left to it.
        while any(t.is_alive() for t in self._threads) and time.monotonic() < deadline:
            with suppress(queue.Empty):  # a reader may be waiting for room
                self._replies.get(timeout=0.01)
        if not self._threads[-1].is_alive():  # the sender, if there was a request
            with suppress(OSError):
                process.stdin.close()  # type: ignore[union-attr]


def _write(stream: IO[bytes], request: Any) -> None:
    with suppress(OSError, ValueError):  # the worker ended; what it answered says how
        wire.write(stream, request)


def _ending(code: int) -> str:
    """Say how a process ended: `exit 3`, or the name of the signal."""
    number = -code if code < 0 else code - 128  # bubblewrap reports a signal as 128 + its number
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"exit {code}"
