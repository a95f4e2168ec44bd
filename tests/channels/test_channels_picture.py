"""Whatever size and shape goes in, what comes out is within the network's rule."""

import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from channels.photo import PhotoRefused
from channels.picture import PICTURE_RULES, PictureRule, fitted, mime_of
from registry.model import Network
from tests.channels.channel_builders import a_picture

SIDES = st.integers(1, 500)
#: Every network's shape, in a size that is quickly made.
SMALL = {
    network: replace(
        rule,
        heaviest=12_000,
        longest_side=min(rule.longest_side, 300),
        most_pixels=60_000,
        widths=(rule.widths[0] // 8 or 1, min(rule.widths[1] // 8, 300)),
    )
    for network, rule in PICTURE_RULES.items()
}


def noise(kind: str, size: tuple[int, int], mode: str = "RGB") -> bytes:
    """The heaviest picture of its size."""
    out = io.BytesIO()
    image = Image.effect_noise(size, 90).convert(mode)
    image.save(out, kind)
    return out.getvalue()


def read(file: bytes) -> Image.Image:
    return Image.open(io.BytesIO(file))


@settings(deadline=None, max_examples=60)
@given(
    network=st.sampled_from(sorted(SMALL)),
    size=st.tuples(SIDES, SIDES),
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]),
    mode=st.sampled_from(["RGB", "RGBA", "L"]),
)
def test_what_comes_out_is_within_the_rule(
    network: Network, size: tuple[int, int], kind: str, mode: str
) -> None:
    rule = SMALL[network]
    made = fitted(noise(kind, size, "RGB" if kind == "JPEG" else mode), rule)
    image = read(made)
    assert len(made) <= rule.heaviest
    assert image.format in rule.kinds
    assert rule.takes(*image.size)
    assert fitted(made, rule) == made, "what fits stays as it is"


@pytest.mark.parametrize("network", sorted(PICTURE_RULES))
def test_each_networks_own_rule_holds_for_a_large_photo(network: Network) -> None:
    rule = PICTURE_RULES[network]
    made = read(fitted(a_picture(size=(4000, 3000)), rule))
    assert rule.takes(*made.size)
    assert made.width / made.height == pytest.approx(4 / 3, rel=0.01)
    assert made.width >= 1200


def test_it_is_padded_with_white_and_never_cropped_or_enlarged() -> None:
    rule = PICTURE_RULES[Network.INSTAGRAM]
    made = read(fitted(a_picture(size=(100, 700)), rule)).convert("RGB")
    assert made.size == (560, 700)
    assert made.getpixel((5, 5)) == (255, 255, 255)
    red = [x for x in range(560) if made.getpixel((x, 350))[1] < 100]  # type: ignore[index]  # three colours
    assert 98 <= len(red) <= 102


def test_it_is_turned_upright_and_says_nothing_of_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "at home"
    file = a_picture(size=(400, 200), exif=exif)
    made = read(fitted(file, PICTURE_RULES[Network.X]))
    assert made.size == (200, 400)
    assert not made.getexif()
    assert b"at home" not in fitted(file, PICTURE_RULES[Network.X])


def test_what_is_clear_becomes_white_where_only_jpeg_is_taken() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (400, 400), (0, 0, 0, 0)).save(out, "PNG")
    rule = PICTURE_RULES[Network.THREADS]
    made = fitted(out.getvalue(), rule)
    assert mime_of(made) == "image/jpeg"
    assert read(made).convert("RGB").getpixel((10, 10)) == (255, 255, 255)
    assert mime_of(fitted(out.getvalue(), PICTURE_RULES[Network.X])) == "image/png"


@pytest.mark.parametrize("file", [b"", b"no picture", a_picture()[:300], b"GIF89a" + b"\0" * 40])
def test_what_is_no_picture_is_refused(file: bytes) -> None:
    with pytest.raises(PhotoRefused):
        fitted(file, PICTURE_RULES[Network.X])


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(PhotoRefused, match="too many pixels"):
        fitted(a_picture("PNG", size=(9000, 9000)), PICTURE_RULES[Network.X])


def test_a_rule_that_nothing_can_meet_ends() -> None:
    with pytest.raises(PhotoRefused, match="light enough"):
        fitted(a_picture(), PictureRule(heaviest=10))
