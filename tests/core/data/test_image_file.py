import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from cnn_core import centre_ink
from cnn_core.data.photo.image_file import read_ink, read_photo
from cnn_core.errors import ImageError


def draw(paper=255, ink=0, mode="L", size=(120, 90)):
    image = Image.new(mode, size, paper)
    pen = ImageDraw.Draw(image)
    pen.line([(40, 15), (70, 20), (50, 75)], fill=ink, width=9)
    pen.line([(40, 50), (80, 45)], fill=ink, width=9)
    return image


def encode(image, form="PNG", **options):
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def png_of_one_bit(width, height):
    """A valid PNG of white pixels; tiny on disk, whatever its size."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(1)
    row = b"\0" + b"\xff" * -(-width // 8)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


REFERENCE = read_ink(encode(draw()))


def assert_same_drawing(ink):
    assert np.abs(centre_ink(ink) - centre_ink(REFERENCE)).mean() < 0.01


def test_ink_is_1_on_strokes_and_0_on_paper():
    assert REFERENCE.dtype == np.float32
    assert REFERENCE.shape == (90, 120)
    assert REFERENCE[20, 69] == 1
    assert REFERENCE[0, 0] == REFERENCE[80, 100] == 0


@pytest.mark.parametrize(
    "content",
    [
        encode(draw(paper=0, ink=255)),
        encode(draw((0, 0, 0, 0), (0, 0, 0, 255), "RGBA")),
        encode(draw((255, 255, 255, 0), (255, 255, 255, 255), "RGBA")),
        encode(draw((0, 0), (200, 255), "LA")),
        encode(draw(0, 1, "P"), transparency=0),
        encode(draw((250, 240, 200), (20, 30, 120), "RGB")),
        encode(draw((255, 255, 255, 255), (0, 0, 0, 255), "RGBA")),
        encode(draw(1, 0, "1")),
        encode(draw().quantize(8)),
        encode(draw().convert("RGB").quantize(8)),
        encode(Image.fromarray(np.asarray(draw(), np.uint16) * 257)),
        encode(draw((0, 0, 0, 0), (0, 0, 0, 255), "CMYK"), "JPEG", quality=95),
        encode(draw(), "JPEG", quality=90),
        encode(draw(), "BMP"),
        encode(draw(), "TIFF"),
        encode(draw(), "GIF"),
        encode(draw().convert("RGB"), "WEBP", lossless=True),
        encode(draw(paper=60, ink=180)),
    ],
    ids=[
        *("light on dark", "black on a transparent sheet", "white on a transparent sheet", "grey with alpha"),
        *("palette with a transparent sheet", "coloured", "opaque alpha", "one bit", "grey palette", "colour palette"),
        *("16 bit", "CMYK JPEG", "JPEG", "BMP", "TIFF", "GIF", "WebP", "faint"),
    ],
)
def test_the_same_drawing_gives_the_same_ink_however_it_was_saved(content):
    assert_same_drawing(read_ink(content))


def test_exif_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # "rotate 90 degrees to see it upright"
    assert_same_drawing(read_ink(encode(draw().transpose(Image.Transpose.ROTATE_90), exif=exif)))


def test_a_large_scan_is_read_at_a_workable_size():
    ink = read_ink(encode(draw().resize((3600, 2700))))
    assert max(ink.shape) == 512
    assert_same_drawing(ink)


def test_a_file_is_read_by_its_path(tmp_path):
    path = tmp_path / "four.png"
    path.write_bytes(encode(draw()))
    assert np.array_equal(read_ink(path), REFERENCE)


def test_an_image_with_the_wrong_suffix_is_read_by_its_content(tmp_path):
    path = tmp_path / "four.txt"
    path.write_bytes(encode(draw()))
    assert np.array_equal(read_ink(path), REFERENCE)


@pytest.mark.parametrize(
    "image",
    [
        Image.new("L", (30, 30), 255),
        Image.new("L", (30, 30), 0),
        Image.new("RGBA", (30, 30), (0, 0, 0, 0)),
        Image.new("L", (1, 1), 128),
        Image.new("L", (1, 40), 0),
        Image.fromarray(np.zeros((5, 5), np.uint16)),
    ],
    ids=["all white", "all black", "all transparent", "1×1", "1×40", "16 bit"],
)
def test_a_uniform_image_is_blank(image):
    ink = read_ink(encode(image))
    assert ink.size
    assert not ink.any()
    assert not centre_ink(ink).any()


def test_paper_noise_is_not_ink():
    noisy = 250 - np.random.default_rng(0).integers(0, 12, (60, 60)).astype(np.uint8)
    assert not read_ink(encode(Image.fromarray(noisy))).any()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("nothing.png", b"", "is empty"),
        ("letter.png", b"Dear reader, this is a letter.\n" * 9, "is not a picture"),
        ("half.png", encode(draw())[:200], "is damaged"),
        ("half.jpg", encode(draw(), "JPEG")[:600], "is damaged"),
        ("huge.png", png_of_one_bit(30_000, 30_000), "larger than 50 million pixels"),
        ("large.png", png_of_one_bit(10_000, 5_001), "larger than 50 million pixels"),
    ],
)
def test_an_unreadable_image_is_an_error_with_its_name_and_reason(tmp_path, name, content, why):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImageError) as error:
        read_ink(path)
    assert str(error.value).startswith(name)
    assert why in str(error.value)


def test_an_image_of_50_million_pixels_is_read():
    assert not read_ink(png_of_one_bit(10_000, 5_000)).any()


def test_a_missing_file_is_an_error_with_its_name(tmp_path):
    with pytest.raises(ImageError, match=r"absent\.png can't be opened"):
        read_ink(tmp_path / "absent.png")


def test_a_folder_is_not_an_image(tmp_path):
    with pytest.raises(ImageError, match="can't be opened"):
        read_ink(tmp_path)


INTACT = {
    "PNG": encode(draw()),
    "PNG with exif": encode(draw(), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"),
    "palette PNG": encode(draw(0, 1, "P"), transparency=0),
    "JPEG": encode(draw(), "JPEG"),
    "GIF": encode(draw(), "GIF"),
    "BMP": encode(draw(), "BMP"),
    "TIFF": encode(draw(), "TIFF"),
    "WebP": encode(draw().convert("RGB"), "WEBP"),
}


@given(form=st.sampled_from(sorted(INTACT)), where=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_one_wrong_byte_gives_ink_or_an_error_message(form, where, byte):
    content = bytearray(INTACT[form])
    content[int(where * len(content))] = byte
    assert_ink_or_sentence(bytes(content))


@given(form=st.sampled_from(sorted(INTACT)), share=st.floats(0, 1))
def test_a_truncated_file_gives_ink_or_an_error_message(form, share):
    assert_ink_or_sentence(INTACT[form][: int(share * len(INTACT[form]))])


def test_a_photo_is_cropped_to_its_center_in_color():
    photo = Image.new("RGB", (300, 100), (255, 0, 0))
    photo.paste((0, 0, 255), (100, 0, 200, 100))
    pixels = read_photo(encode(photo), 32, 32)
    assert pixels.shape == (32, 32, 3)
    assert np.abs(pixels.astype(int) - (0, 0, 255)).max() <= 20  # at the edges a little of what was beside it


def test_a_file_that_is_not_a_photo_is_an_error_message():
    with pytest.raises(ImageError, match="PNG or JPEG"):
        read_photo(b"no picture", 32, 32)


def assert_ink_or_sentence(content):
    try:
        ink = read_ink(content)
    except ImageError:
        return
    assert np.isfinite(ink).all()
    assert ink.min() >= 0
    assert ink.max() <= 1
