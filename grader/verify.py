"""Every invariant of this repository: a name, whose words are in the catalogues, and faults."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from grader.checks import of_stage
from grader.curriculum.exercises import EXERCISE, EXERCISES, STAGES
from grader.curriculum.misconceptions import misconceptions
from grader.curriculum.texts import catalogue, fingerprint, placeholders, translated
from grader.grading import grade_folder, staging
from grader.release import stubs
from grader.settings import COURSE, SOLUTIONS, STUBS, UsageError, load

Faults = list[str]


def invariants() -> Iterator[tuple[str, Faults]]:
    """Check the invariants one by one, cheap ones first."""
    checks: tuple[tuple[str, Callable[[], Faults]], ...] = (
        ("texts_complete", texts_complete),
        ("exercises_complete", exercises_complete),
        ("checks_used", checks_used),
        ("misconceptions_fit", misconceptions_fit),
        ("stubs_current", stubs_current),
        ("stubs_pending", partial(all_in_state, STUBS.parent, "pending")),
        ("solutions_pass", partial(all_in_state, SOLUTIONS, "passed")),
    )
    for name, check in checks:
        yield name, check()


def sources(language: str) -> dict[str, str]:
    """Give the texts that a language has to translate: the first language's, and the docstrings."""
    first = load().languages[0]
    docstrings = stubs.docstrings() if language != first else {}
    return {**catalogue(first), **docstrings}


def texts_complete() -> Faults:
    """Every language has every text, with its placeholders, and translates the source as it is."""
    faults = []
    first = load().languages[0]
    for language in load().languages[1:]:
        wanted, have = sources(language), catalogue(language)
        _, signed = translated(language)
        faults += [f"{language}: missing {key}" for key in wanted.keys() - have.keys()]
        faults += [f"{language}: {key} is not in {first}" for key in have.keys() - wanted.keys()]
        for key in wanted.keys() & have.keys():
            if not have[key].strip():
                faults.append(f"{language}: {key} is empty")
            if takes_values(key) and not same_placeholders(wanted[key], have[key]):
                faults.append(f"{language}: {key} has other placeholders than in {first}")
            if signed.get(key) != fingerprint(wanted[key]):
                faults.append(f"{language}: {key} translates an older text of {first}; "
                              f"revise it, then: grader sign {language} {key}")  # fmt: skip
    return sorted(faults)


def same_placeholders(one: str, other: str) -> bool:
    """Say whether two texts take the same values; one with a stray brace takes none that fit."""
    try:
        return placeholders(one) == placeholders(other)
    except ValueError:
        return False


def takes_values(key: str) -> bool:
    """Say whether a text is filled with values; those of exercises and docstrings are not."""
    return not key.startswith(("exercises.", "stages.", "docstrings."))


def exercises_complete() -> Faults:
    """Every exercise has points, a check, hints and a section of the lesson in every language."""
    faults = []
    for exercise in EXERCISES:
        if exercise.points < 1:
            faults.append(f"{exercise.id}: no points")
        if exercise.file not in STAGES[exercise.stage].files:
            faults.append(f"{exercise.id}: {exercise.file} is not of stage {exercise.stage}")
        earlier = {e.id for e in EXERCISES[: EXERCISES.index(exercise)]}
        faults += [f"{exercise.id}: needs {need}, which does not come before it"
                   for need in exercise.needs if need not in earlier]  # fmt: skip
        if not any(c.exercise == exercise.id for c in of_stage(STAGES[exercise.stage].name)):
            faults.append(f"{exercise.id}: no check")
        for language in load().languages:
            texts = catalogue(language)
            faults += [f"{language}: {exercise.id} has no {text}" for text in
                       ("title", "do", "hints.0", "hints.1", "hints.2")
                       if f"exercises.{exercise.id}.{text}" not in texts]  # fmt: skip
            file, _, anchor = exercise.lesson.partition("#")
            lesson = COURSE / language / file
            if not lesson.exists() or f'<a id="{anchor}"></a>' not in lesson.read_text("utf-8"):
                faults.append(f"{language}: {exercise.id}: no section {exercise.lesson}")
    return faults


def checks_used() -> Faults:
    """Every check is of an exercise of its own stage."""
    return [
        f"{check.exercise}: a check of stage {stage.name} for no exercise of it"
        for stage in STAGES
        for check in of_stage(stage.name)
        if check.exercise not in EXERCISE or EXERCISE[check.exercise].stage != stage.number
    ]


def misconceptions_fit() -> Faults:
    """Every misconception fits the reference as it is, and has a hint in every language."""
    faults = []
    for entry in misconceptions().values():
        if entry.hints.keys() != set(load().languages):
            faults.append(f"{entry.id}: hints in {', '.join(entry.hints) or 'no language'}, "
                          f"where they have to be in {', '.join(load().languages)}")  # fmt: skip
        try:
            compile(entry.spoil(staging.reference()[entry.file].decode()), entry.id, "exec")
        except (ValueError, SyntaxError) as error:
            faults.append(f"{entry.id}: {error}")
    return faults


def stubs_current() -> Faults:
    """`exercises/` is what the generator writes, byte for byte; every language can be written."""
    try:
        for language in load().languages:
            stubs.stubs(language)
        files = stubs.stubs(load().language)
    except UsageError as error:
        return [catalogue(load().language).error(error)]
    return stubs.stale(STUBS / "sinmagia", files)


def all_in_state(folder: Path, state: str) -> Faults:
    """Every exercise of a submission is in one state."""
    grading = grade_folder(folder, EXERCISES, load(), "auto")
    return [
        f"{name}: {attempt.state}, {grading.faults.get(name, attempt.mismatch)}"
        for name, attempt in grading.attempts.items()
        if attempt.state != state
    ]
