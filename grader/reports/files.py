"""Reports as files: written whole, in the place of whatever lies there, and through no link."""

import secrets
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Write a file whole, or leave what was there; a link or a FIFO in its place is replaced.

    What is written on the way has a name that nobody could put anything under beforehand.
    """
    part = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with part.open("x", encoding="utf-8") as file:
            file.write(text)
        part.replace(path)
    except OSError as error:  # named after the file that somebody asked for
        part.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
