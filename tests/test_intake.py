"""Intake: the named regular files of a submission are taken as they are, and nothing else."""

import os

import pytest

from grader.grading.staging import STUDENT_FILES
from grader.isolation.intake import MOST_BYTES, take
from grader.settings import UsageError

NAMES = ("tensors.py", "ops/linear.py", "optim.py")
FILES = {name: f"# {name}\n".encode() for name in NAMES}


def write(root, files=FILES):
    """Write files by their path below a folder; give the folder."""
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


@pytest.fixture
def package(tmp_path):
    """Give the `sinmagia` folder of a submission that has every file; `tmp_path` is its root."""
    return write(tmp_path / "sinmagia")


@pytest.mark.parametrize("folder", ["exercises/sinmagia", "sinmagia"])
def test_a_checkout_and_a_bare_package_are_both_taken(folder, tmp_path):
    write(tmp_path / "ana" / folder)
    submission = take(tmp_path / "ana", NAMES)
    assert submission.files == FILES
    assert submission.faults == {}
    assert (submission.name, submission.folder) == ("ana", folder)
    assert submission.path("ops/linear.py") == f"{folder}/ops/linear.py"


def test_of_both_layouts_the_checkouts_is_taken(tmp_path, package):
    write(tmp_path / "exercises" / "sinmagia", {"tensors.py": b"# the checkout's"})
    submission = take(tmp_path, NAMES)
    assert submission.files == {"tensors.py": b"# the checkout's"}


def test_every_file_of_the_course_can_be_taken(tmp_path):
    files = {name: name.encode() for name in STUDENT_FILES}
    write(tmp_path / "sinmagia", files)
    assert take(tmp_path, STUDENT_FILES).files == files


def refused(path):
    with pytest.raises(UsageError) as caught:
        take(path, NAMES)
    return caught.value.key


def test_a_missing_folder_is_refused(tmp_path):
    assert refused(tmp_path / "missing") == "no_submission"


def test_a_folder_without_the_package_is_refused(tmp_path):
    write(tmp_path)
    assert refused(tmp_path) == "no_package"


def test_a_file_in_the_packages_place_is_refused(tmp_path):
    write(tmp_path, {"sinmagia": b""})
    assert refused(tmp_path) == "no_package"


def test_a_package_with_none_of_the_files_is_refused(tmp_path):
    write(tmp_path / "sinmagia", {"notes.py": b""})
    assert refused(tmp_path) == "empty_package"


@pytest.mark.parametrize("link", ["exercises", "exercises/sinmagia", "sinmagia"])
def test_a_package_behind_a_link_is_not_taken(link, tmp_path):
    """A repository whose `exercises` points at the solutions must not be graded with them."""
    elsewhere = write(tmp_path / "solved" / "sinmagia")
    link = tmp_path / "ana" / link
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere.parent if link.name == "exercises" else elsewhere)
    assert refused(tmp_path / "ana") == "no_package"


def test_the_folder_that_was_named_may_itself_be_a_link(tmp_path, package):
    """The lecturer chooses it, not the student; the submission has the real folder's name."""
    (tmp_path.parent / f"{tmp_path.name}-link").symlink_to(tmp_path)
    submission = take(tmp_path.parent / f"{tmp_path.name}-link", NAMES)
    assert (submission.files, submission.name) == (FILES, tmp_path.name)


def missing(path):
    pass


def linked(path):
    secret = path.parent / "secret"
    secret.write_bytes(b"secret")
    path.symlink_to(secret)


def dangling(path):
    path.symlink_to(path.parent / "nowhere")


def folder(path):
    path.mkdir()


def fifo(path):
    os.mkfifo(path)


def too_long(path):
    path.write_bytes(b"#" * (MOST_BYTES + 1))


def sparse(path):
    with path.open("wb") as file:
        file.truncate(10 << 30)


@pytest.mark.parametrize("name", ["tensors.py", "ops/linear.py"])
@pytest.mark.parametrize(
    ("put", "fault"),
    [
        (missing, "file_missing"),
        (linked, "file_link"),
        (dangling, "file_link"),
        (folder, "file_unreadable"),
        (fifo, "file_unreadable"),
        (too_long, "file_too_long"),
        (sparse, "file_too_long"),
    ],
)
def test_what_is_no_file_of_a_sensible_size_is_a_fault_and_the_others_are_taken(
    name, put, fault, tmp_path, package
):
    (package / name).unlink()
    put(package / name)
    submission = take(tmp_path, NAMES)
    assert submission.faults == {name: fault}
    assert submission.files == {other: FILES[other] for other in NAMES if other != name}


def test_a_file_behind_a_linked_folder_is_a_fault(tmp_path, package):
    (package / "ops").rename(tmp_path / "elsewhere")
    (package / "ops").symlink_to(tmp_path / "elsewhere")
    submission = take(tmp_path, NAMES)
    assert submission.faults == {"ops/linear.py": "file_link"}
    assert submission.files.keys() == {"tensors.py", "optim.py"}


def test_a_file_in_the_place_of_a_folder_is_a_fault(tmp_path):
    write(tmp_path / "sinmagia", {"tensors.py": b"", "optim.py": b"", "ops": b""})
    assert take(tmp_path, NAMES).faults == {"ops/linear.py": "file_unreadable"}


def test_a_package_of_which_every_file_is_faulty_is_not_an_empty_one(tmp_path):
    write(tmp_path / "sinmagia", dict.fromkeys(NAMES, b"#" * (MOST_BYTES + 1)))
    assert take(tmp_path, NAMES).faults == dict.fromkeys(NAMES, "file_too_long")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"#" * MOST_BYTES,
        b"\xff\xfe not UTF-8",
        b"\xef\xbb\xbf# BOM",
        b"x = 1\r\ny = 2\r",
        b"\0",
    ],
    ids=["empty", "the most bytes", "not UTF-8", "byte order mark", "line ends", "zero"],
)
def test_the_bytes_of_a_file_are_taken_as_they_are(data, tmp_path, package):
    (package / "tensors.py").write_bytes(data)
    assert take(tmp_path, NAMES).files["tensors.py"] == data


def test_files_that_were_not_named_are_not_taken(tmp_path, package):
    extra = ("conftest.py", "pyproject.toml", "numpy.py", "sitecustomize.py", "operators.py",
             "__init__.py", "ops/__init__.py", "x.pth", "tensors.pyc")  # fmt: skip
    for root in (tmp_path, package):
        write(root, dict.fromkeys(extra, b"raise SystemExit"))
    submission = take(tmp_path, NAMES)
    assert submission.files == FILES
    assert submission.faults == {}
