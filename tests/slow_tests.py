"""Which tests are slow: those in `slow_tests.txt`, and all that drive a browser.

`pytest -m "not slow"` leaves them out. `python tests/slow_tests.py FILE` updates the list from a full run with
`--junitxml=FILE`:
every test function of which a case took more than `LIMIT_S`.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree

LIST = Path(__file__).with_name("slow_tests.txt")
LIMIT_S = 0.4


def read_slow_tests():
    """Names as pytest has them, without parameters: tests/core/runs/test_store.py::test_…"""
    return frozenset(LIST.read_text(encoding="utf-8").split())


def is_slow(nodeid, slow):
    return nodeid.startswith("tests/browser/") or nodeid.partition("[")[0] in slow


def list_slow_tests(report):
    """The names of a report in JUnit's format, sorted."""
    found = set()
    for case in ElementTree.parse(report).iter("testcase"):
        file = case.get("classname").replace(".", "/") + ".py"
        if float(case.get("time")) > LIMIT_S and not file.startswith("tests/browser/"):
            found.add(f"{file}::{case.get('name').partition('[')[0]}")
    return sorted(found)


if __name__ == "__main__":
    LIST.write_text("\n".join(list_slow_tests(sys.argv[1])) + "\n", encoding="utf-8")
