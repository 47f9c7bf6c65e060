"""The texts: one catalogue a language, `course/<lang>/catalogue/*.toml`, with equal keys."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from grader.settings import COURSE, UsageError


class Texts(Mapping[str, str]):
    """The texts of one language by dotted key; a list's items are numbered from 0."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.folder = COURSE / language / "catalogue"
        self._texts: dict[str, str] = {}
        for path in sorted(self.folder.glob("*.toml")):
            try:
                tables = tomllib.loads(path.read_text(encoding="utf-8"))
                prefix = () if path.stem != "docstrings" else ("docstrings",)
                self._texts.update(_flat(tables, prefix))
            except (ValueError, TypeError) as error:  # not UTF-8, not TOML, or not a text
                raise UsageError("settings_unreadable", file=path, reason=error) from error

    def __getitem__(self, key: str) -> str:
        return self._texts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def say(self, key: str, **values: object) -> str:
        """Give a text with its placeholders filled."""
        return self[key].format(**values)

    def error(self, error: UsageError) -> str:
        """Put a usage error into words; a value that names a text is that text."""
        values = {
            name: self.get(f"error.{value}", plain(value))
            if isinstance(value, str)
            else plain(str(value))
            for name, value in error.values.items()
        }
        return self.say(f"error.{error.key}", **values)

    def points(self, points: int) -> str:
        """Say a number of points."""
        return self.say("stub.points_one" if points == 1 else "stub.points_many", points=points)


def _flat(tables: Mapping[str, Any], prefix: tuple[str, ...]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, value in tables.items():
        path = (*prefix, name)
        if isinstance(value, Mapping):
            texts |= _flat(value, path)
        elif isinstance(value, list):
            texts |= {".".join((*path, str(i))): item for i, item in enumerate(value)}
        elif isinstance(value, str):
            texts[".".join(path)] = value.strip("\n")
        else:
            raise TypeError(f"{'.'.join(path)} is not a text")
    return texts


@cache
def catalogue(language: str) -> Texts:
    """Read a language's catalogue once."""
    return Texts(language)


def plain(text: str) -> str:
    """Take from text that a submission chose what a terminal, Markdown or a runner acts on."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return re.sub(r":(?=:)", ": ", text).replace("##[", "## [").replace("`", "'")


def placeholders(text: str) -> set[str]:
    """Name the placeholders of a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def fingerprint(text: str) -> str:
    """Tell versions of a text apart; a translation keeps the one of what it translates."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def translated(language: str) -> tuple[Path, dict[str, str]]:
    """Read which version of each source text a language translates: its file, and key to hash."""
    path = COURSE / language / "catalogue" / "translated.json"
    return path, json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def sign(language: str, sources: Mapping[str, str], keys: set[str]) -> None:
    """Note that a language's texts `keys` translate the sources as they are now."""
    path, known = translated(language)
    kept = {key: known[key] for key in sources if key in known}
    kept |= {key: fingerprint(sources[key]) for key in sources if key in keys}
    text = json.dumps(dict(sorted(kept.items())), indent=0, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")
