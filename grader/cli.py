"""The commands. They parse, call one room each, and print."""

import io
import signal
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.progress import track

from grader.curriculum.exercises import EXERCISE, EXERCISES, STAGES
from grader.curriculum.texts import Texts, catalogue
from grader.feedback.escaping import log
from grader.settings import STUBS, UsageError, load

UNUSABLE = 2
FAULTY = 1  # the grader itself failed: to be graded again


def _language(_: click.Context, __: click.Parameter, value: str | None) -> Texts:
    """Turn --lang into the texts of that language."""
    languages = load().languages
    if value is not None and value not in languages:
        error = UsageError("no_language", language=value, languages=", ".join(languages))
        _refuse(catalogue(load().language), error)
    return catalogue(value or load().language)


def _refuse(texts: Texts, error: UsageError) -> NoReturn:
    """Say in one sentence why something cannot be used, and end."""
    click.echo(log(texts.error(error)), err=True)
    sys.exit(UNUSABLE)


def _in_words(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --lang to a command; a usage error becomes one sentence and exit code 2."""

    @wraps(command)
    def run(texts: Texts, **options: Any) -> None:
        try:
            command(texts=texts, **options)
        except UsageError as error:
            _refuse(texts, error)
        except OSError as error:  # a disk that is full, a folder that may not be written
            if error.filename is None:
                raise
            _refuse(texts, UsageError("cannot_write", path=error.filename, reason=error.strerror))

    return click.option("--lang", "texts", callback=_language,
                        help="The language of what is written.")(run)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sin-magia")
def commands() -> None:
    """Grade submissions of the course sin magia, and make what its students get."""


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character gets a ?
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left in /tmp
    try:
        commands()
    except UsageError as error:  # the settings themselves, before any language is known
        _refuse(catalogue("en"), error)


@commands.command()
@click.argument("submission", type=click.Path(path_type=Path))
@click.option(
    "--commit", metavar="REV", help="Grade this commit of a git repository, as it is in git."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for results.json, summary.md.")
@click.option("--stage", type=int, help="Grade this stage only.")
@click.option("--isolation", type=click.Choice(["sandbox", "auto", "none"]), default="sandbox",
              help="Where it runs. A grade of record needs the sandbox; none is for a check of "
                   "your own, and auto takes the sandbox if there is one.")  # fmt: skip
@_in_words
def grade(
    texts: Texts,
    submission: Path,
    commit: str | None,
    out: Path | None,
    stage: int | None,
    isolation: str,
) -> None:
    """Grade SUBMISSION: a student repository, or a folder or archive with sinmagia/ in it.

    The files are graded as they lie there, or with --commit as that commit has them; nothing of the
    repository is run to read it. Archives: zip, tar, tar.gz, tar.bz2, tar.xz.
    """
    from grader.isolation import layers

    numbers = [s.number for s in STAGES]
    if stage is not None and stage not in numbers:
        raise UsageError("no_stage", stage=stage, stages=", ".join(map(str, numbers)))
    if out is not None:
        if out.exists() and not out.is_dir():
            raise UsageError("out_is_file", path=out)
        out.mkdir(parents=True, exist_ok=True)
    exercises = [e for e in EXERCISES if stage is None or e.stage == stage]
    with layers.proving(isolation, load().limits):  # which takes as long as all this
        from grader.grading import grade_taken, take
        from grader.release.stubs import given
        from grader.reports import results, summary, terminal

        taken = take(submission, commit, given())
    if isolation == "auto" and (reason := layers.fault(load().limits)):
        click.echo(texts.say("report.no_sandbox", reason=texts.error(reason)), err=True)
    console = Console()
    with terminal.progress(Console(stderr=True), len(exercises), texts) as progress:
        grading = grade_taken(taken, exercises, load(), isolation, progress)
    for exercise, fault in (grading.faults | grading.warnings).items():
        click.echo(log(f"grader: {exercise}: {type(fault).__name__}: {fault}"), err=True)
    result = results.document(grading, exercises, load(), texts)
    terminal.show(console, result, texts)
    if out is not None:
        results.write(out / "results.json", result)
        summary.write(out / "summary.md", result, texts)
        files = f"{out / 'results.json'}, {out / 'summary.md'}"
        click.echo(log(texts.say("report.written", files=files)))
    sys.exit(FAULTY if result["score"] is None else 0)


@commands.command()
@_in_words
def bank(texts: Texts) -> None:
    """Build the case bank ahead; what is damaged is built again, what is stale removed."""
    from grader.grading.bank import Bank

    cases = Bank(load())
    cases.settings.bank.mkdir(parents=True, exist_ok=True)
    built = [e.id for e in EXERCISES if not cases.path(e).exists()]
    count = 0
    console = Console(stderr=True)
    hidden = not console.is_terminal
    for exercise in track(EXERCISES, texts["bank.working"], console=console, transient=True,
                          disable=hidden):  # fmt: skip
        count += len(cases.cases(exercise))
    click.echo(texts.say("bank.whole", path=cases.folder, exercises=len(EXERCISES), cases=count))
    there = len(EXERCISES) - len(built) - len(cases.damaged)
    click.echo(texts.say("bank.built", built=len(built), there=there))
    if cases.damaged:
        click.echo(texts.say("bank.damaged", ids=", ".join(cases.damaged)))
    if stale := cases.remove_stale():
        click.echo(texts.say("bank.stale", count=stale))


@commands.command()
@click.argument("ids", nargs=-1, metavar="[EXERCISE]...")
@_in_words
def coverage(texts: Texts, ids: tuple[str, ...]) -> None:
    """Show what the cases of each EXERCISE reach, or of all: shapes, types, values, graphs."""
    from grader.grading.bank import Bank
    from grader.grading.coverage import reach
    from grader.reports import coverage as report

    if unknown := set(ids) - set(EXERCISE):
        raise UsageError("no_exercise", ids=", ".join(sorted(unknown)))
    cases = Bank(load())
    reached = {e.id: reach(cases.cases(e)) for e in EXERCISES if not ids or e.id in ids}
    Console(width=report.WIDTH).print(report.table(reached, texts))


@commands.command()
@click.argument("page", type=click.Path(path_type=Path, dir_okay=False))
@_in_words
def messages(texts: Texts, page: Path) -> None:
    """Write PAGE, in HTML: all that a student can be told, every language beside the others."""
    from grader.reports import files
    from grader.reports import messages as report

    files.write(page, report.page([catalogue(language) for language in load().languages]))
    click.echo(log(texts.say("report.written", files=page)))


@commands.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if a file is not as it would be.")
@_in_words
def stubs(texts: Texts, *, check: bool) -> None:
    """Write exercises/ from solutions/ and the texts."""
    from grader.release import stubs as making

    folder = STUBS / "sinmagia"
    files = making.stubs(texts.language)
    if check:
        if old := making.stale(folder, files):
            raise UsageError("stubs_stale", files=", ".join(old))
        click.echo(texts.say("stubs.current", path=folder, count=len(files)))
        return
    making.write(folder, files)
    click.echo(texts.say("stubs.written", path=folder, count=len(files)))


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path))
@_in_words
def release(texts: Texts, folder: Path) -> None:
    """Write the student repository into FOLDER: stubs, visible tests, lessons; no solutions."""
    from grader.release.student import release as write_release

    count = write_release(folder, texts)
    click.echo(texts.say("release.written", path=folder, count=count, lang=texts.language))


@commands.command()
@_in_words
def verify(texts: Texts) -> None:
    """Check every invariant of this repository."""
    from grader.verify import invariants

    broken = []
    for name, faults in invariants():
        broken.append(bool(faults))
        click.echo(f"{'✗' if faults else '✓'} {texts[f'verify.{name}']}")
        for fault in faults:
            click.echo(f"    {fault}")
    key = "verify.failed" if any(broken) else "verify.held"
    click.echo(texts.say(key, count=sum(broken), total=len(broken)))
    sys.exit(1 if any(broken) else 0)


@commands.command()
@click.argument("language", type=str)
@click.argument("keys", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Sign every text of the language.")
def sign(language: str, keys: tuple[str, ...], *, everything: bool) -> None:
    """Note that the texts KEYS of LANGUAGE translate their sources as these are now."""
    from grader.curriculum.texts import sign as write_signatures
    from grader.verify import sources

    if language not in load().languages[1:]:
        raise click.UsageError(f"{language!r} translates nothing: {load().languages[1:]}")
    known = sources(language)
    if unknown := [key for key in keys if key not in known]:
        raise click.UsageError(f"{language} has no text {', '.join(unknown)}")
    write_signatures(language, known, set(known) if everything else set(keys))


if __name__ == "__main__":
    main()
