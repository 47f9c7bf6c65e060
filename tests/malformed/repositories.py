"""Malformed commits, and repositories that cannot be read."""

from grader.isolation.intake import MOST_BYTES
from tests.handed_in import FILES, blob, forged, git, members, repository, tree, write, zipped

from . import SPANISH, row

# A commit of a git repository.


def commit(spoil, revision="HEAD"):
    return lambda root: (forged(root / "ana", spoil), revision)


def changed(mode, make=lambda root: "0" * 40, name="tensors.py"):
    """Give an entry another mode and content."""

    def spoil(root, entries):
        return [(mode, name, make(root)) if e[1] == name else e for e in entries]

    return commit(spoil)


def hostile_tree(data):
    """Give `ops` a content that git would never write."""
    words = "hash-object", "-t", "tree", "-w", "--literally", "--stdin"
    return changed("40000", lambda root: git(root, *words, data=data), "ops")


def without(name):
    """Lose an object, as a clone without file contents does."""

    def build(root):
        repo = repository(root / "ana")
        sha = git(repo, "rev-parse", f"HEAD:exercises/sinmagia/{name}")
        (repo / ".git/objects" / sha[:2] / sha[2:]).unlink()
        return repo, "HEAD"

    return build


def nested(root):
    """A package that is a repository of its own, added as `git add` adds those."""
    repository(root / "ana" / "exercises" / "sinmagia", FILES)
    return repository(root / "ana", {"README.md": b""}), "HEAD"


def shallow_parts(root):
    repository(root / "ana" / "sinmagia" / "ops", {"linear.py": FILES["ops/linear.py"]})
    own = {f"sinmagia/{name}": data for name, data in FILES.items() if name != "ops/linear.py"}
    return repository(root / "ana", own), "HEAD"


def unborn(root):
    (root / "ana").mkdir()
    git(root / "ana", "init")
    return root / "ana", "HEAD"


row("a link in git", changed("120000", lambda root: blob(root, b"optim.py")), "file_link")
row("a submodule for a file", changed("160000"), "file_submodule")
row("a submodule for a folder", shallow_parts, "file_submodule", "ops/linear.py")
row("a submodule for the package", nested, "package_submodule")
row("a folder for a file in git", changed("40000", tree), "file_unreadable")
row("an unknown mode in git", changed("777", lambda root: blob(root, b"#")), "file_unreadable")
row("a folder that is a file", changed("40000", lambda root: blob(root, b"#"), "ops"),
    "file_damaged", "ops/linear.py")  # fmt: skip
row("a file that is a folder", changed("100644", tree), "file_damaged")
row("a file that is not in this clone", without("tensors.py"), "file_damaged")
row("a folder that is not in this clone", changed("40000", name="ops"), "file_damaged",
    "ops/linear.py")  # fmt: skip
row("a long file in git", changed("100644", lambda root: blob(root, b"#" * (MOST_BYTES + 1))),
    "file_too_long")  # fmt: skip
row("3 MiB in git", changed("100644", lambda root: blob(root, b"#" * (3 << 20))), "file_too_long")
row("an empty file in git", changed("100644", lambda root: blob(root, b"")), "file_empty")
row("UTF-16 in git", changed("100644", lambda root: blob(root, SPANISH.encode("utf-16"))),
    "file_encoding")  # fmt: skip
row("a capital in git", commit(lambda root, entries: [
    (mode, name.replace("tens", "Tens"), sha) for mode, name, sha in entries]),
    "file_case")  # fmt: skip
row("a name twice in git", commit(lambda root, entries: [
    *entries, ("100644", "tensors.py", blob(root, b"# other"))]), "file_twice")  # fmt: skip
row("a folder twice in git", commit(lambda root, entries: [*entries, entries[0]]), "file_twice",
    "ops/linear.py")  # fmt: skip
row("a path for a name in git", commit(lambda root, entries: [
    ("100644", "ops/linear.py", entries[1][2]), *entries[1:]]), "file_missing",
    "ops/linear.py")  # fmt: skip
row("a folder of digits in git", hostile_tree(b"1" * (4 << 20)), "file_damaged", "ops/linear.py")
row("a folder of blanks in git", hostile_tree(b"1 " * (2 << 20)), "file_damaged", "ops/linear.py")
row("a folder of 5 MiB in git", hostile_tree(b"1" * (5 << 20)), "file_unreadable", "ops/linear.py")
row("no file in git", commit(lambda root, entries: entries[:2]), "file_missing")
row("an empty package in git", commit(lambda root, entries: []), "empty_package")
row("no such commit", lambda root: (repository(root / "ana"), "0" * 40), "no_commit")
row("no such branch", lambda root: (repository(root / "ana"), "solutions"), "no_commit")
row("a branch like an option", lambda root: (repository(root / "ana"), "--all"), "no_commit")
row("a branch with a line end", lambda root: (repository(root / "ana"), "HEAD\n"), "no_commit")
row("no name of a commit at all", lambda root: (repository(root / "ana"), ""), "no_commit")
row("two commits", lambda root: (repository(root / "ana"), "HEAD HEAD"), "no_commit")
row("a file for a commit", lambda root: (
    repository(root / "ana"), "HEAD:exercises/sinmagia/optim.py"), "no_commit")  # fmt: skip
row("a repository without commits", unborn, "no_commit")
row(
    "a folder without git",
    lambda root: (write(root / "ana" / "sinmagia").parent, "HEAD"),
    "no_repository",
)
row("a commit of an archive", lambda root: (zipped(root / "ana.zip", members()), "HEAD"),
    "no_repository")  # fmt: skip
row("a commit without the package", lambda root: (repository(root / "ana", {"a": b""}), "HEAD"),
    "no_package")  # fmt: skip
