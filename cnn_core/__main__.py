"""The command line: `python -m cnn_core --help`."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is loaded: its notices are not for users

from cnn_core.cli import main

if __name__ == "__main__":
    main(prog_name="python -m cnn_core")
