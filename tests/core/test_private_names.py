"""Private names of other packages are used in a few places only, each with a check and a way to do without."""

import ast
from pathlib import Path

import cnn_core

ROOT = Path(cnn_core.__file__).parents[1]
# docs/decisions/0025 says what each uses and why.
OWN = ("cnn_core", "ui", "pages")
ISOLATED = ("ui/streamlit_patches/", "cnn_core/training/global_state.py")


def trees():
    for folder in OWN:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def is_private(name):
    return name.startswith("_") and not name.startswith("__")


def own_names():
    """Private names that this repository defines: functions, classes, and attributes of `self` and of classes."""
    found = {"_asdict", "_replace", "_fields", "_exit"}  # public in the standard library
    for path, tree in trees():
        if path.startswith(ISOLATED):
            continue  # they set attributes of other packages' objects, also on what they call `self`
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found.add(node.name)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in [name for each in targets for name in ast.walk(each)]:
                    if isinstance(target, ast.Name):
                        found.add(target.id)
                    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                        found |= {target.attr} if target.value.id in ("self", "cls") else set()
    return found


def test_private_attributes_of_other_packages_are_used_in_isolated_places_only():
    known = own_names()
    found = [
        f"{path}:{node.lineno} {node.attr}"
        for path, tree in trees()
        if not path.startswith(ISOLATED)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in known
    ]
    assert found == []


def test_no_private_attribute_is_looked_up_by_a_string_elsewhere():
    known = own_names()
    found = [
        f"{path}:{node.lineno} {node.args[1].value}"
        for path, tree in trees()
        if not path.startswith(ISOLATED)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("getattr", "setattr", "hasattr", "delattr")
        and isinstance(node.args[1], ast.Constant)
        and is_private(node.args[1].value)
        and node.args[1].value not in known
    ]
    assert found == []


PRIVATE_MODULES = ("keras.src", "tensorflow.python", "streamlit.runtime", "streamlit.proto", "streamlit.navigation")


def imported(tree):
    """(line, dotted name) of everything that is imported, names inside a module included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def test_private_modules_of_other_packages_are_imported_in_isolated_places_only():
    found = [
        f"{path}:{line} {name}"
        for path, tree in trees()
        if not path.startswith(ISOLATED)
        for line, name in imported(tree)
        if name.startswith(PRIVATE_MODULES) or (is_private(name.split(".")[-1]) and not name.startswith(OWN))
    ]
    assert found == []


def test_the_scan_sees_every_form_of_import():
    tree = ast.parse("import keras.src.models\nfrom streamlit import runtime\nfrom optuna.study import _optimize")
    assert [name for _, name in imported(tree)] == [
        "keras.src.models",
        "streamlit.runtime",
        "optuna.study._optimize",
    ]
