"""Escaping: what a submission wrote, made mere text for each of its readers.

Everything of a student's goes through `plain` first, where it enters a result. That is enough for
a terminal, a workflow log and JSON; the other readers act on more, and have a function each.
"""

import re
from html import escape

MOST = 300  # characters of a name or a message
MOST_OF_A_LINE = 2_000

# Nothing is seen of these, yet Python calls them printable: joiners, fillers, variant selectors.
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
# What GitHub turns into a mention, a reference, a link, an emoji or a formula, by one character.
ALIVE = r"[@$]|#(?=\d)|(?<=GH)-(?=\d)|(?<=www)\.|:(?=//|[\w+-]+:)"
MARKDOWN = re.compile(rf"(?P<alive>{ALIVE})|(?P<mark>[\\`*_\[\]#|!~>])|[&<]", re.IGNORECASE)
# Also after a semicolon: where the comma is the decimal sign, spreadsheets split lines there.
WIDE = "\uff0b\uff0d\uff1d\uff20\ufe62\ufe63\ufe66\ufe6b"  # other forms of + - = @
FORMULA = re.compile(rf"(^|[;\t\r\n])(\s*)(?=[-+=@{WIDE}])")


def plain(text: str, most: int = MOST) -> str:
    """Take from a submission's text what a terminal, a log or our own backticks act on; clip it.

    A terminal acts on control characters, and on those that turn or hide text. GitHub's runner acts
    on `##[` anywhere, and on `::` where a line starts: that is anywhere too, for lines are wrapped.
    """
    text = UNSEEN.sub(" ", text[: most + 1])
    text = "".join(c if c.isprintable() else " " for c in text).replace("`", "'")
    text = re.sub(r":(?=:|$)", ": ", text).replace("##[", "## [")
    return text if len(text) <= most else f"{text[: most - 1]}…"


def log(text: str) -> str:
    """Write a line of ours with something of a submission in it, a path perhaps: backticks stay."""
    return "`".join(plain(part, MOST_OF_A_LINE) for part in text.split("`"))


def markdown(text: str) -> str:
    """Write a paragraph of GitHub's Markdown; what our sentences set in backticks stays code.

    GitHub looks for @names, #1, links, :emoji: and $formulas$ in the finished page, where no
    backslash is left; so the sign that starts one gets its own element, as its guide says of $.
    """
    parts = re.split(r"(`[^`]+`)", " ".join(text.split()))
    parts[::2] = [MARKDOWN.sub(_inert, part) for part in parts[::2]]
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", "".join(parts))


def _inert(match: re.Match[str]) -> str:
    if match["alive"]:
        return f"<span>{match[0]}</span>"
    return f"\\{match[0]}" if match["mark"] else escape(match[0])


def fenced(text: str, language: str = "") -> str:
    """Fence lines for Markdown with more backticks than they have in a row: none can close it."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def mermaid(text: str) -> str:
    """Write a label of a Mermaid flowchart, inside its quotes: what could be syntax as codes."""
    text = " ".join(plain(text).split())
    return re.sub(r"[^\w ,.()=-]|\b_|_\b|\.(?!\S)|-(?!\d)", lambda m: f"#{ord(m[0])};", text)


def html(text: str) -> str:
    """Write text or a quoted attribute of HTML; not an address, where `javascript:` is alive."""
    return escape(text, quote=True)


def cell(text: str) -> str:
    """Write a text into a CSV file: a spreadsheet would compute what starts as a formula does."""
    return FORMULA.sub(r"\1\2'", text)


def annotation(level: str, message: str, **properties: object) -> str:
    """Write a command to GitHub's runner on one line: `::error file=tensors.py,line=3::message`."""
    values = (f"{name}={_percent(str(value), ':,')}" for name, value in properties.items())
    return f"::{level} {','.join(values)}".rstrip() + f"::{_percent(message)}"


def _percent(text: str, also: str = "") -> str:
    return re.sub(rf"[%\r\n{also}]", lambda match: f"%{ord(match[0]):02X}", text)
