"""`grader release`: the student repository is whole, works as it is, and gives nothing away."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest

from grader.curriculum.exercises import EXERCISES
from grader.curriculum.texts import catalogue
from grader.release.stubs import regions, stubs
from grader.settings import COURSE, ROOT, SOLUTIONS, STUDENT_TESTS, load

LANGUAGES = load().languages
# As in every script.
IDIOM = {"losses = []", "optimizer.zero_grad()", "loss.backward()", "optimizer.step()"}
OUTCOMES = r"(\d+) (passed|failed|xfailed|xpassed|skipped|warnings?|errors?|deselected)"


def tree(folder):
    """Give a folder's files and their bytes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def texts(folder):
    """Give the files that are texts."""
    return {name: data.decode() for name, data in tree(folder).items() if name[-4:] != ".npz"}


def run_pytest(folder, *words):
    """Run the visible tests as a student does; give the exit code, the counts and the output."""
    done = subprocess.run([sys.executable, "-B", "-m", "pytest", *words], cwd=folder,
                          env={**os.environ, "PY_COLORS": "0"},
                          capture_output=True, encoding="utf-8", check=False)  # fmt: skip
    last = done.stdout.splitlines()[-1]
    return done.returncode, {name: int(n) for n, name in re.findall(OUTCOMES, last)}, done.stdout


@pytest.fixture(scope="module", params=LANGUAGES)
def student(request, release):
    """Release the student repository of a language, for reading only."""
    return request.param, release(request.param)


@pytest.fixture(scope="module")
def solved(release, tmp_path_factory):
    """Drop the solutions into a released repository."""
    folder = shutil.copytree(release("es"), tmp_path_factory.mktemp("solved") / "student")
    shutil.copytree(SOLUTIONS / "sinmagia", folder / "exercises" / "sinmagia", dirs_exist_ok=True)
    return folder


def test_a_release_holds_stubs_visible_tests_lessons_and_nothing_else(student):
    language, folder = student
    package = {f"exercises/sinmagia/{file}": text for file, text in stubs(language).items()}
    tests = {f"tests/{path.name}" for path in STUDENT_TESTS.glob("*.py")}
    lessons = {f"lessons/{path.name}" for path in (COURSE / language / "lessons").glob("*.md")}
    around = {"README.md", "LICENSE", "lessons/LICENSE", "pyproject.toml", ".gitignore",
              "capstone.py", "data/README.md", "data/digits.npz"}  # fmt: skip
    files = tree(folder)
    assert {*package, *tests, *lessons, *around} == files.keys()
    assert package == {file: files[file].decode() for file in package}
    assert len(lessons) == 6


@pytest.mark.parametrize("page", ["student/README.md", "lessons/3-backward.md"])
def test_its_readme_and_lessons_are_in_its_language(student, page):
    language, folder = student
    name = page.removeprefix("student/")
    assert (COURSE / language / page).read_text("utf-8") == (folder / name).read_text("utf-8")


def test_its_sentences_in_the_stubs_are_in_its_language(student):
    language, folder = student
    text = (folder / "exercises/sinmagia/optim.py").read_text("utf-8")
    words = " ".join(line.strip().lstrip("# ") for line in text.splitlines())
    assert catalogue(language)["exercises.sgd_step.do"] in words


def test_it_needs_numpy_pytest_and_hypothesis_only(student):
    _, folder = student
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    names = [re.match(r"\w+", needed)[0] for needed in project["dependencies"]]
    assert names == ["numpy", "pytest", "hypothesis"]
    imported = set()
    for path in (*folder.glob("tests/*.py"), *folder.glob("exercises/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            if isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(node.module.partition(".")[0])
    assert {*names, "sinmagia", "stand_ins"} == imported - sys.stdlib_module_names


def test_every_link_in_its_pages_leads_to_a_file_that_is_there(student):
    _, folder = student
    links = 0
    for page in folder.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
            if "://" not in target:
                links += 1
                assert (page.parent / target).is_file(), f"{page.name}: {target}"
    assert links >= 6


def test_the_command_of_every_exercise_s_feedback_selects_visible_tests(release):
    _, _, output = run_pytest(release("en"), "--collect-only", "-o", "addopts=")
    names = re.findall(r"<Function (test_\w+)", output)
    assert len(names) > 40
    assert not [e.id for e in EXERCISES if not any(e.id in name for name in names)]


def test_two_releases_are_the_same_bytes_with_the_same_newlines(student, grader, tmp_path):
    language, folder = student
    assert grader("release", tmp_path, "--lang", language).returncode == 0
    assert tree(folder) == tree(tmp_path)
    assert not [name for name, text in texts(tmp_path).items() if "\r" in text]


def test_no_line_of_a_solution_is_in_it(student, secret_lines):
    """The tests bring small pieces along, of one line or two; no whole solution is among them."""
    for name, text in texts(student[1]).items():
        lines = list(map(str.strip, text.splitlines()))
        assert "BEGIN SOLUTION" not in text, name
        if not name.startswith("tests/"):
            assert not (secret_lines - IDIOM) & set(lines), name
        whole = "\n".join(lines)
        assert not [body for body in solved_regions() if body in whole], name


def solved_regions():
    """Give the solutions of more than two lines, without their indentation."""
    for path in (SOLUTIONS / "sinmagia").rglob("*.py"):
        lines = path.read_text("utf-8").splitlines()
        for region in regions(path.read_text("utf-8"), path.name):
            body = list(map(str.strip, lines[region.begin : region.end - 1]))
            if len(body) > 2:
                yield "\n".join(body)


def test_nothing_of_the_grader_its_checks_or_its_seed_is_in_it(student):
    hidden = {
        line.strip()
        for path in (ROOT / "grader").rglob("*.py")
        if path.parent.name != "release"  # which holds the template of the pyproject
        for line in path.read_text("utf-8").splitlines()
        if len(line.strip()) > 30 and not line.startswith(("import ", "from "))
    }
    words = re.compile(rf"\b(from|import) grader|SINMAGIA_|course\.toml|{load().seed_id}")
    for name, text in texts(student[1]).items():
        assert not {"grader", "solutions", "checks", "catalogue"} & set(name.split("/"))
        assert not words.findall(text), name
        assert not hidden & set(map(str.strip, text.splitlines())), name


@pytest.mark.parametrize("kind", ["non-empty folder", "file"])
def test_a_place_that_is_taken_is_refused_and_left_as_it_was(grader, tmp_path, kind):
    path = tmp_path / "taken"
    if kind == "file":
        path.write_text("mine")
    else:
        path.mkdir()
        (path / "README.md").write_text("mine")
    before = tree(tmp_path)
    done = grader("release", path)
    assert done.returncode == 2
    assert not done.stdout
    assert len(done.stderr.splitlines()) == 1
    assert str(path) in done.stderr
    assert before == tree(tmp_path)


def test_an_empty_folder_and_one_that_does_not_exist_yet_are_filled_alike(grader, tmp_path):
    empty, new = tmp_path / "empty", tmp_path / "deep" / "new"
    empty.mkdir()
    for folder in (empty, new):
        assert grader("release", folder).returncode == 0
    assert tree(empty) == tree(new) != {}


def test_with_stubs_every_visible_test_is_pending_and_none_fails(student):
    code, counts, _ = run_pytest(student[1], "-p", "no:cacheprovider")
    assert {"xfailed"} == counts.keys()
    assert code == 0


def test_with_the_solutions_every_visible_test_passes_and_none_is_pending(solved, release):
    code, counts, _ = run_pytest(solved)
    _, pending, _ = run_pytest(release("es"))
    assert {"passed": pending["xfailed"]} == counts
    assert code == 0


def test_grading_a_release_as_it_is_gives_0_points_and_everything_pending(student, graded):
    result = graded(student[1], student[0]).result
    assert {"pending"} == {entry["state"] for entry in result["exercises"]}
    assert result["score"] == 0


def test_grading_a_release_with_the_solutions_gives_full_marks(solved, graded):
    result = graded(solved).result
    assert sum(exercise.points for exercise in EXERCISES) == result["score"]
    assert result["max_score"] == result["score"]
