"""The list of packages in the wheel; everything else about it is in `pyproject.toml`.

The wheel installs two packages: `cnn_core`, and `cnn_lab_app` with `app.py`, `pages/` and `ui/` as they are in this
repository. The list is computed, so that a new folder cannot be forgotten.
"""

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py


class BuildWithoutSetup(build_py):
    """`cnn_lab_app` is this folder itself, of whose modules it takes `app.py` alone."""

    def find_package_modules(self, package, package_dir):
        found = super().find_package_modules(package, package_dir)
        return [module for module in found if (package, module[1]) != ("cnn_lab_app", "setup")]


UI = find_packages(include=["ui", "ui.*"])
FOLDERS = {"cnn_lab_app": ".", "cnn_lab_app.pages": "pages"} | {
    f"cnn_lab_app.{name}": name.replace(".", "/") for name in UI
}

setup(
    cmdclass={"build_py": BuildWithoutSetup},
    packages=[*find_packages(include=["cnn_core", "cnn_core.*"]), *FOLDERS],
    package_dir=FOLDERS,
    package_data={
        "cnn_core": ["py.typed", "runs/bundled/**/*", "learning/cards/*.toml", "data/photo/*.npz"],
        "cnn_lab_app": [".streamlit/config.toml"],
        "cnn_lab_app.ui": ["components/**/*", "text/*.toml", "text/*.json", "text/locales/**/*.mo"],
    },
    include_package_data=False,
)
