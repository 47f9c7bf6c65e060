"""The sandbox proves its layers before it is used, and says so where one is off or missing."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest

from grader.curriculum.texts import catalogue
from grader.isolation import layers, sandbox
from grader.settings import ROOT, UsageError
from tests.workers import FAULT, LIMITS, allow_everything

sandboxed = pytest.mark.skipif(FAULT is not None, reason=f"no sandbox here: {FAULT}")


def without(*names):
    """Leave out some of bubblewrap's words."""

    def weaken(monkeypatch, folder):
        for name in names:
            monkeypatch.setitem(sandbox.WALLS, name, ())

    return weaken


def with_words(*words):
    """Add words of bubblewrap's before it makes the root read-only."""

    def weaken(monkeypatch, folder):
        files = sandbox._files
        monkeypatch.setattr(
            sandbox, "_files", lambda *given: [*files(*given)[:-2], *words, "--remount-ro", "/"]
        )

    return weaken


def with_limits(**limits):
    """Start workers with other limits than were asked for."""

    def weaken(monkeypatch, folder):
        command = sandbox.command
        monkeypatch.setattr(
            sandbox,
            "command",
            lambda isolation, tree, given, seconds: command(
                isolation, tree, replace(given, **limits), seconds
            ),
        )

    return weaken


def with_popen(monkeypatch, **options):
    """Start processes otherwise than the sandbox does."""
    real = subprocess.Popen

    def start(*words, **given):
        for descriptor in given.get("pass_fds", ()):
            os.set_inheritable(descriptor, True)
        return real(*words, **given | options)

    monkeypatch.setattr(subprocess, "Popen", start)


def with_all_that_is_open(monkeypatch, folder):
    (folder / "open").touch()
    os.set_inheritable(os.open(folder / "open", os.O_RDONLY), True)
    with_popen(monkeypatch, close_fds=False, pass_fds=())


def without_filter(monkeypatch, folder):
    monkeypatch.setattr("grader.isolation.syscalls.program", allow_everything)


def in_the_same_session(monkeypatch, folder):
    without("session")(monkeypatch, folder)
    with_popen(monkeypatch, start_new_session=False)


def with_the_environment(monkeypatch, folder):
    monkeypatch.setenv("SINMAGIA_SEED", "secret")
    monkeypatch.setattr(sandbox, "_environment", lambda isolation: dict(os.environ))


def writable(monkeypatch, folder):
    files = sandbox._files
    monkeypatch.setattr(sandbox, "_files", lambda *given: files(*given)[:-2])


OFF = [
    *[("namespaces", without(name)) for name in ("net", "ipc", "uts", "pid")],
    ("capabilities", lambda patch, _: patch.setitem(
        sandbox.WALLS, "capabilities", ("--cap-add", "ALL"))),
    ("session", in_the_same_session),
    ("environment", with_the_environment),
    ("descriptors", with_all_that_is_open),
    ("limits", with_limits(memory_mb=1024)),
    ("limits", with_limits(files=65)),
    ("system calls", without_filter),
    ("read-only", writable),
    ("runtime", with_words("--ro-bind", str(Path(hypothesis.__file__).parent),
                           "/libraries/hypothesis")),
    ("files", with_words("--proc", "/proc")),
    ("files", with_words("--ro-bind", str(ROOT), str(ROOT))),
    ("scratch", with_limits(scratch_mb=64)),
]  # fmt: skip


def test_there_is_a_sandbox_where_the_workflows_run():
    """Elsewhere the tests of the sandbox say that they were left out, and why."""
    assert FAULT is None or "GITHUB_ACTIONS" not in os.environ


@sandboxed
def test_all_layers_are_on():
    assert layers.missing(LIMITS) == []


@sandboxed
@pytest.mark.parametrize(("layer", "weaken"), OFF, ids=[f"{n}-{o[0]}" for n, o in enumerate(OFF)])
def test_a_layer_that_is_off_is_noticed(layer, weaken, monkeypatch, tmp_path):
    weaken(monkeypatch, tmp_path)
    assert layer in layers.missing(LIMITS)


def test_every_layer_is_tried_off():
    assert layers.LAYERS.keys() == {layer for layer, _ in OFF}


@pytest.fixture
def unproven():
    """Forget what was proven, before and after."""
    layers.fault.cache_clear()
    yield
    layers.fault.cache_clear()


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("target", "broken", "said"),
    [
        ("shutil.which", lambda name: None, "bubblewrap"),
        ("grader.isolation.syscalls.program", lambda: 1 / 0, "libseccomp"),
        ("grader.isolation.layers.missing", lambda limits: ["read-only"], "read-only"),
        ("grader.isolation.sandbox.command", lambda *_: ["sh", "-c", "echo no >&2; exit 1"], "no"),
    ],
)
def test_a_grade_of_record_refuses_and_says_why(target, broken, said, language, monkeypatch):
    if said == "libseccomp":

        def broken():
            raise OSError("libseccomp.so.2: cannot open shared object file")

    monkeypatch.setattr(target, broken)
    with pytest.raises(UsageError) as caught:
        layers.choose(sandbox.SANDBOX, LIMITS)
    text = catalogue(language).error(caught.value)
    assert said in text
    assert "--isolation none" in text
    assert layers.choose("auto", LIMITS) == (sandbox.NONE, ())


def test_without_a_sandbox_nothing_is_proven():
    assert layers.choose(sandbox.NONE, LIMITS) == (sandbox.NONE, ())


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize(
    ("isolation", "proofs"), [(sandbox.SANDBOX, 1), ("auto", 1), (sandbox.NONE, 0)]
)
def test_what_was_proven_beside_other_work_is_not_proven_again(isolation, proofs, monkeypatch):
    asked = []
    monkeypatch.setattr(layers, "missing", asked.append)
    with layers.proving(isolation, LIMITS):
        pass
    layers.choose(isolation, LIMITS)
    assert [LIMITS] * proofs == asked


@sandboxed
def test_it_holds_for_an_ordinary_user_too():
    """Run by root, the same is proven once more by `nobody`, with a Python that all may run."""
    if os.getuid():
        assert layers.missing(LIMITS) == []
        return
    own = Path(os.path.realpath(sys.executable))
    candidates = own, Path(f"/usr/bin/python3.{sys.version_info[1]}")
    shared = next((path for path in candidates if path.is_file() and open_to_all(path)), None)
    if shared is None or not open_to_all(ROOT / "grader"):
        pytest.skip("nobody may not come to this Python, or to this folder")
    paths = [path for path in sys.path if path and "site-packages" in path]
    names = "from grader.isolation import layers\nfrom grader.settings import load\n"
    source = f"{names}print(layers.missing(load().limits))"
    done = subprocess.run(
        [shared, "-B", "-c", source],
        user=65534, group=65534, extra_groups=[], cwd="/", capture_output=True, text=True,
        env={"PYTHONPATH": os.pathsep.join([str(ROOT), *paths]), "HOME": "/nonexistent"},
        check=False,
    )  # fmt: skip
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def open_to_all(path):
    """Say whether any user may come to a file, through all the folders above it."""
    return all(parent.stat().st_mode & 0o001 for parent in path.parents)
