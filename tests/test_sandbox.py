"""What the sandbox keeps from a submission, with the same tried where there is none."""

import socket
import sys
from pathlib import Path

import pytest

from grader.isolation.sandbox import SANDBOX
from grader.settings import ROOT
from tests.workers import ask, observed, sandboxed


def test_only_the_sandbox_has_no_network(start, isolation):
    """A listener of the host answers the plain process: the attempt itself is sound."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        source = f"import socket\nsocket.create_connection({listener.getsockname()!r}, 3).close()"
        raised = ask(start(), source).raised
    assert (isolation == SANDBOX) == (raised is not None and "OSError" in raised.types)


@sandboxed
def test_neither_repository_nor_home_nor_temporary_files_can_be_seen(start, tmp_path):
    python = Path(sys.base_prefix)  # the one thing that is shown, wherever it is installed
    hidden = [ROOT, tmp_path, *Path.home().iterdir()]
    paths = [str(path) for path in hidden if not python.is_relative_to(path)]
    source = f"import os\nseen = [path for path in {paths!r} if os.path.exists(path)]"
    assert str(ROOT) in paths
    assert observed(start(), source, "seen", "os.listdir('/tmp')") == [[], []]


def test_only_the_sandbox_keeps_the_submission_from_being_written(start, isolation):
    source = """
import os, sys
paths = [torch.__file__, *torch.__path__, *np.__path__, sys.prefix, sys.argv[0]]
writable = [path for path in paths if os.access(path, os.W_OK)]
found = all(os.path.exists(path) for path in paths)
"""
    worker = start()
    writable, found = observed(worker, source, "writable", "found")
    assert found
    assert (isolation == SANDBOX) == (writable == [])
    raised = ask(worker, "open(torch.__file__, 'a')").raised
    assert (isolation == SANDBOX) == (raised is not None and "OSError" in raised.types)


@sandboxed
def test_the_hosts_environment_cannot_be_seen(start, monkeypatch):
    monkeypatch.setenv("SINMAGIA_SEED", "a-secret")
    source = """
import glob, os
seen = [value for value in os.environ.values() if "secret" in value]
files = glob.glob("/proc/[0-9]*/environ")
seen += [file for file in files if b"secret" in open(file, "rb").read()]
"""
    observe = "seen", "'/proc/1/environ' in files", "'SINMAGIA_SEED' in os.environ"
    assert observed(start(), source, *observe) == [[], True, False]


@sandboxed
@pytest.mark.parametrize("module", ["torch", "hypothesis", "pytest", "pip", "grader.settings"])
def test_what_is_installed_for_the_grader_cannot_be_imported(module, start):
    raised = ask(start(), f"import {module}").raised
    assert raised.types[0] == "ModuleNotFoundError"


@sandboxed
def test_no_folder_of_installed_packages_has_anything_in_it(start):
    source = """
import os, site
folders = [*site.getsitepackages(), site.getusersitepackages()]
found = [name for folder in folders if os.path.isdir(folder) for name in os.listdir(folder)]
"""
    assert observed(start(), source, "found") == [[]]
