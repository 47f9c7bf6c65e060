"""Intake: the named regular files of a submission are taken as they are, and nothing else."""

import io
import os
import tarfile
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.grading import take as take_course
from grader.grading.staging import STUDENT_FILES, reference
from grader.isolation import tars
from grader.isolation.intake import MOST_BYTES, MOST_FOLDERS, take
from grader.release.stubs import given as given_files
from grader.settings import UsageError, load
from tests.attacks import attack
from tests.handed_in import FILES, NAMES, git, members, repository, tarred, write, zipped


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


@attack(35, "control")
def test_a_careless_grader_follows_a_link_and_unpacks_out_of_the_folder(tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "tensors.py").symlink_to(tmp_path / "secret")
    assert b"secret" == (tmp_path / "tensors.py").read_bytes()
    with tarfile.open(tmp_path / "ana.tar", "w") as archive:
        archive.add(tmp_path / "secret", "../outside")
    (tmp_path / "submission").mkdir()
    with tarfile.open(tmp_path / "ana.tar") as archive:
        archive.extractall(tmp_path / "submission", filter="fully_trusted")
    assert (tmp_path / "outside").exists()


@attack(35, "held")
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
    write(tmp_path / "sinmagia", {"tensors.py": b"#", "optim.py": b"#", "ops": b"#"})
    assert take(tmp_path, NAMES).faults == {"ops/linear.py": "file_unreadable"}


def test_a_package_of_which_every_file_is_faulty_is_not_an_empty_one(tmp_path):
    write(tmp_path / "sinmagia", dict.fromkeys(NAMES, b"#" * (MOST_BYTES + 1)))
    assert take(tmp_path, NAMES).faults == dict.fromkeys(NAMES, "file_too_long")


@attack(35, "allowed")
@pytest.mark.parametrize(
    "data",
    [
        b"#" * MOST_BYTES,
        b"\xef\xbb\xbf# BOM",
        b"x = 1\r\ny = 2\r\n",
        b"x = 1\ry = 2\r",
        b"# -*- coding: latin-1 -*-\nx = '\xf1'\n",
        b"#!/usr/bin/python\n# vim: fileencoding=latin-1\nx = '\xf1'\n",
        b"def add(:\n",
        b"x = 1",
        b"\x0c\t# odd blanks",
    ],
    ids=[
        "the most bytes",
        "byte order mark",
        "Windows line ends",
        "old Macs' line ends",
        "declared",
        "declared below",
        "not Python",
        "no line end",
        "blanks",
    ],
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


# Archives, and the folder around everything.

WRITTEN = {
    "ana.zip": zipped,
    "ana.tar": tarred,
    "ana.tar.gz": lambda path, found: tarred(path, found, "w:gz"),
    "ana.tgz": lambda path, found: tarred(path, found, "w:gz"),
    "ana.tar.bz2": lambda path, found: tarred(path, found, "w:bz2"),
    "ana.tar.xz": lambda path, found: tarred(path, found, "w:xz"),
    "ana.ZIP": lambda path, found: zipped(path, found, zipfile.ZIP_STORED),
}


LAYOUTS = ("sinmagia/", "exercises/sinmagia/", "./sinmagia/", "ana-main/exercises/sinmagia/",
           "Entrega de Añá/sinmagia/", "sinmagia/sinmagia/",
           "sinmagia/exercises/sinmagia/")  # fmt: skip


@pytest.mark.parametrize("prefix", LAYOUTS)
@pytest.mark.parametrize("name", WRITTEN)
def test_every_kind_of_archive_is_taken_in_every_layout(name, prefix, tmp_path):
    submission = take(WRITTEN[name](tmp_path / name, members(prefix=prefix)), NAMES)
    assert (submission.files, submission.faults) == (FILES, {})
    assert submission.name == "ana"
    assert submission.folder == ("exercises/sinmagia" if "exercises" in prefix else "sinmagia")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_systems_add_to_an_archive_is_no_second_folder_and_not_worth_a_word(tmp_path):
    noise = ["__MACOSX/._ana", "__MACOSX/ana/sinmagia/._tensors.py", ".DS_Store", "ana/.DS_Store",
             "ana/sinmagia/.DS_Store", "ana/sinmagia/._tensors.py", "ana/sinmagia/Thumbs.db",
             "ana/sinmagia/__pycache__/tensors.cpython-311.pyc", ".git/config"]  # fmt: skip
    found = [*((name, b"") for name in noise), *members(prefix="ana/sinmagia/")]
    submission = take(zipped(tmp_path / "x.zip", found), NAMES)
    assert (submission.files, submission.ignored) == (FILES, ())


def test_folders_may_be_members_too(tmp_path):
    folders = ["a/", "a/sinmagia/", "a/sinmagia/ops/", "a/sinmagia/"]
    with pytest.warns(UserWarning, match="Duplicate"):
        zipped(tmp_path / "x.zip", [(n, b"") for n in folders] + members(prefix="a/sinmagia/"))
    assert take(tmp_path / "x.zip", NAMES).files == FILES


@pytest.mark.parametrize("words", [["--format=zip"], ["--format=tar.gz", "--prefix=ana-main/"]])
def test_what_git_itself_packs_is_taken(words, tmp_path):
    git(repository(tmp_path / "ana"), "archive", *words, "--output=../ana.archive", "HEAD")
    assert take(tmp_path / "ana.archive", NAMES).files == FILES


def test_a_folder_around_a_folder_is_opened_too(tmp_path):
    write(tmp_path / "ana-main" / "sinmagia")
    assert take(tmp_path, NAMES).files == FILES


STYLES = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
PART = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=70)
PATH = st.lists(PART, min_size=1, max_size=4)


@settings(deadline=None)
@given(st.sampled_from(STYLES), st.lists(st.tuples(PATH, st.binary(max_size=1200)), max_size=5))
def test_a_tar_is_read_as_tarfile_reads_it(style, found):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=style) as archive:
        for parts, data in found:
            info = tarfile.TarInfo("/".join(parts))
            info.size = len(data)
            try:
                archive.addfile(info, io.BytesIO(data))
            except ValueError:  # too long a name for this style
                continue
    data = out.getvalue()
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        theirs = [(m.name, archive.extractfile(m).read()) for m in archive if m.isfile()]
    ours = [(m.name, data[m.start : m.start + m.size]) for m in tars.members(data)
            if m.kind == tars.FILE]  # fmt: skip
    assert theirs == ours


# What had no effect is said.


def test_files_that_had_no_effect_are_named(tmp_path, package):
    """What Python or pytest loads beside the package, and whatever else lies in it."""
    write(tmp_path, dict.fromkeys(("conftest.py", "pytest.ini", "x.pth", "setup.cfg"), b""))
    write(tmp_path, dict.fromkeys(("notes.md", "data.csv", "tests/conftest.py"), b""))
    write(package, {"helpers.py": b"", "ops/extra/deep.txt": b"", "Tensors.py": b""})
    (package / "linked.py").symlink_to("optim.py")
    assert take(tmp_path, NAMES).ignored == (
        "conftest.py", "pytest.ini", "setup.cfg", "x.pth", "sinmagia/Tensors.py",
        "sinmagia/helpers.py", "sinmagia/linked.py", "sinmagia/ops/extra/deep.txt",
    )  # fmt: skip


def test_both_folders_on_the_way_to_the_package_are_looked_at(tmp_path):
    write(tmp_path / "exercises" / "sinmagia")
    write(tmp_path, {"numpy.py": b"", "exercises/random.py": b""})
    assert take(tmp_path, NAMES).ignored == ("exercises/random.py", "numpy.py")


def test_members_whose_names_are_no_paths_are_named(tmp_path):
    odd = ["/etc/x", "../x.py", "C:/x", "a\\b", "a/../b", "x" * 2000]
    found = [*((name, b"") for name in odd), *members(prefix="ana/sinmagia/")]
    submission = take(zipped(tmp_path / "ana.zip", found), NAMES)
    assert submission.files == FILES
    assert set(odd[:5]) < set(submission.ignored)
    assert max(map(len, submission.ignored)) < 200


def test_so_many_folders_that_nobody_reads_them_are_not_all_opened(tmp_path, package):
    for number in range(MOST_FOLDERS + 20):
        write(package / f"extra{number:03}", {"a": b""})
    ignored = take(tmp_path, NAMES).ignored
    assert "sinmagia/extra000/a" in ignored
    assert "sinmagia/extra119/" in ignored


GIVEN = {"operators.py": {b"a = 1\nb = 2\n", b"a = 1  # en\nb = 2\n"}, "ops/__init__.py": {b"\n"}}


@pytest.mark.parametrize(
    ("data", "replaced"),
    [
        (b"a = 1\nb = 2\n", False),
        (b"a = 1  # en\nb = 2\n", False),
        (b"a = 1\r\nb = 2\r\n", False),
        (b"a = 1\nb = 3\n", True),
        (b"", True),
        (b"#" * (MOST_BYTES + 1), True),
        (None, False),
    ],
    ids=["ours", "another language's", "Windows line ends", "changed", "emptied", "too long",
         "missing"],
)  # fmt: skip
def test_a_given_file_is_named_when_the_student_changed_it(data, replaced, tmp_path, package):
    if data is not None:
        write(package, {"operators.py": data})
    submission = take(tmp_path, NAMES, given=GIVEN)
    assert submission.replaced == (("sinmagia/operators.py",) if replaced else ())
    assert (submission.ignored, submission.files) == ((), FILES)


def test_a_given_file_that_is_a_link_is_a_changed_one(tmp_path, package):
    (package / "operators.py").symlink_to("optim.py")
    assert take(tmp_path, NAMES, given=GIVEN).replaced == ("sinmagia/operators.py",)


@pytest.mark.parametrize("language", load().languages)
def test_of_a_released_repository_nothing_is_worth_a_word(language, release):
    submission = take_course(release(language), given=given_files())
    assert (submission.faults, submission.ignored, submission.replaced) == ({}, (), ())


def test_the_given_files_are_the_package_without_what_students_write():
    assert given_files().keys() == reference().keys() - set(STUDENT_FILES)
