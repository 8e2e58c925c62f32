"""`pyproject.toml`, the requirements files and `doctor` name the same packages."""

import importlib
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import cnn_core

ROOT = Path(cnn_core.__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
FILES = {"requirements.txt": PROJECT["dependencies"]} | {f"requirements-{name}.txt": EXTRAS[name] for name in EXTRAS}
DOCTOR = importlib.import_module("cnn_core.cli.doctor")


def read_pins(file):
    """{package: version} of a requirements file; everything in it is pinned."""
    lines = [line.split("#")[0].strip() for line in (ROOT / file).read_text(encoding="utf-8").splitlines()]
    return {
        canonicalize_name(name): version
        for name, version in (line.split("==") for line in lines if line and not line.startswith("-r"))
    }


def read_ranges(requirements):
    """{package: its range} without the project's own extras."""
    parsed = [Requirement(text) for text in requirements]
    return {canonicalize_name(one.name): one.specifier for one in parsed if one.name != "cnn-lab"}


@pytest.mark.parametrize("file", FILES)
def test_a_requirements_file_pins_a_version_within_each_range(file):
    pins, ranges = read_pins(file), read_ranges(FILES[file])
    assert pins.keys() == ranges.keys()
    assert [name for name in pins if pins[name] not in ranges[name]] == []


def test_the_lock_holds_every_pin_with_hashes():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE))
    pins = read_pins("requirements.txt")
    assert {name: locked.get(name) for name in pins} == pins
    assert lock.count("--hash=sha256:") >= len(locked)
    assert "://" not in "".join(line for line in lock.splitlines() if not line.lstrip().startswith("#"))


def test_doctor_checks_every_dependency_and_names_every_extra():
    assert {canonicalize_name(name) for name in DOCTOR._PACKAGES} == read_ranges(PROJECT["dependencies"]).keys()
    optional = {extra: read_ranges(EXTRAS[extra]).keys() for extra in EXTRAS if extra != "dev"}
    assert {extra: {canonicalize_name(name)} for extra, (name, _) in DOCTOR._EXTRAS.items()} == optional


def test_the_python_range_excludes_versions_without_tensorflow():
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
