"""Submissions as students hand them in, to be spoilt: folders, archives and git repositories."""

import io
import os
import subprocess
import tarfile
import zipfile

NAMES = ("tensors.py", "ops/linear.py", "optim.py")
FILES = {name: f"# {name}, año 2026\n".encode() for name in NAMES}


def write(root, files=FILES):
    """Write files by their path below a folder; give the folder."""
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def members(files=FILES, prefix="sinmagia/"):
    """Give files as the members of an archive: pairs, so that a name can come twice."""
    return [(f"{prefix}{name}", data) for name, data in files.items()]


def zipped(path, found, method=zipfile.ZIP_DEFLATED):
    """Write a zip of pairs; a ZipInfo may stand for a name."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in found:
            archive.writestr(name, data)
    return path


def tarred(path, found, mode="w", style=tarfile.PAX_FORMAT):
    """Write a tar of pairs; a TarInfo may stand for a name."""
    with tarfile.open(path, mode, format=style) as archive:
        for name, data in found:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ana"), ("EMAIL", "ana@example.org"), ("DATE", "1700000000 +0000"))
}
ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def git(folder, *words, data=None, code=0, **popen):
    """Run plain git, as a person would; give what it wrote, without the line end."""
    done = subprocess.run(["git", "-c", "init.defaultBranch=main", *map(str, words)], cwd=folder,
                          input=data, env={**os.environ, **IDENTITY, **ALONE}, check=False,
                          timeout=30, **({"capture_output": True} | popen))  # fmt: skip
    assert code is None or done.returncode == code, done.stderr
    return (done.stdout or b"").decode(errors="replace").strip()


def repository(root, files=None):
    """Make a checkout with one commit."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init")
    write(root, dict(members(prefix="exercises/sinmagia/")) if files is None else files)
    git(root, "add", "--all")
    git(root, "commit", "-m", "first", "--allow-empty")
    return root


def blob(root, data):
    """Put a file into a repository's objects."""
    return git(root, "hash-object", "-w", "--stdin", data=data)


def tree(root, *entries):
    """Forge a folder in a repository's objects, of modes, names and hashes."""
    data = b"".join(mode.encode() + b" " + os.fsencode(name) + b"\0" + bytes.fromhex(sha)
                    for mode, name, sha in entries)  # fmt: skip
    return git(root, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=data)


def forged(root, spoil):
    """Make a repository whose package is the good one as `spoil` changes its list of entries."""
    root.mkdir()
    git(root, "init")
    shas = {name: blob(root, data) for name, data in FILES.items()}
    ops = tree(root, ("100644", "linear.py", shas["ops/linear.py"]))
    entries = [("40000", "ops", ops)]
    entries += [("100644", name, shas[name]) for name in ("optim.py", "tensors.py")]
    package = tree(root, *spoil(root, entries))
    commit = git(root, "commit-tree", tree(root, ("40000", "sinmagia", package)), "-m", "forged")
    git(root, "update-ref", "refs/heads/main", commit)
    return root
