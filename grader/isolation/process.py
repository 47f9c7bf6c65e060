"""The grader's side of a worker: start it, ask it, check its answers, end it for certain."""

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Self

import psutil

from grader.programs.documents import read_outcome, read_raised
from grader.programs.execution import Outcome, Raised
from grader.programs.program import Program

from . import sandbox
from .budget import Budget, Stopwatch
from .channel import Channel, Lost, family

if TYPE_CHECKING:
    import subprocess

MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError)
ADDRESS = re.compile(r"0x[0-9a-f]{6,}|\b\d{12,}\b")  # in a message: other at every push
START_SECONDS = 60  # an interpreter that imports NumPy on a busy machine


class WorkerFault(Exception):
    """A fault of ours: the worker did not even start. Never to be taken for the student's."""


class Worker:
    """A worker for one package tree; started when first asked, and again after it was lost.

    What is lost is charged to the submission's budget, which says how long the next case may take.
    """

    def __init__(self, tree: Path, isolation: str, budget: Budget) -> None:
        self._tree = tree
        self._isolation = isolation
        self.budget = budget
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._is_up = False
        self._requests = 0
        root = tree / "sinmagia"
        self._files = {path.relative_to(root).as_posix() for path in root.rglob("*.py")}
        self._failure: Outcome | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def begin(self) -> None:
        """Start the process without waiting for it, so that it will be up when it is asked."""
        if self._process is None:
            limits, seconds = self.budget.limits, self.budget.seconds_a_case
            self._process = sandbox.start(self._isolation, self._tree, limits, seconds)
            self._channel = Channel(self._process, limits)

    def import_failure(self) -> Outcome | None:
        """Import the submission; what it raised, or how the process was lost, or None."""
        if self._failure is None:
            start = time.monotonic()
            watch = self.stopwatch()
            try:
                self._started()
            except Lost as loss:
                self._failure = self._lost(loss, start)
            self.budget.take(watch.seconds())
        return self._failure

    def run(
        self, programs: Sequence[Program], meanwhile: Callable[[], object] | None = None
    ) -> Iterator[Outcome]:
        """Run programs in order; after an outcome that is `lost` the rest is not run.

        Read it to its end, or stop the worker: it answers every program that it was asked.
        `meanwhile` is what to do while it computes.
        """
        if not programs:
            return
        start = time.monotonic()
        watch = self.stopwatch()
        try:
            channel = self._started()
            channel.resume()
            self._requests += 1
            seconds = self.budget.seconds_a_case
            asked = [(p.source, dict(p.inputs), p.observe) for p in programs]
            request = {"id": self._requests, "seconds": seconds, "programs": asked}
            channel.send(request, len(asked))
            if meanwhile:
                with watch.paused():
                    meanwhile()
            for index, program in enumerate(programs):
                start = time.monotonic()
                reply = channel.receive(seconds)
                yield self._checked(reply, index, program)
        except Lost as loss:
            yield self._lost(loss, start)
        finally:
            self.budget.take(watch.seconds())
            if self._channel is not None:
                self._channel.pause()

    def stopwatch(self) -> Stopwatch:
        """Start to measure what the worker does from now on."""
        return Stopwatch(lambda: self._channel.computed() if self._channel else 0.0)

    def _lost(self, loss: Lost, start: float) -> Outcome:
        """Say how and where the process was lost, and end what is left of it."""
        self.budget.lose(min(time.monotonic() - start, self.budget.seconds_a_case))
        named = self._channel.places() if self._channel else []
        inside = ((self._inside(file), line) for file, line in named)
        place = next(((file, line) for file, line in inside if file), None)
        self.stop()
        return Outcome(lost=loss.lost, detail=loss.detail, place=place)

    def _checked(self, reply: Any, index: int, program: Program) -> Outcome:
        """Accept a reply only if it answers this very question and is made of what we know."""
        try:
            if (reply["id"], reply["index"]) != (self._requests, index):
                raise ValueError("an answer to another question")
            outcome = read_outcome(reply["outcome"])
        except MALFORMED as error:
            raise Lost("protocol", str(error)) from error
        if outcome.raised is not None:
            return Outcome(raised=self._placed(outcome.raised))
        asked = len(program.observe), program.inputs.keys()
        if (len(outcome.values), outcome.inputs.keys()) != asked:
            raise Lost("protocol", "not the values that were asked for")
        return outcome

    def _checked_failure(self, reply: Any) -> Outcome | None:
        try:
            failure = reply["failure"]
            return None if failure is None else Outcome(raised=self._placed(read_raised(failure)))
        except MALFORMED as error:
            raise Lost("protocol", str(error)) from error

    def _placed(self, raised: Raised) -> Raised:
        """Make the file of an exception a path inside the package, or nothing."""
        message = ADDRESS.sub("…", raised.message.replace(f"{self._root()}{os.sep}", ""))
        file = self._inside(raised.file or "")
        return replace(raised, message=message, file=file, line=raised.line if file else None)

    def _inside(self, file: str) -> str | None:
        """Give a file's path inside the package, where it is one of its files."""
        path, package = PurePath(file), self._root() / "sinmagia"
        if not path.is_relative_to(package):
            return None
        inside = path.relative_to(package).as_posix()
        return inside if inside in self._files else None

    def _root(self) -> PurePath:
        """Give the folder of the package as the worker sees it."""
        return PurePath("/submission" if self._isolation == sandbox.SANDBOX else self._tree)

    def _started(self) -> Channel:
        """Wait until the process is up and has imported the submission."""
        self.begin()
        assert self._channel
        channel = self._channel
        if self._is_up:
            return channel
        try:
            channel.receive(START_SECONDS)  # Python and NumPy are up
        except Lost as loss:
            self.stop()
            said = channel.printed or loss
            raise WorkerFault(f"the worker did not start: {said}") from loss
        channel.is_up(sandboxed=self._isolation == sandbox.SANDBOX)
        self._failure = self._checked_failure(channel.receive(self.budget.seconds_a_case))
        self._is_up = True
        channel.pause()
        return channel

    def processes(self) -> list[psutil.Process]:
        """Give the worker's processes as the host sees them; the worker itself comes last."""
        return family(self._process.pid) if self._process else []

    def stop(self) -> None:
        """End the worker and everything it started."""
        process, channel = self._process, self._channel
        self._process = self._channel = None
        self._is_up = False
        if process is None or channel is None:
            return
        # In the sandbox the end of the first process is the end of all.
        others = family(process.pid) if self._isolation == sandbox.NONE else []
        if sys.platform != "win32":
            with suppress(ProcessLookupError, PermissionError):  # macOS says so of one that ended
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        for other in others:
            with suppress(psutil.Error):
                other.kill()
        process.wait()
        channel.close()
