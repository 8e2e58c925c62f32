"""A link gives back the experiment it was made of, and whatever else stands in one raises `SpecError` only."""

import base64
import json
import random
import re
import zlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from random_networks import random_valid_network

from cnn_core import ArchitectureSpec, Experiment
from cnn_core.architecture.layers import Conv2D, Dense, Flatten
from cnn_core.errors import SpecError
from cnn_core.experiment.starters import STARTERS
from cnn_core.export import decode_link, encode_link

EXPERIMENT = Experiment(
    name="手写 <b>", architecture=ArchitectureSpec(layers=(Conv2D(filters=4, name="eyes"), Flatten(), Dense(units=10)))
)
LINK = encode_link(EXPERIMENT)


def pack(content):
    """A link around bytes, or around a value as JSON."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return "1." + base64.urlsafe_b64encode(zlib.compress(raw, 9)).decode().rstrip("=")


def refuses(text):
    with pytest.raises(SpecError) as refused:
        decode_link(text)
    message = str(refused.value)
    assert message.endswith(".")
    assert len(message) < 600
    return message


# ---- there and back


@pytest.mark.parametrize("name", STARTERS)
def test_a_starter_round_trips_through_a_link(name):
    assert decode_link(encode_link(STARTERS[name])) == STARTERS[name]


def random_experiment(rng):
    dataset, shape = rng.choice((("mnist", (28, 28, 1)), ("cifar10", (32, 32, 3)), ("digits", (28, 28, 1))))
    return Experiment.model_validate(
        {
            "name": rng.choice(("experiment", "网络", "a<b>&'\"\\", "\n\x00", "x" * 80)),
            "recipe": rng.choice((None, "R1")),
            "architecture": random_valid_network(rng, shape).model_dump() | {"name": rng.choice(("my-network", "é"))},
            "dataset": dataset,
            "training": {
                "optimizer": rng.choice(("adam", "rmsprop", "sgd")),
                "learning_rate": rng.choice((0.001, rng.uniform(1e-9, 10))),
                "loss": rng.choice(("categorical_crossentropy", "mse")),
                "batch_size": rng.randint(1, 8192),
                "epochs": rng.randint(1, 1000),
                "input_scaling": rng.choice(("unit", "raw")),
                "validation_split": rng.choice((0.0, rng.random())),
                "seed": rng.randint(0, 2**31 - 1),
            },
        }
    )


def test_random_experiments_round_trip_through_a_link():
    rng = random.Random(1)
    for _ in range(300):
        experiment = random_experiment(rng)
        link = encode_link(experiment)
        back = decode_link(link)
        assert back == experiment
        assert back.model_dump_json() == experiment.model_dump_json()
        assert re.fullmatch(r"1\.[A-Za-z0-9_-]+", link)


def test_the_largest_network_fits_into_a_link():
    conv = Conv2D(filters=1000, kernel_size=31, strides=15, padding="same", activation="leaky_relu", use_bias=False)
    layers = tuple(conv.model_copy(update={"name": f"{i:040}", "l2": i / 777}) for i in range(200))
    experiment = EXPERIMENT.model_copy(update={"architecture": ArchitectureSpec(layers=layers)})
    assert decode_link(encode_link(experiment)) == experiment


@pytest.mark.parametrize("name", STARTERS)
def test_the_link_of_a_starter_is_short_enough_for_any_browser(name):
    assert len(encode_link(STARTERS[name])) < 1_000


# ---- damaged


@pytest.mark.parametrize("link", [LINK, encode_link(STARTERS["small-resnet"])], ids=["small", "large"])
def test_a_truncated_link_is_rejected(link):
    for end in range(len(link)):
        refuses(link[:end])


def test_one_wrong_character_is_detected_or_harmless():
    for place in range(len(LINK)):
        for letter in "A_9":
            damaged = LINK[:place] + letter + LINK[place + 1 :]
            try:
                assert decode_link(damaged) == EXPERIMENT
            except SpecError:
                continue


@settings(max_examples=400)
@given(st.text(max_size=200))
@example("1.")
@example("²." + LINK[2:])
@example("1." + "é" * 20)
@example(LINK + "\n")
@example("\ud800")
@example("1.\ud800")
def test_any_text_raises_nothing_but_a_spec_error(text):
    refuses(text)


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_behind_a_good_beginning_raise_nothing_but_a_spec_error(content):
    refuses("1." + base64.urlsafe_b64encode(content).decode().rstrip("="))
    refuses(pack(content))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=300)
@given(JSON_VALUES)
def test_any_json_raises_nothing_but_a_spec_error(value):
    refuses(pack(value))


@settings(max_examples=300)
@given(st.sampled_from(["name", "recipe", "architecture", "dataset", "training", "version", "new"]), JSON_VALUES)
def test_any_field_of_an_experiment_may_be_wrong(field, value):
    data = EXPERIMENT.model_dump(mode="json") | {field: value}
    try:
        decode_link(pack(data))
    except SpecError:
        return
    assert field in ("name", "recipe", "dataset", "training", "version")


# ---- hostile


def test_a_zip_bomb_is_rejected_before_decompression():
    refuses(pack(b"[" + b" " * 300_000_000 + b"]"))


@pytest.mark.parametrize("depth", [200, 500, 900, 1_000, 5_000, 90_000])
@pytest.mark.parametrize("around", ["[]", "{}"])
def test_deep_nesting_is_rejected(depth, around):
    opening, closing = ("[", "]") if around == "[]" else ('{"a":', "}")
    nested = opening * depth + "1" + closing * depth
    refuses(pack(nested[:199_000].encode()))
    for place in ('{"architecture": %s}', '{"name": %s}', '{"architecture": {"layers": %s}}', '{"more": %s}'):
        content = (place % nested).encode()
        if len(content) < 200_000:
            refuses(pack(content))


def test_very_long_numbers_are_rejected():
    for number in ("9" * 100_000, "1e999999", "NaN", "-Infinity"):
        for place in ('{"version": %s}', '{"architecture": {"layers": [{"kind": "Conv2D", "filters": %s}]}}', "%s"):
            refuses(pack((place % number).encode()))


def test_trailing_data_and_oversized_links_are_rejected():
    refuses(LINK + "A" * 10_000_000)
    refuses("A" * 10_000_000)
    refuses("9" * 10_000 + ".A")


def test_a_newer_version_error_recommends_an_update():
    for version in ("2", "10", "99999"):
        assert "newer version" in refuses(f"{version}.{LINK.partition('.')[2]}")


@pytest.mark.parametrize("version", ["", "-1", "1.0", "v1", "one", "²", "①", " 1"])
def test_a_missing_version_error_asks_for_the_complete_link(version):
    assert "again" in refuses(f"{version}.{LINK.partition('.')[2]}")


def test_a_link_with_a_newer_experiment_is_rejected():
    assert "version" in refuses(pack(EXPERIMENT.model_dump(mode="json") | {"version": 99}))
