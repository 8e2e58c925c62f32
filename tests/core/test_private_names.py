"""Private names of other packages are used in a few places only, each with a check and a way to do without."""

import ast
from pathlib import Path

import cnn_core

ROOT = Path(cnn_core.__file__).parents[1]
# docs/decisions/0025 says what each uses and why.
ISOLATED = ("ui/streamlit_patches/", "cnn_core/training/global_state.py")


def trees():
    for folder in ("cnn_core", "ui", "pages"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def is_private(name):
    return name.startswith("_") and not name.startswith("__")


def own_names():
    """Private names that this repository defines: functions, classes, and attributes of `self` and of classes."""
    found = {"_asdict", "_replace", "_fields", "_exit"}  # public in the standard library
    for _, tree in trees():
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


def test_private_modules_of_other_packages_are_imported_in_isolated_places_only():
    private = ("keras.src", "tensorflow.python", "streamlit.runtime", "streamlit.proto")
    found = [
        f"{path}:{node.lineno} {node.module}"
        for path, tree in trees()
        if not path.startswith(ISOLATED)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(private)
    ]
    assert found == []
