"""The sandbox: how a worker is started, under bubblewrap or as a plain process with limits."""

import json
import os
import shutil
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import safetensors

from grader.settings import ROOT, Limits

from . import syscalls

SHIPPED = ("isolation/worker.py", "isolation/wire.py", "programs/execution.py",
           "__init__.py", "isolation/__init__.py", "programs/__init__.py")  # fmt: skip
# A worker's whole environment: one thread, and sets in the same order at every push.
ENVIRONMENT = {"HOME": "/tmp", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
# Without a sandbox the grader's own libraries lie on the path; these would solve the course.
AUTOGRADS = ("autograd", "jax", "mygrad", "tensorflow", "torch")
SANDBOX, NONE = "sandbox", "none"
# What keeps a worker apart: a name, and bubblewrap's words for it.
WALLS = {
    "user": ("--unshare-user", "--disable-userns", "--uid", "1000", "--gid", "1000"),
    "pid": ("--unshare-pid",),
    "net": ("--unshare-net",),
    "ipc": ("--unshare-ipc",),
    "uts": ("--unshare-uts", "--hostname", "sandbox"),
    "cgroup": ("--unshare-cgroup-try",),
    "capabilities": ("--cap-drop", "ALL"),
    "session": ("--new-session",),
    "end": ("--die-with-parent",),
}


def start(isolation: str, tree: Path, limits: Limits, seconds: float) -> "subprocess.Popen[bytes]":
    """Start a worker, which has `seconds` to import the package; it inherits its pipes only."""
    words = command(isolation, tree, limits, seconds)
    inherited = []
    if isolation == SANDBOX:
        inherited = [syscalls.opened()]
        words[1:1] = ["--seccomp", str(inherited[0])]
    try:
        return subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(isolation),
            cwd=tree,
            pass_fds=inherited,
            start_new_session=True,
        )
    finally:
        for descriptor in inherited:
            os.close(descriptor)


def command(isolation: str, tree: Path, limits: Limits, seconds: float) -> list[str]:
    """Write the command line of a worker."""
    given = {"limits": resources(isolation, limits), "seconds": seconds}
    # As isolated as -I, which would also ignore the hash seed: the environment is all ours.
    python = [_python(), "-s", "-S", "-P", "-B", "-X", "utf8"]
    if isolation == NONE:
        paths = [str(ROOT), *{str(Path(m.__file__ or "").parents[1]) for m in (np, safetensors)}]
        settings = {"path": paths, "tree": str(tree), "hidden": AUTOGRADS} | given
        return [*python, str(ROOT / "grader" / SHIPPED[0]), json.dumps(settings)]
    settings = {"path": ["/runtime", "/libraries"], "tree": "/submission", "hidden": ()} | given
    walls = [word for words in WALLS.values() for word in words]
    environment = [word for pair in ENVIRONMENT.items() for word in ("--setenv", *pair)]
    return [shutil.which("bwrap") or "bwrap", *walls, "--clearenv", *environment,
            *_files(tree, limits), *python, f"/runtime/grader/{SHIPPED[0]}",
            json.dumps(settings)]  # fmt: skip


def resources(isolation: str, limits: Limits) -> dict[str, int]:
    """Give the limits that the kernel keeps for a worker, by their names in `resource`."""
    kept = {
        "AS": limits.memory_mb << 20,
        "CPU": int(limits.seconds_a_submission),
        "FSIZE": limits.file_mb << 20,
        "NOFILE": limits.files,
        "CORE": 0,
    }
    # Outside of a user namespace it would count all that the user runs.
    return kept | ({"NPROC": limits.processes} if isolation == SANDBOX else {})


def _environment(isolation: str) -> dict[str, str]:
    """Give the environment to start a worker with: empty for bubblewrap, which is given it apart.

    Nothing is the host's but what Windows needs to start any program.
    """
    if isolation == SANDBOX:
        return {}
    return ENVIRONMENT | {k: v for k, v in os.environ.items() if k.upper() == "SYSTEMROOT"}


def _python() -> str:
    """Give the interpreter itself, without the libraries of its virtual environment."""
    return os.path.realpath(sys.executable)


def _files(tree: Path, limits: Limits) -> list[str]:
    """Show the system's libraries, Python, NumPy and the submission, all read-only, and a scratch.

    There is no /proc, whose files tell about the host, and of the devices only the empty one.
    """
    words = ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    libraries = Path("/usr/lib", sysconfig.get_config_var("MULTIARCH") or "")
    # Of Python's own folder, which may hold other environments too, only what it starts from.
    own = [_python(), sysconfig.get_path("stdlib")]
    if sys.base_prefix != "/usr":
        own += sorted(map(str, Path(sys.base_prefix, "lib").glob("lib*.so*")))
    shown = [str(libraries if libraries.is_dir() else libraries.parent), "/usr/lib64", *own]
    for path in shown:
        words += ["--ro-bind-try", path, path]
    for name in ("/lib", "/lib64"):
        if Path(name).is_symlink():
            words += ["--symlink", str(Path(name).readlink()), name]
        elif Path(name).exists():
            words += ["--ro-bind", name, name]
    hidden = [*site.getsitepackages([sys.base_prefix]), str(ROOT)]
    for path in hidden:  # no library but the standard one, and nothing of the grader's
        if Path(path).is_dir() and any(Path(path).is_relative_to(folder) for folder in shown):
            words += ["--tmpfs", path]
    words += ["--dev-bind", os.devnull, os.devnull]
    words += ["--size", str(limits.scratch_mb << 20), "--tmpfs", "/tmp", "--chdir", "/tmp"]
    for module in (np, safetensors):
        folder = Path(module.__file__ or "").parent
        for library in (folder, folder.with_name(f"{folder.name}.libs")):
            words += ["--ro-bind-try", str(library), f"/libraries/{library.name}"]
    for name in SHIPPED:
        words += ["--ro-bind", str(ROOT / "grader" / name), f"/runtime/grader/{name}"]
    return [*words, "--ro-bind", str(tree), "/submission", "--remount-ro", "/"]
