import json
import shutil
import zipfile
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cnn_core import find_recipe, load_dataset
from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes


@pytest.fixture
def pictures(tmp_path):
    """Three images of digits as a person would save them: black on white, 280×280."""
    data = load_dataset("digits")
    paths = []
    for index in range(3):
        path = tmp_path / f"picture {index}.png"
        Image.fromarray(255 - data.x_test[index, ..., 0]).resize((280, 280)).save(path)
        paths.append(path)
    return paths


@pytest.fixture
def trained(digits_run):
    folder, _, _ = digits_run
    return ("--runs-dir", folder.path.parent, "--run", folder.id)


def test_json_has_one_object_for_each_file(run_command, pictures, trained):
    outcome = run_command("predict", *pictures, *trained, "--json")
    told = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert outcome.exit_code == 0
    assert [item["file"] for item in told] == [str(path) for path in pictures]
    for item in told:
        assert sum(item["probabilities"]) == pytest.approx(1, abs=1e-5)
        assert item["label"] == int(np.argmax(item["probabilities"]))


def test_predict_uses_the_handwriting_network_by_default(run_command, pictures):
    unnamed = run_command("predict", *pictures, "--json")
    assert unnamed.exit_code == 0
    assert unnamed.stdout == run_command("predict", *pictures, "--run", "handwriting", "--json").stdout


@pytest.mark.mnist
def test_the_bundled_r2_reads_pictures_of_mnist_digits_at_any_size_and_either_way_round(run_command, tmp_path):
    data = load_dataset("mnist")
    for index in range(20):
        picture = Image.fromarray(data.x_test[index, ..., 0] if index % 2 else 255 - data.x_test[index, ..., 0])
        picture.resize((40 * (index + 2),) * 2).save(tmp_path / f"{index:02}.png")
    told = run_command("predict", *sorted(tmp_path.iterdir()), "--json").stdout.splitlines()
    assert np.sum([json.loads(line)["label"] for line in told] == data.y_test[:20]) >= 19


def test_text_output_has_one_line_per_file_with_digit_and_probability(run_command, pictures, trained):
    lines = run_command("predict", *pictures, *trained).stdout.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(f"{pictures[0]}: ")
    assert lines[0].endswith("%)")


@pytest.mark.parametrize("content", [b"", b"no picture", None], ids=["empty", "text", "missing"])
def test_a_bad_file_is_reported_and_the_others_are_still_read(run_command, pictures, trained, tmp_path, content):
    bad = tmp_path / "bad.png"
    if content is not None:
        bad.write_bytes(content)
    outcome = run_command("predict", pictures[0], bad, pictures[1], *trained, "--json")
    assert outcome.exit_code == 1
    assert [json.loads(line)["file"] for line in outcome.stdout.splitlines()] == [str(p) for p in pictures[:2]]
    assert outcome.stderr.startswith("Error: ")
    assert "bad.png" in outcome.stderr


def test_a_blank_image_has_no_digit(refuses, tmp_path, trained):
    Image.new("L", (50, 50), 255).save(tmp_path / "blank.png")
    refuses("predict", tmp_path / "blank.png", *trained, words=["blank.png shows no ink"])


def test_an_unknown_run_is_an_error_that_lists_the_runs(refuses, pictures):
    refuses("predict", pictures[0], "--run", "nobody", words=["'nobody'", find_recipe("R2").id])


def test_predicting_with_a_run_without_a_model_is_an_error(refuses, pictures):
    refuses("predict", pictures[0], "--run", "R1", words=["two-conv-5x5", "no trained model"])


def test_predict_without_images_is_an_error(refuses):
    refuses("predict", words=["IMAGES"], code=2)


@pytest.fixture
def four_digits(tmp_path):
    """A sheet with 1 and 7 above 2 and 0."""
    ones = [draw_strokes(DIGIT_STROKES[digit]) for digit in (1, 7, 2, 0)]
    sheet = np.vstack([np.hstack(ones[:2]), np.hstack(ones[2:])])
    path = tmp_path / "sheet.png"
    Image.fromarray((255 - 255 * sheet).astype(np.uint8)).save(path)
    return path


def test_several_digits_are_a_string_and_a_list_with_boxes(run_command, four_digits):
    told = json.loads(run_command("predict", four_digits, "--run", "R2", "--json").stdout)
    assert told["label"] == "17\n20"
    assert [row["label"] for row in told["rows"]] == ["17", "20"]
    assert [digit["row"] for digit in told["digits"]] == [0, 0, 1, 1]
    assert "probabilities" not in told
    assert [digit["label"] for digit in told["digits"]] == [1, 7, 2, 0]
    for digit in told["digits"]:
        assert sum(digit["probabilities"]) == pytest.approx(1, abs=1e-5)
        assert all(0 <= place <= 1 for place in digit["box"])
    lefts_and_tops = [(round(digit["box"][0]), round(digit["box"][1])) for digit in told["digits"]]
    assert lefts_and_tops == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_text_output_of_several_digits_has_a_probability_for_each(run_command, four_digits):
    first, second = run_command("predict", four_digits, "--run", "R2").stdout.splitlines()
    assert first.startswith(f"{four_digits}: 17 (1 ")
    assert second.startswith(f"{four_digits}: 20 (2 ")
    assert (first.count("%"), second.count("%")) == (2, 2)


def test_help_documents_the_json_output(run_command):
    told = run_command("predict", "--help").stdout
    assert all(word in told for word in ("label", "probabilities", "digits", "box", "file"))


@pytest.mark.parametrize("damage", ["cut", "text", "no weights", "short weights", "no config"])
def test_a_damaged_model_is_reported_as_damaged_with_the_remedy(refuses, pictures, digits_run, tmp_path, damage):
    folder, _, _ = digits_run
    copy = shutil.copytree(folder.path, tmp_path / "runs" / folder.id)
    whole = folder.model_path.read_bytes()
    content = {"cut": whole[: len(whole) // 2], "text": b"no model"}.get(damage) or _rewrite(whole, damage)
    (copy / folder.model_path.name).write_bytes(content)
    refuses(
        "predict",
        pictures[0],
        "--run",
        folder.id,
        "--runs-dir",
        copy.parent,
        words=[folder.id, "its file is damaged", "Train it again."],
    )


def _rewrite(whole, damage):
    """The archive of a model with a member missing or shortened."""
    with zipfile.ZipFile(BytesIO(whole)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if damage == "short weights":
        members["model.weights.h5"] = members["model.weights.h5"][:200]
    else:
        del members["config.json" if damage == "no config" else "model.weights.h5"]
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()
