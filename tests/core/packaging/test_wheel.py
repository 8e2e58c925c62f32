"""The wheel holds the package and the dashboard, and works in a folder of its own."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

import cnn_core

ROOT = Path(cnn_core.__file__).parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy of the tracked files, so that nothing is left in the repository."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "docs/pictures/")):
            copy = source / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(target)]
    subprocess.run([*command, str(source)], check=True)
    return next(target.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder with the installed packages; run(arguments, cwd) runs `cnn-lab` from it, away from the clone."""
    site, elsewhere = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("elsewhere")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(command, check=True)
    variables = {"PYTHONPATH": str(site), "KERAS_HOME": str(elsewhere), "PATH": os.environ["PATH"]}

    def start(*arguments, **options):
        command = [sys.executable, str(site / "bin" / "cnn-lab"), *arguments]
        return subprocess.Popen(command, cwd=elsewhere, env=variables, text=True, **options)

    start.folder = elsewhere
    start.site = site
    return start


def run(installed, *arguments):
    process = installed(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return output


def test_the_wheel_holds_every_file_that_the_app_reads(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    expected = {
        name if name.startswith("cnn_core/") else f"cnn_lab_app/{name}"
        for name in tracked.stdout.splitlines()
        if re.match(r"cnn_core/|ui/|pages/|app\.py$|\.streamlit/config\.toml$", name) and not name.endswith(".po")
    }
    installed = {name for name in names if ".dist-info/" not in name}
    assert installed == {name for name in expected if (ROOT / name.removeprefix("cnn_lab_app/")).is_file()}


def test_doctor_finds_everything_and_names_the_installed_copy(installed):
    assert f"in {installed.site}" in run(installed, "doctor")


def test_a_recipe_is_trained_and_listed(installed):
    trained = json.loads(run(installed, "train", "R5", "--dataset", "digits", "--epochs", "1", "--json"))
    assert 0.1 < trained["test_accuracy"] <= 1
    assert (installed.folder / "runs").is_dir()


def test_the_dashboard_answers_and_its_pages_are_there(installed):
    port = free_port()
    process = installed("app", "--port", str(port), "--headless", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert "<title>" in read(f"http://localhost:{port}/design", process)
        assert read(f"http://localhost:{port}/_stcore/health", process) == "ok"
    finally:
        process.terminate()
        process.wait()


def test_a_port_in_use_is_one_sentence(installed):
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = installed("app", "--port", str(port), "--headless", stderr=subprocess.PIPE)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.startswith(f"Error: Port {port} on localhost is in use")


def free_port():
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def read(address, process):
    """The page's text, once the server is up."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server has stopped")
