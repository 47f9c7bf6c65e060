"""Malformed folders."""

import gzip
import os
import socket

from grader.isolation.intake import MOST_BYTES
from tests.handed_in import FILES, members, write

from . import SPANISH, row

BROKEN_LINK = "nowhere"


def package(root):
    return write(root / "ana" / "sinmagia")


# A folder, with one file of it put differently.


def holding(data):
    def build(root):
        (package(root) / "tensors.py").write_bytes(data)
        return root / "ana"

    return build


for called, data in {
    "UTF-16 with its mark": SPANISH.encode("utf-16"),
    "UTF-16 without": SPANISH.encode("utf-16-le"),
    "UTF-16 big-endian": SPANISH.encode("utf-16-be"),
    "UTF-32": SPANISH.encode("utf-32"),
    "Latin-1": SPANISH.encode("latin-1"),
    "Windows-1252": b"x = 1  # it\x92s \x93quoted\x94\n",
    "DOS code page": SPANISH.encode("cp850"),
    "Shift JIS": "# 勾配\n".encode("shift_jis"),
    "a zero byte": b"x = 1\0\n",
    "a zero byte in a file with a declared encoding": b"# coding: utf-8\nx = 1\0\n",
    "a character cut in two": SPANISH.encode()[:4],
    "byte code": b"\xa7\r\r\n\0\0\0\0\xe3",
    "a compressed file": gzip.compress(SPANISH.encode()),
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
}.items():
    row(called, holding(data), "file_encoding")

for called, data, key in (
    ("0 bytes", b"", "file_empty"),
    ("a line end only", b"\n", "file_empty"),
    ("blanks only", b" \t\r\n" * 9, "file_empty"),
    ("one byte too many", b"#" * (MOST_BYTES + 1), "file_too_long"),
    ("4 MiB", b"#" * (4 << 20), "file_too_long"),
):
    row(called, holding(data), key)


def instead(put, name="tensors.py"):
    """Put something into the place of a file or folder."""

    def build(root):
        path = package(root) / name
        if path.is_dir():
            path.rename(root / "moved")
        else:
            path.unlink()
        put(path)
        return root / "ana"

    return build


def sparse(path):
    with path.open("wb") as file:
        file.truncate(10 << 30)


def sock(path):
    here = os.open(".", os.O_RDONLY)
    os.chdir(path.parent)  # the names of sockets are short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path.name)
    os.fchdir(here)
    os.close(here)


def named(name):
    return lambda path: path.with_name(name).write_bytes(b"# misnamed\n")


row("10 GB of nothing", instead(sparse), "file_too_long")
row("no file", instead(lambda path: None), "file_missing")
row("no folder", instead(lambda path: None, "ops"), "file_missing", "ops/linear.py")
row("a capital", instead(named("Tensors.py")), "file_case")
row("all capitals", instead(named("TENSORS.PY")), "file_case")
row("a folder's capital", instead(lambda path: write(path.parent / "Ops", {"linear.py": b"#"}),
                                  "ops"), "file_case", "ops/linear.py")  # fmt: skip
row("a second suffix", instead(named("tensors.py.txt")), "file_missing")
row("a copy's name", instead(named("tensors (1).py")), "file_missing")
row("a blank after the name", instead(named("tensors.py ")), "file_missing")
row("another alphabet's letter", instead(named("tens\u043ers.py")), "file_missing")
row("a name that is not UTF-8", instead(named("tensors\udcff.py")), "file_missing")
row("a notebook", instead(named("tensors.ipynb")), "file_missing")
row("a link", instead(lambda path: path.symlink_to("optim.py")), "file_link")
row("a link out", instead(lambda path: path.symlink_to("/etc/passwd")), "file_link")
row("a dangling link", instead(lambda path: path.symlink_to(BROKEN_LINK)), "file_link")
row("a link to itself", instead(lambda path: path.symlink_to(path)), "file_link")
row("a linked folder", instead(lambda path: path.symlink_to("../../moved"), "ops"), "file_link",
    "ops/linear.py")  # fmt: skip
row("a folder", instead(lambda path: path.mkdir()), "file_unreadable")
row("a FIFO", instead(os.mkfifo), "file_unreadable")
row("a socket", instead(sock), "file_unreadable")
row("a file for a folder", instead(lambda path: path.write_bytes(b"#"), "ops"), "file_unreadable",
    "ops/linear.py")  # fmt: skip


# A folder that cannot be used.


def folder(files):
    return lambda root: write(root / "ana", files)


def linked_package(root):
    write(root / "solved")
    (root / "ana").mkdir()
    (root / "ana" / "sinmagia").symlink_to(root / "solved")
    return root / "ana"


def fifo(root):
    os.mkfifo(root / "ana.zip")
    return root / "ana.zip"


row("nothing there", lambda root: root / "ana", "no_submission")
row("an empty folder", folder({".keep": b""}), "no_package")
row("loose files", folder(FILES), "no_package")
row("the package's capital", folder(dict(members(prefix="Sinmagia/"))), "no_package")
row("two submissions", folder(dict(members(prefix="a/sinmagia/") + members(prefix="b/sinmagia/"))),
    "no_package")  # fmt: skip
row("too deep", folder(dict(members(prefix="a/b/sinmagia/"))), "no_package")
row("a file for the package", folder({"sinmagia": b"# mine"}), "no_package")
row("a link for the package", linked_package, "no_package")
row("a package of other files", folder({"sinmagia/notes.txt": b"mine"}), "empty_package")
row("a folder around a zip", folder({"ana.zip": b"PK"}), "archive_inside")
row("a FIFO for an archive", fifo, "no_archive")
