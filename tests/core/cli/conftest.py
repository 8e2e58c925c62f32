import pytest
from click.testing import CliRunner

from cnn_core.cli import main


@pytest.fixture
def run_command():
    """Runs the command line in this process; an exception other than the end of the program is a failure."""

    def run(*arguments):
        outcome = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exc_info
        return outcome

    return run


@pytest.fixture
def refuses(run_command):
    """Runs a command that must be refused with a sentence holding these words, and returns the sentence."""

    def run(*arguments, words, code=1):
        outcome = run_command(*arguments)
        assert outcome.exit_code == code
        assert outcome.stdout == ""
        assert "Error: " in outcome.stderr
        assert "Traceback" not in outcome.stderr
        for word in words:
            assert word in outcome.stderr
        return outcome.stderr

    return run
