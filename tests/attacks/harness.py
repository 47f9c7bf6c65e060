"""Grade a submission that attacks, and check what must hold after every attack, whatever it tried.

The score is the one without the attack, or the attacked exercises fail; nothing outside changed;
no process is left; nothing secret is in any output; no output acts on a workflow; the result is
valid; and the run ended within its budget.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from grader.curriculum.exercises import EXERCISE
from grader.curriculum.texts import catalogue
from grader.grading import grade_folder
from grader.grading.attempts import Grading
from grader.isolation.process import Worker
from grader.reports import results, summary, terminal
from grader.settings import ROOT, SOLUTIONS, load
from tests.test_hostile_text import COMMAND, control
from tests.test_reports import VALIDATOR
from tests.workers import FAULT, ISOLATED

FEW = ("first_push", "numerical_gradient", "tensor_shape", "item", "mul_forward", "mul_backward",
       "chain", "mse_loss", "sgd_step")  # fmt: skip
SEED = "seed-canary-7c31"
HOST = "host-canary-5e90"
SECRET = "decoy-canary-a4d2"
TELLTALES = ("claim_channel", "simplest_failing", "Nothing is ever unpickled", str(ROOT))
LIMITS = replace(load().limits, seconds_a_case=1, seconds_an_exercise=4)
SETTINGS = replace(load(), seed=SEED, generated=20, shrink_calls=60, limits=LIMITS)
WORKFLOW = "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"
LEFT_SECONDS = 2
EXTRA_SECONDS = 20  # of a run, beside what it may lose by hanging
in_the_sandbox = pytest.mark.skipif(FAULT is not None, reason=f"no sandbox: {FAULT}")

Make = str | bytes | Callable[[Path], object]  # a file's content, or what makes something else
Change = str | tuple[str, str]  # source to append, or text and what to put in its place


@dataclass(frozen=True)
class Attacked:
    """What came of a submission: its grading, and all that is written about it."""

    grading: Grading
    result: dict
    summary: str
    terminal: str

    @property
    def states(self):
        return {name: attempt.state for name, attempt in self.grading.attempts.items()}

    @property
    def entries(self):
        return {entry["id"]: entry for entry in self.result["exercises"]}

    @property
    def kinds(self):
        """Name how each exercise that failed did so."""
        return {name: entry["feedback"]["kind"] for name, entry in self.entries.items()
                if entry["feedback"]}  # fmt: skip

    @property
    def output(self):
        """Everything that anybody gets to read."""
        said = {**self.grading.faults, **self.grading.warnings}
        document = json.dumps(self.result, ensure_ascii=False)
        return "\n".join([document, self.summary, self.terminal, *map(str, said.values())])


def submission(folder: Path, changes: Mapping[str, Change], extra: Mapping[str, Make]) -> Path:
    """Copy the solutions, change files of the package, and put more files beside them."""
    package = shutil.copytree(SOLUTIONS / "sinmagia", folder / "exercises" / "sinmagia",
                              ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    for name, change in changes.items():
        source = (package / name).read_text("utf-8")
        if isinstance(change, tuple):
            assert change[0] in source
            source = source.replace(*change)
        else:
            source += f"\n\n{change}\n"
        (package / name).write_text(source, "utf-8")
    for name, make in extra.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(make):
            make(path)
        else:
            path.write_bytes(make if isinstance(make, bytes) else make.encode())
    return folder


def decoy(folder: Path) -> Path:
    """Lay out what a submission has no business with: a secret, and files that it could write."""
    folder.mkdir()
    (folder / "secret").write_text(SECRET)
    for name in ("results.json", "summary.md", *WORKFLOW):
        (folder / name).write_text(f"{name} as it was\n")
        (folder / name).chmod(0o666)
    folder.chmod(0o777)
    return folder


def snapshot(folder: Path) -> dict[str, object]:
    """Note what is in a folder, byte for byte, and when it was changed."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content: object = None
        if stat.S_ISLNK(status.st_mode):
            content = path.readlink()
        elif stat.S_ISREG(status.st_mode):
            content = path.read_bytes()
        found[str(path.relative_to(folder))] = status.st_mode, status.st_mtime_ns, content
    return found


def lives(process: psutil.Process) -> bool:
    """Say whether a process still runs; one that nobody has reaped yet does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def left_after(seconds: float, processes: list[psutil.Process]) -> list[psutil.Process]:
    """Give the processes that do not end within some seconds."""
    deadline = time.monotonic() + seconds
    while (left := list(filter(lives, processes))) and time.monotonic() < deadline:
        psutil.wait_procs(left, 0.05)
    return left


class Attacks:
    """Grades submissions that attack, each in a fresh folder, and checks what must hold."""

    def __init__(self, folder: Path, secret_lines: set[str]) -> None:
        self.folder = folder
        self.outside = decoy(folder / "outside")
        self.secrets = {SEED, HOST, SECRET, *TELLTALES, *secret_lines}
        self.count = 0

    def __call__(self, changes=None, lost=(), extra=None, exercises=FEW, settings=SETTINGS,
                 pending=()):  # fmt: skip
        """Grade an attack: `changes` to the package, `extra` files, and what may be `lost` to it.

        In changes and files, `{outside}` stands for a folder that is nobody's to read or write.
        """
        self.count += 1
        folder = self.folder / f"submission-{self.count}"
        submission(folder, self._aimed(changes or {}), self._aimed(extra or {}))
        before, started = snapshot(self.folder), []
        stop = Worker.stop

        def stop_noting(worker):
            started.extend(worker.processes())
            stop(worker)

        chosen = [EXERCISE[name] for name in exercises]
        with pytest.MonkeyPatch.context() as patch:
            for name in WORKFLOW:
                patch.setenv(name, str(self.outside / name))
            patch.setenv("HOST_CANARY", HOST)
            patch.setenv("SINMAGIA_SEED", SEED)
            patch.setattr(Worker, "stop", stop_noting)
            grading = grade_folder(folder, chosen, settings, ISOLATED)
        texts = catalogue("en")
        result = results.document(grading, chosen, settings, texts)
        out = StringIO()
        terminal.show(Console(file=out, width=80, color_system=None), result, texts)
        attacked = Attacked(grading, result, summary.render(result, texts), out.getvalue())
        wanted = dict.fromkeys(exercises, "passed") | dict.fromkeys(lost, "failed")
        assert wanted | dict.fromkeys(pending, "pending") == attacked.states
        assert before == snapshot(self.folder), "a file was changed"
        assert started, "the submission never ran"
        assert left_after(LEFT_SECONDS, started) == []
        self._check(attacked, settings)
        return attacked

    def _check(self, attacked: Attacked, settings) -> None:
        """Check everything that was written about an attack."""
        result = attacked.result
        VALIDATOR.validate(result)
        earned = [e["points"] for e in result["exercises"] if e["state"] == "passed"]
        assert sum(earned) == result["score"]
        ours = str(
            [entry["feedback"] and entry["feedback"]["program"] for entry in result["exercises"]]
        )
        seen = {secret for secret in self.secrets if secret in attacked.output}
        assert set() == {secret for secret in seen if secret not in ours}
        assert COMMAND.findall(attacked.terminal) == []
        assert control(attacked.terminal) == []
        most = settings.limits.seconds_a_submission + EXTRA_SECONDS
        assert result["seconds"] < most

    def _aimed(self, sources):
        """Put the decoy's path where a source has `{outside}`."""

        def aim(source):
            if isinstance(source, tuple):
                return tuple(map(aim, source))
            return source.replace("{outside}", str(self.outside)) if type(source) is str else source

        return {name: aim(source) for name, source in sources.items()}


def python(*words: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run a plain Python, without any defence, with `cwd` to import from."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PYTHON"))}
    return subprocess.run([sys.executable, *map(str, words)], cwd=cwd, text=True,
                          env={**kept, **environment}, capture_output=True, timeout=60,
                          check=False)  # fmt: skip
