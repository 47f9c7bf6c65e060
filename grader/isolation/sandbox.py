"""The sandbox: the command line that starts a worker, under bubblewrap or as a plain process."""

import json
import os
import shutil
import site
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import safetensors

from grader.settings import ROOT, Limits, UsageError

SHIPPED = ("isolation/worker.py", "isolation/wire.py", "programs/execution.py")
# A worker's whole environment: one thread, and sets in the same order at every push.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
SCRATCH_BYTES = 16 << 20  # of memory, for /tmp
# Without a sandbox the grader's own libraries lie on the path; these would solve the course.
AUTOGRADS = ("autograd", "jax", "tensorflow", "torch")
SANDBOX, NONE = "sandbox", "none"


@cache
def bubblewrap_fault() -> str | None:
    """Say why bubblewrap cannot be used here; None when a Python with NumPy starts inside it."""
    if shutil.which("bwrap") is None:
        return "bubblewrap_missing"
    probe = [*_bubblewrap(None), _python(), "-I", "-S", "-c", "import sys"]
    try:
        done = subprocess.run(probe, env={}, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode:
        return done.stderr.decode(errors="replace").strip().partition("\n")[0] or "bwrap failed"
    return None


def choose(isolation: str) -> str:
    """Turn what was asked (auto, sandbox, none) into what is done (sandbox, none)."""
    if isolation == NONE:
        return NONE
    fault = bubblewrap_fault()
    if fault is None:
        return SANDBOX
    if isolation == SANDBOX:
        raise UsageError("no_sandbox", reason=fault)
    return NONE


def command(isolation: str, tree: Path, limits: Limits) -> list[str]:
    """Write the command line of a worker for the package in `tree`."""
    resources = {"AS": limits.memory_mb << 20, "FSIZE": limits.file_mb << 20, "CORE": 0}
    # As isolated as -I, which would also ignore the hash seed: the environment is all ours.
    python = [_python(), "-s", "-S", "-P", "-B", "-X", "utf8"]
    if isolation == NONE:
        paths = [str(ROOT), *{str(Path(m.__file__ or "").parents[1]) for m in (np, safetensors)}]
        settings = {"path": paths, "tree": str(tree), "limits": resources, "hidden": AUTOGRADS}
        return [*python, str(ROOT / "grader" / SHIPPED[0]), json.dumps(settings)]
    resources["NPROC"] = limits.processes  # outside, it would count all that the user runs
    settings = {"path": ["/runtime", "/libraries"], "tree": "/submission", "limits": resources,
                "hidden": ()}  # fmt: skip
    worker = f"/runtime/grader/{SHIPPED[0]}"
    return [*_bubblewrap(tree), *python, worker, json.dumps(settings)]


def environment(isolation: str) -> dict[str, str]:
    """Give the environment to start a worker with: empty for bubblewrap, which is given it apart.

    Nothing is the host's but what Windows needs to start any program.
    """
    if isolation == SANDBOX:
        return {}
    return ENVIRONMENT | {k: v for k, v in os.environ.items() if k.upper() == "SYSTEMROOT"}


def _python() -> str:
    """Give the interpreter itself, without the libraries of its virtual environment."""
    return os.path.realpath(sys.executable)


def _bubblewrap(tree: Path | None) -> list[str]:
    """Show the worker the system's libraries, Python, NumPy and the submission, all read-only."""
    words = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--clearenv",
    ]
    words += ["--cap-drop", "ALL"]
    for name, value in ENVIRONMENT.items():
        words += ["--setenv", name, value]
    words += ["--ro-bind", "/usr", "/usr", "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    for path in (Path("/lib"), Path("/lib64")):
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.exists():
            words += ["--ro-bind", str(path), str(path)]
    if not Path(sys.base_prefix).is_relative_to("/usr"):
        words += ["--ro-bind", sys.base_prefix, sys.base_prefix]
    for packages in site.getsitepackages([sys.base_prefix]):
        if Path(packages).is_dir():
            words += ["--tmpfs", packages]
    if any(ROOT.is_relative_to(seen) for seen in ("/usr", sys.base_prefix)):
        words += ["--tmpfs", str(ROOT)]
    words += ["--proc", "/proc", "--dev", "/dev", "--chdir", "/tmp"]
    words += ["--size", str(SCRATCH_BYTES), "--tmpfs", "/tmp"]
    for module in (np, safetensors):
        folder = Path(module.__file__ or "").parent
        for library in (folder, folder.with_name(f"{folder.name}.libs")):
            words += ["--ro-bind-try", str(library), f"/libraries/{library.name}"]
    for name in SHIPPED:
        words += ["--ro-bind", str(ROOT / "grader" / name), f"/runtime/grader/{name}"]
    if tree is not None:
        words += ["--ro-bind", str(tree), "/submission"]
    return [*words, "--remount-ro", "/"]
