"""Numbers with units as text."""

import math

import pytest

from cnn_core.formats import MISSING, format_digits, format_duration, format_percent


@pytest.mark.parametrize(
    ("share", "options", "expected"),
    [
        (0.9876, {}, "98.8 %"),
        (0.98765, {"decimals": 2}, "98.77 %"),
        (0.5, {"decimals": 0}, "50 %"),
        (0.012, {"signed": True}, "+1.2 %"),
        (-0.012, {"signed": True}, "-1.2 %"),
        (None, {}, MISSING),
        (math.nan, {}, MISSING),
    ],
)
def test_a_share_is_written_as_a_percentage(share, options, expected):
    assert format_percent(share, **options) == expected


@pytest.mark.parametrize(
    ("seconds", "plain", "with_tenths"),
    [
        (0.04, "0 s", "0.0 s"),
        (3.14, "3 s", "3.1 s"),
        (9.96, "10 s", "10 s"),
        (59.6, "1:00 min", "1:00 min"),
        (125, "2:05 min", "2:05 min"),
        (3725, "62:05 min", "62:05 min"),
    ],
)
def test_a_duration_has_minutes_from_sixty_seconds_on(seconds, plain, with_tenths):
    assert format_duration(seconds) == plain
    assert format_duration(seconds, tenths=True) == with_tenths


def test_significant_digits_are_kept_for_small_and_large_numbers():
    assert [format_digits(value) for value in (0.000123456, 12345.6, None)] == ["0.0001235", "1.235e+04", MISSING]
