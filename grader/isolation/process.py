"""The grader's side of a worker: start it, ask it, check its answers, end it for certain."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any, Self

from grader.programs.documents import read_outcome, read_raised
from grader.programs.execution import Outcome, Raised
from grader.programs.program import Program
from grader.settings import Limits

from . import sandbox
from .channel import Channel, Lost

MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError)
ADDRESS = re.compile(r"0x[0-9a-f]{6,}|\b\d{12,}\b")  # in a message: other at every push
START_SECONDS = 60  # an interpreter that imports NumPy on a busy machine


class WorkerFault(Exception):
    """A fault of ours: the worker did not even start. Never to be taken for the student's."""


class Worker:
    """A worker for one package tree; started when first asked, and again after it was lost.

    A patient one tries a program that ran out of time once more, alone: the machine may have been
    busy. Where another run follows anyway, patience is not needed.
    """

    def __init__(self, tree: Path, isolation: str, limits: Limits, *, patient: bool = True) -> None:
        self._tree = tree
        self._isolation = isolation
        self._limits = limits
        self._patient = patient
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._requests = 0
        self._failure: Outcome | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def import_failure(self) -> Outcome | None:
        """Import the submission; what it raised, or how the process was lost, or None."""
        if self._failure is None:
            try:
                self._started()
            except Lost as loss:
                self._failure = loss.outcome
        return self._failure

    def run(self, programs: Sequence[Program]) -> Iterator[Outcome]:
        """Run programs in order; after an outcome that is `lost` the rest is not run.

        Read it to its end, or stop the worker: it answers every program that it was asked.
        """
        for position, outcome in enumerate(self._ask(programs)):
            if outcome.lost == "time" and self._patient:
                again = next(self._ask(programs[position : position + 1]))
                yield again
                if again.lost is None:
                    yield from self.run(programs[position + 1 :])
            else:
                yield outcome

    def _ask(self, programs: Sequence[Program]) -> Iterator[Outcome]:
        if not programs:
            return
        try:
            channel = self._started()
            self._requests += 1
            asked = [(p.source, dict(p.inputs), p.observe) for p in programs]
            channel.send({"id": self._requests, "programs": asked})
            for index, program in enumerate(programs):
                reply = channel.receive(self._limits.seconds_a_case)
                yield self._checked(reply, index, program)
        except Lost as loss:
            self.stop()
            yield loss.outcome

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
        root = PurePath("/submission" if self._isolation == sandbox.SANDBOX else self._tree)
        message = ADDRESS.sub("…", raised.message.replace(f"{root}{os.sep}", ""))
        raised = replace(raised, message=message)
        file = PurePath(raised.file or "")
        if file.is_relative_to(root / "sinmagia"):
            inside = file.relative_to(root / "sinmagia")
            if ".." not in inside.parts and (self._tree / "sinmagia" / inside).is_file():
                return replace(raised, file=inside.as_posix())
        return replace(raised, file=None, line=None)

    def _started(self) -> Channel:
        """Start the process and import the submission; once more if the import took too long."""
        if self._channel is not None:
            return self._channel
        for last in (False, True):
            channel = self._launch()
            try:
                channel.receive(START_SECONDS)  # Python and NumPy are up
            except Lost as loss:
                self.stop()
                said = channel.printed or loss
                raise WorkerFault(f"the worker did not start: {said}") from loss
            try:
                self._failure = self._checked_failure(channel.receive(self._limits.seconds_a_case))
                break
            except Lost as loss:
                self.stop()
                if last or loss.outcome.lost != "time":
                    raise
        return channel

    def _launch(self) -> Channel:
        self._process = subprocess.Popen(
            sandbox.command(self._isolation, self._tree, self._limits),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=sandbox.environment(self._isolation),
            cwd=self._tree,
            start_new_session=True,
        )
        self._channel = Channel(self._process, self._limits.reply_mb << 20)
        return self._channel

    def stop(self) -> None:
        """End the worker and everything it started."""
        process, channel = self._process, self._channel
        self._process = self._channel = None
        if process is None or channel is None:
            return
        if sys.platform == "win32":
            process.kill()
        else:
            with suppress(ProcessLookupError, PermissionError):  # macOS says so of one that ended
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        channel.close()
