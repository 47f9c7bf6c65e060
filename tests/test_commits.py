"""Commits: what git would run, follow or replace for a hostile repository, intake does not.

Each attack stands beside its control, the plain git command for which it works.
"""

import contextlib
import os
import pty
import shutil
import subprocess

import pytest

from grader.isolation import commits
from grader.isolation.intake import take
from grader.settings import UsageError
from tests.handed_in import FILES, NAMES, blob, git, repository, write

PACKAGE = "exercises/sinmagia"
TENSORS = f"{PACKAGE}/tensors.py"
SECRET = b"# the solution\n"


@pytest.fixture
def repo(tmp_path):
    """Give a checkout of a student's repository."""
    return repository(tmp_path / "ana")


@pytest.fixture
def script(tmp_path):
    """Make a program that leaves a mark that it ran, and passes on what it reads."""
    path = tmp_path / "script"
    path.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n[ -t 0 ] || cat\n")
    path.chmod(0o755)
    return path


def graded(repo, revision="HEAD"):
    """Take a commit and give its files."""
    submission = take(repo, NAMES, revision)
    assert submission.faults == {}
    return submission.files


def attributes(repo, line):
    """Commit attributes for all files, which come with a clone; settings are the attacker's."""
    write(repo, {".gitattributes": f"* {line}\n".encode()})
    git(repo, "add", ".")
    git(repo, "commit", "-m", "attributes")


def hook(name):
    def attack(repo, script):
        shutil.copy(script, repo / ".git" / "hooks" / name)

    return attack


def setting(*pairs, line=None):
    """Set values in which {} is the program."""

    def attack(repo, script):
        if line:
            attributes(repo, line)
        for name, value in pairs:
            git(repo, "config", name, value.format(script))

    return attack


def promised(url):
    """Lose a file that a remote is to bring, as in a partial clone."""

    def attack(repo, script):
        script.write_text(script.read_text().replace("cat", "exit 1"))  # it is no remote at all
        sha = git(repo, "rev-parse", f"HEAD:{TENSORS}")
        (repo / ".git/objects" / sha[:2] / sha[2:]).unlink()
        setting(("core.repositoryFormatVersion", "1"), ("extensions.partialClone", "origin"),
                ("remote.origin.promisor", "true"), ("remote.origin.url", url),
                ("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"),
                ("protocol.allow", "always"), ("protocol.ext.allow", "always"),
                ("core.sshCommand", "{}"))(repo, script)  # fmt: skip

    return attack


def submodule(repo, script):
    inner = repository(repo.parent / "inner", {"a": b"1"})
    git(repo, "-c", "protocol.file.allow=always", "submodule", "add", inner, "inner")
    git(repo, "commit", "-m", "submodule")
    git(repo / "inner", "commit", "--allow-empty", "-m", "other")
    git(repo, "config", "submodule.inner.update", f"!{script}")


def plain(*words):
    return lambda repo: git(repo, *words, code=None)


def again(repo):
    """Check a file out anew, through its filters."""
    (repo / TENSORS).unlink()
    git(repo, "checkout", "--", TENSORS, code=None)


def edited(repo):
    write(repo, {TENSORS: b"# edited"})
    git(repo, "diff", code=None)


def at_a_terminal(repo):
    """Look at the history at a terminal, where git starts a pager."""
    here, there = pty.openpty()
    git(repo, "log", code=None, capture_output=False, stdout=there, stderr=there)
    os.close(there)
    os.close(here)


EXECUTED = {
    "a hook": (hook("post-checkout"), plain("checkout", "--detach")),
    "a hook on references": (hook("reference-transaction"), plain("tag", "mine")),
    "hooks elsewhere": (
        lambda repo, script: (hook("post-checkout")(repo, script),
                              git(repo, "config", "core.hooksPath", f"{repo}/.git/hooks")),
        plain("checkout", "--detach")),
    "a filter": (setting(("filter.x.smudge", "{}"), line="filter=x"), again),
    "a filter that stays": (setting(("filter.x.process", "{}"), line="filter=x"), again),
    "a monitor of files": (setting(("core.fsmonitor", "{}")), plain("status")),
    "a conversion to text": (setting(("diff.x.textconv", "{}"), line="diff=x"),
                             plain("cat-file", "--textconv", f"HEAD:{TENSORS}")),
    "a filter of cat-file": (setting(("filter.x.smudge", "{}"), line="filter=x"),
                             plain("cat-file", "--filters", f"HEAD:{TENSORS}")),
    "an outer diff": (setting(("diff.external", "{}")), edited),
    "a pager": (setting(("core.pager", "{}"), ("pager.cat-file", "{}")), at_a_terminal),
    "an alias": (setting(("alias.x", "!{}"), ("alias.cat-file", "!{}")), plain("x")),
    "a submodule": (submodule, plain("submodule", "update")),
}  # fmt: skip
FETCHED = {
    "a remote that is a program": promised("ext::{}"),
    "a remote behind ssh": promised("ssh://host/ana.git"),
}


@pytest.mark.parametrize(("attack", "control"), EXECUTED.values(), ids=EXECUTED)
def test_nothing_in_a_repository_is_run(attack, control, repo, script, tmp_path):
    attack(repo, script)
    (tmp_path / "ran").unlink(missing_ok=True)
    copy = shutil.copytree(repo, tmp_path / "copy", symlinks=True)
    assert graded(repo) == FILES
    assert not (tmp_path / "ran").exists()
    control(copy)
    assert (tmp_path / "ran").exists(), "the attack does not work, so it proves nothing"


@pytest.mark.parametrize("attack", FETCHED.values(), ids=FETCHED)
def test_what_a_clone_lacks_is_not_fetched(attack, repo, script, tmp_path):
    attack(repo, script)
    assert take(repo, NAMES, "HEAD").faults == {"tensors.py": "file_damaged"}
    assert not (tmp_path / "ran").exists()
    git(repo, "cat-file", "-p", f"HEAD:{TENSORS}", code=None)
    assert (tmp_path / "ran").exists()


def test_a_repository_is_only_read(repo):
    def everything():
        return {path: (path.lstat().st_mtime_ns, path.is_file() and path.read_bytes())
                for path in sorted(repo.rglob("*"))}  # fmt: skip

    before = everything()
    graded(repo)
    assert before == everything()


def test_settings_are_not_even_read(repo):
    """The control: git itself ends at the first line."""
    (repo / ".git" / "config").write_text("[no settings at all")
    assert graded(repo) == FILES
    git(repo, "log", code=128)


def test_the_environment_of_whoever_grades_does_not_reach_git(repo, tmp_path, monkeypatch):
    other = repository(tmp_path / "other", {TENSORS: SECRET})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other / ".git" / "objects"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.worktree=/'")
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    assert graded(repo) == FILES
    assert not (tmp_path / "trace").exists()


# What is read is what the commit's hash stands for.


def test_a_replaced_file_is_read_as_it_was_committed(repo):
    git(repo, "replace", git(repo, "rev-parse", f"HEAD:{TENSORS}"), blob(repo, SECRET))
    assert graded(repo) == FILES
    assert git(repo, "show", f"HEAD:{TENSORS}") == SECRET.decode().strip()


def test_a_replaced_commit_is_read_as_it_was_made(repo):
    first = git(repo, "rev-parse", "HEAD")
    write(repo, {TENSORS: SECRET})
    git(repo, "commit", "-am", "second")
    git(repo, "replace", first, "HEAD")
    assert graded(repo, first) == FILES
    assert git(repo, "show", f"{first}:{TENSORS}") == SECRET.decode().strip()


@pytest.mark.parametrize("name", [TENSORS, PACKAGE, "exercises"])
def test_an_object_with_another_content_than_its_hash_says_is_not_taken(name, repo):
    """The control: git gives the other content under the name of the committed one."""
    old = git(repo, "rev-parse", f"HEAD:{name}")
    write(repo, {TENSORS: SECRET})
    git(repo, "commit", "-am", "second")
    new = git(repo, "rev-parse", f"HEAD:{name}")
    objects = repo / ".git" / "objects"
    (objects / old[:2] / old[2:]).unlink()
    shutil.copy(objects / new[:2] / new[2:], objects / old[:2] / old[2:])
    if name == "exercises":
        assert refused(repo, "HEAD~1") == "submission_unreadable"
    else:
        lost = ["tensors.py"] if name == TENSORS else NAMES
        assert take(repo, NAMES, "HEAD~1").faults == dict.fromkeys(lost, "file_damaged")
    assert git(repo, "show", f"HEAD~1:{TENSORS}") == SECRET.decode().strip()


def test_a_commit_with_another_content_than_its_hash_says_is_not_taken(repo):
    old = git(repo, "rev-parse", "HEAD")
    write(repo, {TENSORS: SECRET})
    git(repo, "commit", "-am", "second")
    new = git(repo, "rev-parse", "HEAD")
    objects = repo / ".git" / "objects"
    (objects / old[:2] / old[2:]).unlink()
    shutil.copy(objects / new[:2] / new[2:], objects / old[:2] / old[2:])
    assert refused(repo, old) == "no_commit"
    assert git(repo, "cat-file", "commit", old) == git(repo, "cat-file", "commit", new)


# Nothing outside of the repository is brought in.


def refused(path, revision="HEAD"):
    with pytest.raises(UsageError) as caught:
        take(path, NAMES, revision)
    return caught.value.key


@pytest.fixture
def staff(tmp_path):
    """Give a repository with what students are not to have; its commit's hash has leaked."""
    return repository(tmp_path / "staff", {TENSORS: SECRET})


def alternates(repo, staff):
    write(repo, {".git/objects/info/alternates": f"{staff}/.git/objects\n".encode()})


def linked_objects(repo, staff):
    shutil.rmtree(repo / ".git" / "objects")
    (repo / ".git" / "objects").symlink_to(staff / ".git" / "objects")


def linked_object_folders(repo, staff):
    for folder in (staff / ".git" / "objects").iterdir():
        with contextlib.suppress(FileExistsError):
            (repo / ".git" / "objects" / folder.name).symlink_to(folder)


def linked_objects_one_by_one(repo, staff):
    for path in (staff / ".git" / "objects").rglob("*"):
        own = repo / ".git" / path.relative_to(staff / ".git")
        if path.is_file():
            own.parent.mkdir(exist_ok=True)
            own.symlink_to(path)


def linked_git(repo, staff):
    shutil.rmtree(repo / ".git")
    (repo / ".git").symlink_to(staff / ".git")


def common_folder(repo, staff):
    (repo / ".git" / "commondir").write_text(f"{staff}/.git\n")


def pointing_file(repo, staff):
    shutil.rmtree(repo / ".git")
    (repo / ".git").write_text(f"gitdir: {staff}/.git\n")


def pointing_at_a_worktree(repo, staff):
    """Claim to be the staff's worktree, which lies elsewhere."""
    git(staff, "worktree", "add", staff.parent / "desk")
    shutil.rmtree(repo / ".git")
    shutil.copy(staff.parent / "desk" / ".git", repo / ".git")


@pytest.mark.parametrize("borrow", [
    alternates, linked_objects, linked_object_folders, linked_objects_one_by_one, linked_git,
    common_folder, pointing_file, pointing_at_a_worktree,
])  # fmt: skip
def test_another_repositorys_files_are_not_brought_in(borrow, repo, staff):
    sha = git(staff, "rev-parse", "HEAD")
    borrow(repo, staff)
    assert refused(repo, sha) == "git_elsewhere"
    assert git(repo, "show", f"{sha}:{TENSORS}") == SECRET.decode().strip()


def test_a_worktree_of_ones_own_making_leads_only_into_the_submission(repo, staff):
    """It may forge what `git worktree add` writes, but only inside of itself."""
    fake = repo / "fake" / "worktrees" / "x"
    shutil.copytree(repo / ".git", repo / "fake")
    write(fake, {"gitdir": f"{repo}/.git\n".encode(), "HEAD": b"ref: refs/heads/main\n",
                 "commondir": f"{staff}/.git\n".encode()})  # fmt: skip
    shutil.rmtree(repo / ".git")
    (repo / ".git").write_text("gitdir: fake/worktrees/x\n")
    sha = git(staff, "rev-parse", "HEAD")
    assert refused(repo, sha) == "no_commit"
    assert graded(repo) == FILES
    assert git(repo, "show", f"{sha}:{TENSORS}") == SECRET.decode().strip()


def test_a_linked_hook_does_not_matter(repo, script):
    """Hooks never run here, and those who share theirs between repositories link them."""
    (repo / ".git" / "hooks" / "pre-commit").symlink_to(script)
    assert graded(repo) == FILES


# What a lecturer grades.


def bare(repo):
    git(repo.parent, "clone", "--bare", repo, "ana.git")
    return repo.parent / "ana.git"


def worktree(repo):
    git(repo, "worktree", "add", "--detach", repo.parent / "desk")
    return repo.parent / "desk"


def packed(repo):
    git(repo, "gc")
    git(repo, "pack-refs", "--all")
    return repo


def shallow(repo):
    git(repo.parent, "clone", "--depth", "1", f"file://{repo}", "shallow")
    return repo.parent / "shallow"


def without_files(repo):
    shutil.rmtree(repo / "exercises")
    return repo


@pytest.mark.parametrize("made", [bare, worktree, packed, shallow, without_files])
def test_every_kind_of_repository_is_read(made, repo):
    sha = git(repo, "rev-parse", "HEAD")
    submission = take(made(repo), NAMES, "HEAD")
    assert (submission.files, submission.commit) == (FILES, sha)
    assert submission.folder == PACKAGE


def test_a_bare_repository_gives_the_submission_its_name(repo):
    assert take(bare(repo), NAMES, "HEAD").name == "ana"


@pytest.mark.parametrize("revision", ["HEAD~1", "due", "due-note", "other", "{}", "{:.8}"])
def test_a_commit_has_many_names_and_one_hash(revision, repo):
    sha = git(repo, "rev-parse", "HEAD")
    git(repo, "tag", "due")
    git(repo, "tag", "-a", "-m", "", "due-note")
    git(repo, "branch", "other")
    write(repo, {TENSORS: b"# later"})
    git(repo, "commit", "-am", "late")
    submission = take(repo, NAMES, revision.format(sha))
    assert (submission.files, submission.commit) == (FILES, sha)


def test_a_worktree_has_its_own_head(repo):
    other = worktree(repo)
    write(other, {TENSORS: SECRET})
    git(other, "commit", "-am", "mine")
    assert graded(repo) == FILES
    assert graded(other)["tensors.py"] == SECRET


def test_what_is_not_committed_is_not_graded_with_a_commit_and_is_without(repo):
    write(repo, {TENSORS: b"# not committed"})
    assert graded(repo) == FILES
    submission = take(repo, NAMES)
    assert (submission.files["tensors.py"], submission.commit) == (b"# not committed", None)


def test_line_ends_are_taken_as_they_were_committed(repo):
    attributes(repo, "text eol=crlf")
    again(repo)
    assert (repo / TENSORS).read_bytes().endswith(b"\r\n")
    assert graded(repo) == FILES


def test_without_a_commit_git_is_not_run_at_all(repo, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    assert take(repo, NAMES).files == FILES


def test_where_git_is_missing_a_commit_is_refused(repo, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert refused(repo) == "no_git"


def test_reading_ends_when_its_time_is_over(repo, monkeypatch):
    """The object is a FIFO, for which git waits; the time is for all objects together."""
    sha = git(repo, "rev-parse", f"HEAD:{TENSORS}")
    path = repo / ".git/objects" / sha[:2] / sha[2:]
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(commits, "SECONDS", 1)
    with pytest.raises(UsageError) as caught:
        take(repo, NAMES, "HEAD")
    assert caught.value.key == "git_failed", "and no file of the student's is said to be damaged"


def test_odd_names_in_a_commit_are_said_and_lead_nowhere(tmp_path):
    from tests.handed_in import forged

    def spoil(root, entries):
        odd = ("..", "../../x.py", "/x.py", ".git", "Tensors.py", "a\nb.py", "\udcff.py")
        return [*entries, *(("100644", name, entries[-1][2]) for name in odd)]

    submission = take(forged(tmp_path / "ana", spoil), NAMES, "HEAD")
    assert (submission.files, submission.faults) == (FILES, {})
    assert len(submission.ignored) == 7
