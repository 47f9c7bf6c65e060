"""Stubs: the solved package with each solution region replaced by what is to be done there."""

import ast
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.curriculum.exercises import EXERCISES, Exercise
from grader.curriculum.texts import Texts, catalogue
from grader.settings import SOLUTIONS, UsageError, load

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
WIDTH = 92


@dataclass(frozen=True)
class Region:
    """A solution region: its BEGIN and END lines, counted from 1, and the symbol it lies in."""

    begin: int
    end: int
    symbol: str | None


def regions(source: str, file: str) -> list[Region]:
    """Find the solution regions; one that is nested, unclosed, unopened or empty is an error."""
    found: list[Region] = []
    begin = None
    lines = source.splitlines()

    def fault(line: int, what: str) -> UsageError:
        return UsageError("region", file=file, line=line, what=what)

    for number, line in enumerate(lines, start=1):
        if line.strip() == BEGIN:
            if begin is not None:
                raise fault(number, "region_nested")
            begin = number
        elif line.strip() == END:
            if begin is None:
                raise fault(number, "region_unopened")
            if not any(map(str.strip, lines[begin : number - 1])):
                raise fault(begin, "region_empty")
            found.append(Region(begin, number, None))
            begin = None
        elif "BEGIN SOLUTION" in line or "END SOLUTION" in line:
            raise fault(number, "region_marker")
    if begin is not None:
        raise fault(begin, "region_unclosed")
    try:
        symbols = _symbols(source)
    except SyntaxError as error:
        raise fault(error.lineno or 1, "region_not_python") from error
    return [replace(region, symbol=_enclosing(region, symbols)) for region in found]


@dataclass(frozen=True)
class _Symbol:
    """A module, class or function: its qualified name, its lines, and its docstring's lines."""

    name: str
    first: int
    last: int
    docstring: tuple[int, int] | None


def _enclosing(region: Region, symbols: Sequence[_Symbol]) -> str | None:
    """Name the innermost symbol that a region begins in."""
    names = [symbol.name for symbol in symbols if symbol.first <= region.begin <= symbol.last]
    return names[-1] if names else None


def _outside(found: Sequence[Region], symbols: Sequence[_Symbol]) -> list[_Symbol]:
    """Leave out the symbols inside a solution, which no stub shows."""
    return [s for s in symbols if not any(region.begin < s.first < region.end for region in found)]


def _symbols(source: str) -> list[_Symbol]:
    """List a module and its classes and functions, outer before inner."""

    def walk(node: ast.AST, path: tuple[str, ...]) -> Iterator[_Symbol]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.ClassDef, ast.FunctionDef)):
                name = (*path, child.name)
                last = child.end_lineno or child.lineno
                yield _Symbol(".".join(name), child.lineno, last, _docstring(child))
                yield from walk(child, name)

    tree = ast.parse(source)
    return [_Symbol("module", 0, 0, _docstring(tree)), *walk(tree, ())]


def _docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> tuple[int, int] | None:
    if ast.get_docstring(node, clean=False) is None:
        return None
    return node.body[0].lineno, node.body[0].end_lineno or node.body[0].lineno


def stub(source: str, file: str, texts: Texts) -> str:
    """Write a solved file's stub: regions become a TODO, docstrings the language's own."""
    lines = source.splitlines()
    changes: list[tuple[int, int, list[str]]] = []
    found = regions(source, file)
    for region in found:
        here = [e for e in EXERCISES if (e.file, e.symbol) == (file, region.symbol)]
        if not here:
            raise UsageError("region", file=file, line=region.begin, what="region_homeless")
        indent = len(lines[region.begin - 1]) - len(lines[region.begin - 1].lstrip())
        changes.append((region.begin, region.end, _todo(here, indent, texts)))
    if texts.language != load().languages[0]:
        for symbol in _outside(found, _symbols(source)):
            key = f"docstrings.{file}.{symbol.name}"
            if symbol.docstring and key in texts:
                changes.append(
                    (*symbol.docstring, _quoted(texts[key], lines[symbol.docstring[0] - 1]))
                )
    for first, last, new in sorted(changes, reverse=True):
        lines[first - 1 : last] = new
    return "\n".join(lines) + "\n"


def _todo(exercises: Sequence[Exercise], indent: int, texts: Texts) -> list[str]:
    """Write the TODO of the exercises that share a region."""
    lines = []
    for exercise in exercises:
        todo = texts.say(
            "stub.todo",
            id=exercise.id,
            points=texts.points(exercise.points)
            + ("" if exercise.core else f", {texts['stub.extension']}"),
            do=texts[f"exercises.{exercise.id}.do"],
        )
        lines += _comment(todo, indent)
    _, *others = dict.fromkeys(exercise.anchor for exercise in exercises)
    lesson = ", #".join([exercises[0].lesson, *others])
    lines += _comment(texts.say("stub.read", lesson=lesson), indent)
    names = textwrap.wrap(" ".join(e.id for e in exercises), WIDTH - indent - 8)
    if len(names) == 1:
        lines.append(f'raise NotImplementedError("{names[0]}")')
    else:  # Python joins strings that stand side by side
        strings = [f'    "{part} "' for part in names[:-1]] + [f'    "{names[-1]}"']
        lines += ["raise NotImplementedError(", *strings, ")"]
    return [" " * indent + line for line in lines]


def _comment(text: str, indent: int) -> list[str]:
    """Write a text as a comment that leaves room for its indentation."""
    return textwrap.wrap(text, WIDTH - indent, initial_indent="# ", subsequent_indent="#   ",
                         break_long_words=False, break_on_hyphens=False)  # fmt: skip


def _quoted(text: str, line: str) -> list[str]:
    """Write a docstring at the indentation of `line`."""
    indent = " " * (len(line) - len(line.lstrip()))
    first, *rest = f'"""{text}'.splitlines()
    closing = [f'{indent}"""'] if rest else []
    lines = [indent + first, *(indent + line if line else "" for line in rest), *closing]
    return lines if rest else [f'{lines[0]}"""']


def docstrings() -> dict[str, str]:
    """Give every docstring of the solved package by its key: the source that others translate."""
    found = {}
    for path in sorted((SOLUTIONS / "sinmagia").rglob("*.py")):
        file, source = path.relative_to(SOLUTIONS / "sinmagia").as_posix(), path.read_text("utf-8")
        lines = source.splitlines()
        for symbol in _outside(regions(source, file), _symbols(source)):
            if symbol.docstring:
                first, last = symbol.docstring
                text = textwrap.dedent("\n".join(lines[first - 1 : last])).strip().strip('"')
                found[f"docstrings.{file}.{symbol.name}"] = text.strip("\n")
    return found


def stubs(language: str) -> dict[str, str]:
    """Write every file of the stub package, by its path inside `sinmagia/`."""
    return {file: _stub(file, language) for file in _files()}


def given() -> dict[str, set[bytes]]:
    """Give the files without anything to do: each one's bytes in every language."""
    versions: dict[str, set[bytes]] = {}
    for language in load().languages:
        for file in set(_files()) - {exercise.file for exercise in EXERCISES}:
            versions.setdefault(file, set()).add(_stub(file, language).encode())
    return versions


def _files() -> list[str]:
    """List the package's files by their paths inside `sinmagia/`."""
    root = SOLUTIONS / "sinmagia"
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*.py"))


def _stub(file: str, language: str) -> str:
    source = (SOLUTIONS / "sinmagia" / file).read_text("utf-8")
    return stub(source, file, catalogue(language))


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files, with the same bytes on every system; what is no longer made goes."""
    for old in folder.rglob("*.py") if folder.exists() else ():
        if old.relative_to(folder).as_posix() not in files:
            old.unlink()
    for file, text in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def stale(folder: Path, files: dict[str, str]) -> list[str]:
    """Name the files of a folder that are not as they would be written, bytes compared."""
    present = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.py")
    }
    wanted = {file: text.encode() for file, text in files.items()}
    return sorted(f for f in present.keys() | wanted.keys() if present.get(f) != wanted.get(f))
