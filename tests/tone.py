"""The rules of tone for what a student reads: short, never belittling, and never the solution."""

import re

from grader.settings import SOLUTIONS

MOST_WORDS = 45  # of a hint, or of a sentence about a failure with its values in it
MOST_WORDS_OF_A_TASK = 70  # which has to say all that is asked
NEVER = re.compile(
    r"\b(simplemente|obvi\w*|just|simply|eas(y|ier|iest|ily)|f[aá]cil\w*|trivial\w*|gráficos?"
    r"|ascendentes?)\b",
    re.IGNORECASE,
)
SHORT = len("grad, grad")  # a line of code so short gives nothing away
# What the contract names, so that a task may ask for it.
PUBLISHED = re.compile(r".* = ctx\.(saved_tensors|needs_input_grad)|node\.ctx\.free\(\)")


def faults(text, solution=(), most=MOST_WORDS):
    """Name what is wrong with a text, of which no line of a solution may be a part."""
    words = len(text.split())
    found = [f"{words} words"] if words > most else []
    found += [match[0] for match in NEVER.finditer(text)]
    return found + [line for line in solution if line in text]


def telling(source):
    """Give the lines of code that would tell a solution."""
    lines = [line.strip().removeprefix("return ") for line in source.splitlines()]
    return {line for line in lines if len(line) > SHORT and not PUBLISHED.fullmatch(line)}


def solution_lines():
    """Give the telling lines that stand inside the solution regions and nowhere else."""
    inside, outside = [], []
    for path in (SOLUTIONS / "sinmagia").rglob("*.py"):
        where = outside
        for line in map(str.strip, path.read_text("utf-8").splitlines()):
            if line in ("### BEGIN SOLUTION", "### END SOLUTION"):
                where = inside if line == "### BEGIN SOLUTION" else outside
            else:
                where.append(line)
    return telling("\n".join(inside)) - telling("\n".join(outside))
