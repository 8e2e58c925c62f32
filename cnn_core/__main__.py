"""The command line: `cnn-lab --help`, or `python -m cnn_core --help` in a clone."""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # set before TensorFlow is imported: its notices are for developers

from cnn_core.cli import main


def run() -> None:
    """Runs the command line under the name it was started with."""
    is_module = Path(sys.argv[0]).name == "__main__.py"
    main(prog_name="python -m cnn_core" if is_module else "cnn-lab")


if __name__ == "__main__":
    run()
