"""The worker: runs programs on a submission in a process of its own, and answers with values only.

It starts with the standard library, NumPy, safetensors and the submission; the rest of the grader
is not there. What it answers is checked by `process`; nothing here is trusted.
"""

import faulthandler
import json
import os
import random
import signal
import sys
from contextlib import suppress
from itertools import chain
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any


def claim_channel() -> tuple[int, int]:
    """Keep the channel to the grader, and send what the submission prints to standard error."""
    requests, replies = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    return requests, replies


def limit_resources(limits: dict[str, int]) -> None:
    """Lower this process's own limits for good, where the system has them (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    for name, most in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY or most < hard:
            with suppress(ValueError):  # macOS knows RLIMIT_AS and refuses to set it
                resource.setrlimit(kind, (most, most))


class Watch:
    """Ends the process when a program has used up its time; whatever ends it says where it was."""

    def __init__(self) -> None:
        self._said = os.dup(2)  # the submission may close or replace what it prints to
        self._timed = hasattr(signal, "setitimer")  # not on Windows
        faulthandler.enable(self._said, all_threads=False)
        if self._timed:
            faulthandler.register(signal.SIGPROF, self._said, all_threads=False, chain=True)
        end = os._exit

        def exit_telling(status: int) -> None:
            faulthandler.dump_traceback(self._said, all_threads=False)
            end(status)

        os._exit = exit_telling  # type: ignore[assignment]

    def allow(self, seconds: float) -> None:
        """Give the next program so many seconds of the processor."""
        if self._timed:
            signal.setitimer(signal.ITIMER_PROF, seconds)


class Submission:
    """How the submission's objects are read: by the contract, a tensor's array is `_data`."""

    def __init__(self, module: ModuleType, tree: str) -> None:
        self.module = module
        self.tree = tree

    def array_of(self, value: Any) -> object:
        """Give the array of a tensor, or None for anything else."""
        tensor = getattr(self.module, "Tensor", ())
        return value._data if isinstance(value, tensor) else None

    def dtype_of(self, value: object) -> str | None:
        """Give the name of a NumPy dtype or scalar type, or None for anything else."""
        import numpy as np

        if isinstance(value, type) and issubclass(value, np.generic):
            value = np.dtype(value)
        return str(value.name) if isinstance(value, np.dtype) else None

    def place_of(self, traceback: TracebackType | None) -> tuple[str | None, int | None]:
        """Find the innermost line of the submission that an exception went through."""
        file, line = None, None
        while traceback is not None:
            name = traceback.tb_frame.f_code.co_filename
            if name.startswith(self.tree):
                file, line = name, traceback.tb_lineno
            traceback = traceback.tb_next
        return file, line


def uncompilable(tree: str) -> str | None:
    """Find the file that does not compile, where the exception kept it to itself (null bytes)."""
    for path in sorted(Path(tree).rglob("*.py")):
        try:
            compile(path.read_bytes(), str(path), "exec")
        except (SyntaxError, ValueError):
            return str(path)
    return None


def main() -> None:
    """Answer requests until the channel closes. The argument is made by `sandbox.command`."""
    settings = json.loads(sys.argv[1])
    sys.path = [*settings["path"], *sys.path, settings["tree"]]  # the submission shadows nothing
    channel = claim_channel()
    limit_resources(settings["limits"])
    watch = Watch()

    import numpy as np

    from grader.isolation import wire
    from grader.programs.execution import describe_raised, execute, to_document

    def reseed() -> None:  # the same chance at every push; default_rng() is out of reach
        random.seed(0)
        np.random.seed(0)

    requests, replies = os.fdopen(channel[0], "rb"), os.fdopen(channel[1], "wb")
    package = Submission(ModuleType("nothing"), settings["tree"] + os.sep)
    wire.write(replies, {"started": True})
    sys.modules.update(dict.fromkeys(settings["hidden"]))  # None makes their import fail
    failure = None
    reseed()
    watch.allow(settings["seconds"])
    try:
        import sinmagia

        package.module = sinmagia
    except BaseException as error:  # whatever the submission does while it is imported
        failure = vars(describe_raised(error, package))
        if failure["file"] is None:
            failure |= {"file": uncompilable(settings["tree"]), "line": 1}
    watch.allow(0)
    wire.write(replies, {"failure": failure})
    for message in chain.from_iterable(wire.messages(requests, 1 << 30)):
        request = wire.decode(message)
        for index, (source, inputs, observe) in enumerate(request["programs"]):
            reseed()
            watch.allow(request["seconds"])
            outcome = execute(source, inputs, observe, package)
            reply = {"id": request["id"], "index": index, "outcome": to_document(outcome)}
            wire.write(replies, reply)
        watch.allow(0)


if __name__ == "__main__":
    main()
