"""Trains in processes that can be killed, without paying for TensorFlow's import each time.

Reads run folders from standard input, one a line; forks a process for each and prints its number. A number as input
waits for that process to end and prints how. `slow` makes writing to disk take long enough to be hit.
"""

import os
import sys
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow  # noqa: F401 (imported once, before any fork; nothing is computed in this process)

from cnn_core.runs.folder import RunFolder
from cnn_core.training import engine


def main():
    for line in sys.stdin:
        word = line.strip()
        if word.isdigit():
            _, status = os.waitpid(int(word), 0)
            answer(os.waitstatus_to_exitcode(status))
        else:
            child = os.fork()
            if not child:
                os._exit(train(Path(word)))
            answer(child)


def answer(number):
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def train(path):
    quick_fsync = os.fsync

    def slow_fsync(descriptor):
        quick_fsync(descriptor)
        time.sleep(0.15)

    if "slow" in sys.argv:
        os.fsync = slow_fsync
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        engine.train_run(RunFolder(path))
    except Exception:
        return 1
    return 0


if __name__ == "__main__":
    main()
