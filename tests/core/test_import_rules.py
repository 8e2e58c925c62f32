"""Import rules between packages, read from the sources and checked in fresh processes."""

import ast
import json
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import cnn_core

ROOT = Path(cnn_core.__file__).parents[1]
HEAVY = {"tensorflow", "keras", "sklearn", "ray"}
# Keras's callbacks, which only a process that trains imports, and the command line.
LOADS_KERAS_BY_DESIGN = {
    "cnn_core.training.callbacks",
    "cnn_core.training.steering",
    "cnn_core.training.multi_step",
    "cnn_core.training.layer_stats",
    "cnn_core.__main__",
}


# Each package may import only what stands before it. `docs/architecture.md` shows the same order.
CORE_ORDER = (
    *(
        "version",
        "errors",
        "extensions",
        "palette",
        "plain_text",
        "formats",
        "architecture",
        "data",
        "experiment",
        "runs",
        "training",
        "diagnosis",
        "inspection",
    ),
    *("execution", "evaluation", "comparison", "sweeps", "figures", "export", "learning", "notebook", "cli"),
)
UI_ORDER = (
    *("components", "streamlit_patches", "session", "text", "server", "shared", "results", "layers", "train", "design"),
    *("draw", "home", "runs", "compare", "learn", "routes", "router"),
)


def sources(*folders):
    """(path relative to the root, its syntax tree) of each Python file."""
    for folder in folders:
        start = ROOT / folder
        for path in [start] if start.is_file() else sorted(start.rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree):
    """Modules that a file imports anywhere, `from a import b` as both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written from the root"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(folders, *packages, besides=()):
    """Each file of these folders that imports one of these packages."""
    return [
        f"{path} imports {module}"
        for path, tree in sources(*folders)
        for module in imported(tree)
        if module.split(".")[0] in packages and str(path) not in besides
    ]


def run_python(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


REPORT_WHAT_IS_LOADED = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""

# It registers itself with the running server when it is imported, and there is none.
WITHOUT_THE_CANVAS = """
import sys, types
sys.modules["streamlit_drawable_canvas"] = types.SimpleNamespace(st_canvas=None)
"""


def module_name(path):
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def test_the_core_does_not_import_the_dashboard():
    assert importers(["cnn_core"], "streamlit", "streamlit_drawable_canvas", "ui", "pages", "app") == []


def test_ui_imports_no_page():
    assert importers(["ui"], "pages", "app") == []


def test_no_page_imports_a_page():
    assert importers(["pages"], "pages", "app") == []


def test_the_app_itself_imports_no_page():
    assert importers(["app.py"], "pages") == []


def test_only_ui_uses_the_session_state():
    touching = [
        f"{path}:{node.lineno}"
        for path, tree in sources("app.py", "pages", "cnn_core")
        for node in ast.walk(tree)
        if "session_state" in (getattr(node, "attr", None), getattr(node, "id", None), getattr(node, "name", None))
    ]
    assert touching == []


def test_only_the_canvas_adapter_imports_the_canvas_package():
    folders = ["app.py", "pages", "ui", "cnn_core"]
    assert importers(folders, "streamlit_drawable_canvas", besides=[str(Path("ui", "draw", "canvas.py"))]) == []


def test_worker_code_never_calls_streamlit():
    assert importers(["cnn_core/training", "cnn_core/runs"], "streamlit") == []


def test_importing_the_core_loads_no_heavy_package():
    modules = {module_name(path) for path, _ in sources("cnn_core")} - LOADS_KERAS_BY_DESIGN
    assert "cnn_core.training.engine" in modules
    loaded = set(run_python(REPORT_WHAT_IS_LOADED, *sorted(modules)))
    assert loaded & (HEAVY | {"streamlit"}) == set()


def test_the_exceptions_are_necessary():
    loaded = set(run_python(REPORT_WHAT_IS_LOADED, "cnn_core.training.callbacks"))
    assert "keras" in loaded  # otherwise it belongs to the rule above


def at_import(tree):
    """Modules that a file imports when it is itself run or imported: not inside functions or for type checkers."""
    pending = list(tree.body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            pending += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        pending += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]


def is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def test_opening_a_page_loads_no_heavy_package():
    imports = {name for _, tree in sources("pages") for name in at_import(tree)}
    assert {name.split(".")[0] for name in imports} & HEAVY == set()
    modules = sorted(name for name in imports if name.split(".")[0] in ("ui", "cnn_core") and is_module(name))
    loaded = set(run_python(WITHOUT_THE_CANVAS + REPORT_WHAT_IS_LOADED, *modules))
    assert loaded & HEAVY == set()


def order_of(folder, tree_order):
    """{package: its place} for this folder's packages; files directly in it count as packages of their own."""
    found = {path.name.removesuffix(".py") for path in (ROOT / folder).iterdir() if holds_code(path)}
    assert found == set(tree_order), f"{folder}: add new packages to the order, where their imports point backward"
    return {f"{folder}.{name}": place for place, name in enumerate(tree_order)}


def holds_code(path):
    is_package = path.is_dir() and any(path.glob("*.py"))
    return is_package or (path.suffix == ".py" and not path.name.startswith("__"))


@pytest.mark.parametrize(("folder", "order"), [("cnn_core", CORE_ORDER), ("ui", UI_ORDER)])
def test_packages_import_only_packages_before_them(folder, order):
    places = order_of(folder, order)
    backward = [
        f"{path} imports {module}"
        for path, tree in sources(folder)
        for module in imported(tree)
        if (place := places.get(".".join(module.split(".")[:2]))) is not None
        and place > places.get(".".join(module_name(path).split(".")[:2]), len(places))
    ]
    assert backward == []


def test_no_module_inside_the_core_or_ui_imports_the_facade():
    """`cnn_core` itself gathers names for notebooks; inside the package each name is imported from its own module."""
    facade = [f"{path}" for path, tree in sources("cnn_core") for module in imported(tree) if module == "cnn_core"]
    assert facade == []


def file_imports():
    """{module: the modules of this repository that it imports}. `from package import module` names only the module."""
    trees = {module_name(path): tree for path, tree in sources("cnn_core", "ui", "pages", "app.py")}
    found = {}
    for name, tree in trees.items():
        from_imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names = {f"{node.module}.{alias.name}": node.module for node in from_imports for alias in node.names}
        found[name] = {full if full in trees else module for full, module in names.items()} & trees.keys()
    return found


def test_there_are_no_import_cycles_between_files():
    sorter = TopologicalSorter(file_imports())
    sorter.prepare()  # raises CycleError, which names the circle
    assert sorter.is_active()
