"""The rules of the house that a machine can check."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from repartee.settings.keys import KEYS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "repartee"
SOURCES = sorted(PACKAGE.rglob("*.py"))

LONGEST_FILE = 400
LONGEST_FUNCTION = 40

# Names that say nothing of what is inside.
EMPTY_NAMES = {"utils", "util", "manager", "helper", "helpers", "base", "handler", "common", "misc"}

# Packages that share the name by which they are imported.
NAMESPACES = {"opentelemetry_sdk": "opentelemetry"}

# Modules that only declare data; what is declared is tested where it is used.
DECLARATIONS = {
    "engines/protocols.py",
    "protocol/prompt.py",
    "session/commands.py",
    "session/inputs.py",
    "telemetry/facts.py",
}

# Written by others, or not text of ours.
NOT_OURS = {"LICENSE", "silero_vad_16k.LICENSE.txt"}
GENERATED = {"node_modules", "__pycache__", "dist", "build"}

MACHINE_PATH = re.compile(r"(?<![\w.:/])/(work|root|home|tmp)/\w")
REGISTRY = re.compile(r"(pypi|pythonhosted|npmjs|debian|conda)\.(org|com|io)\b", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.fixture(params=SOURCES, ids=name_of)
def source(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def our_files() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part not in (".ci", ".gitignore") for part in parts)
        if path.is_file() and not hidden and not GENERATED & {*parts} and path.name not in NOT_OURS:
            yield path


def text_files() -> Iterator[tuple[Path, str]]:
    for path in our_files():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # sound, weights, pictures


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """Lines of signature and body, without the docstring and without decorators."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Everything inside `node` but what belongs to functions defined there."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Function | ast.Lambda | ast.ClassDef):
            yield child
            yield from own_nodes(child)


def held_across_a_yield(function: Function) -> list[str]:
    """The task groups and time limits that are open while an async generator yields.

    Whoever closes such a generator from another task leaves the group's tasks running.
    """
    marks = {ast.unparse(each).rpartition(".")[2] for each in function.decorator_list}
    if "asynccontextmanager" in marks:  # entered and left by one task, so it does no harm
        return []
    return [
        ast.unparse(item.context_expr)
        for block in own_nodes(function)
        if isinstance(block, ast.AsyncWith)
        and any(isinstance(node, ast.Yield) for node in own_nodes(block))
        for item in block.items
        if re.search(r"\b(TaskGroup|timeout|timeout_at)\b", ast.unparse(item.context_expr))
    ]


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def declared_packages() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    names = (re.match(r"[\w-]+", each) for group in groups for each in group)
    declared = {name[0].replace("-", "_") for name in names if name}
    return declared | {NAMESPACES[name] for name in declared & NAMESPACES.keys()}


def stock_clients() -> set[str]:
    """The packages that are found in the environments of stock clients only."""
    (override,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]
    return {module.partition(".")[0] for module in override["module"]}


def test_files_are_short(source: Path) -> None:
    assert len(source.read_text().splitlines()) <= LONGEST_FILE


def test_functions_are_short(source: Path) -> None:
    tree = ast.parse(source.read_text())
    long = {f.name: length(f) for f in functions(tree) if length(f) > LONGEST_FUNCTION}
    assert not long


def test_names_say_what_is_inside(source: Path) -> None:
    assert not EMPTY_NAMES & {*source.stem.split("_"), *source.relative_to(PACKAGE).parts}


def test_no_task_group_stays_open_across_a_yield(source: Path) -> None:
    held = {f.name: held_across_a_yield(f) for f in functions(ast.parse(source.read_text()))}
    assert not {name: found for name, found in held.items() if found}


def test_what_is_imported_is_declared_and_never_pickle(source: Path) -> None:
    found = set(imported(ast.parse(source.read_text())))
    assert not found & {"pickle", "cPickle", "dill", "shelve", "marshal"}
    assert found <= {"repartee", *sys.stdlib_module_names, *declared_packages()}


def test_what_the_tests_import_is_declared() -> None:
    own = {path.stem for path in (ROOT / "tests").iterdir()}
    known = {"repartee", *own, *sys.stdlib_module_names, *declared_packages()}
    ours = [each for each in (ROOT / "tests").rglob("*.py") if "node_modules" not in each.parts]
    for path in ours:
        more = stock_clients() if path.parent.name == "clients" else set()
        assert {*imported(ast.parse(path.read_text()))} <= known | more, path


def test_every_module_has_its_tests(source: Path) -> None:
    name = name_of(source)
    if source.name != "__init__.py" and name not in DECLARATIONS:
        assert (ROOT / "tests" / name).with_name(f"test_{source.name}").is_file()


def test_every_setting_is_obeyed_somewhere() -> None:
    readers = [path.read_text() for path in SOURCES if path.parent != PACKAGE / "settings"]
    for key in KEYS:
        assert any(re.search(rf"\.{key.partition('.')[2]}\b", text) for text in readers), key


def test_declarations_are_only_that() -> None:
    for name in DECLARATIONS:
        methods = [f.name for f in functions(ast.parse((PACKAGE / name).read_text())) if f.body[1:]]
        assert set(methods) <= {"__init__"}, name


def test_nothing_names_a_machine_or_a_registry() -> None:
    for path, text in text_files():
        assert not MACHINE_PATH.search(text), path
        assert not REGISTRY.search(text), path


def test_nothing_is_left_for_later() -> None:
    for path, text in text_files():
        assert not UNFINISHED.search(text), path


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("async def f():\n async with asyncio.TaskGroup():\n  yield 1", ["asyncio.TaskGroup()"]),
        ("async def f():\n async with a, timeout(1):\n  if a:\n   yield", ["timeout(1)"]),
        ("async def f():\n async with aclosing(a):\n  yield 1", []),
        ("async def f():\n async with timeout(1):\n  def g():\n   yield", []),
        ("@asynccontextmanager\nasync def f():\n async with TaskGroup():\n  yield", []),
    ],
)
def test_a_group_held_across_a_yield_is_seen(code: str, found: list[str]) -> None:
    (function, *_) = functions(ast.parse(code))
    assert held_across_a_yield(function) == found


def test_a_functions_length_leaves_its_docstring_out() -> None:
    (function,) = functions(ast.parse('def f(\n  a,\n):\n  """One.\n\n  Two.\n  """\n  return a'))
    assert length(function) == 4


def test_machine_paths_and_registries_are_seen() -> None:
    assert MACHINE_PATH.search("see " + "/" + "root/x")
    assert not MACHINE_PATH.search("docs/" + "work/x, https://h" + "/" + "work/x")
    assert REGISTRY.search("https://pypi" + ".org/simple")
