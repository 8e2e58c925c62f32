"""The notebooks of `examples/`: clean, and all their cells run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cnn_core

ROOT = Path(cnn_core.__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
RUN_CELLS = """
import ast, json, sys
space = {}
for number, code in enumerate(json.load(sys.stdin)):
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, f"cell {number}", "exec"), space)
    if last:
        shown = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), space)
        assert shown is not None, code
"""


def read_cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def test_there_are_three_notebooks():
    assert [path.stem for path in NOTEBOOKS] == ["draw_and_attack", "look_inside", "train_and_compare"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_has_a_title_and_no_stored_outputs(path):
    cells = read_cells(path)
    assert "".join(cells[0]["source"]).startswith("# ")
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_all_cells_of_a_notebook_run_with_outputs(path, tmp_path):
    cells = ["".join(cell["source"]) for cell in read_cells(path) if cell["cell_type"] == "code"]
    environment = os.environ | {"CNN_LAB_RUNS_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", RUN_CELLS],
        input=json.dumps(cells),
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
