"""A picture as a network takes it: made from one original, never larger, never cropped."""

import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from PIL import Image, ImageOps

from channels.photo import PhotoRefused, opened
from registry.model import Network

MB = 1_000_000
_WHITE = (255, 255, 255)
_QUALITIES = (88, 80, 70, 60)
_SMALLER = 0.8
"""By so much the sides shrink where no quality is light enough."""
#: What a file may say of itself beside its points, without telling anything about where it is from.
_HARMLESS = frozenset(
    {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "dpi",
        "progressive",
        "progression",
        "gamma",
        "srgb",
        "transparency",
        "interlace",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRule:
    """What a network takes. Sides in pixels, `heaviest` in bytes, ratios as width by height.

    `fetched`: the network fetches the picture itself, from an address that anybody can open.
    """

    heaviest: int
    longest_side: int = 4096
    most_pixels: int = 16_000_000
    widths: tuple[int, int] = (1, 4096)
    ratios: tuple[float, float] = (0.001, 1000)
    kinds: frozenset[str] = frozenset({"JPEG", "PNG"})
    fetched: bool = False

    def takes(self, width: int, height: int) -> bool:
        """Whether a picture of this size fits, whatever it weighs."""
        return (
            max(width, height) <= self.longest_side
            and width * height <= self.most_pixels
            and self.widths[0] <= width <= self.widths[1]
            and self.ratios[0] <= width / height <= self.ratios[1]
        )


_META_WIDTHS = (320, 1440)

#: Networks that are not named take no pictures by a program, or any.
PICTURE_RULES: Mapping[Network, PictureRule] = MappingProxyType(
    {
        # docs.x.com, Media: images up to 5 MB
        Network.X: PictureRule(heaviest=5 * MB),
        # the lexicon app.bsky.embed.images: 1,000,000 bytes; its own apps shrink to 2000 pixels
        Network.BLUESKY: PictureRule(heaviest=1 * MB, longest_side=2000),
        # docs.joinmastodon.org, Posting: 16 MB, and 8.3 megapixels before the server shrinks it
        Network.MASTODON: PictureRule(heaviest=16 * MB, most_pixels=8_294_400),
        # Graph API, Page Photos: 10 MB; files above 4 MB fail at times
        Network.FACEBOOK: PictureRule(heaviest=4 * MB),
        # Instagram Platform, Media: JPEG, 8 MB, 320 to 1440 wide, 4:5 to 1.91:1
        Network.INSTAGRAM: PictureRule(
            heaviest=8 * MB,
            widths=_META_WIDTHS,
            ratios=(4 / 5, 1.91),
            kinds=frozenset({"JPEG"}),
            fetched=True,
        ),
        # Threads API, Media: JPEG or PNG (the center gives JPEG), 8 MB, 320 to 1440 wide, up to 10:1
        Network.THREADS: PictureRule(
            heaviest=8 * MB,
            widths=_META_WIDTHS,
            ratios=(0.1, 10),
            kinds=frozenset({"JPEG"}),
            fetched=True,
        ),
        # the host's own; PHP takes 2 MB where nobody changed it, WordPress shrinks above 2560 pixels
        Network.WORDPRESS: PictureRule(heaviest=2 * MB, longest_side=2560),
    }
)


def fitted(file: bytes, rule: PictureRule) -> bytes:
    """The picture within the rule: upright, without metadata, shrunk or padded with white.

    As it is where it fits already. A JPEG or PNG else; the first picture of several. Raises
    `PhotoRefused` for what is broken, too large to decode, or no picture.
    """
    image = opened(file)
    try:
        if _fits_already(file, image, rule):
            return file
        upright = _upright(image)
        return next(made for made in _tries(upright, image.format or "", rule))
    except PhotoRefused:
        raise
    except StopIteration as error:
        raise PhotoRefused("no size of the photo is light enough") from error
    except Exception as error:  # a decoder fed with a stranger's bytes fails in any way it likes
        raise PhotoRefused(f"the photo is broken: {type(error).__name__}") from error


def mime_of(file: bytes) -> str:
    """Which of the two kinds that `fitted` makes this is."""
    return "image/png" if file.startswith(b"\x89PNG") else "image/jpeg"


def _fits_already(file: bytes, image: Image.Image, rule: PictureRule) -> bool:
    told = set(image.info) - _HARMLESS
    same = image.format in rule.kinds and getattr(image, "n_frames", 1) == 1
    plain = image.mode in ("RGB", "RGBA", "L", "P")  # networks take a printer's colours for wrong
    if not same or not plain or told or len(file) > rule.heaviest or not rule.takes(*image.size):
        return False
    image.load()  # a broken one is refused here, not by the network
    return True


def _upright(image: Image.Image) -> Image.Image:
    turned = ImageOps.exif_transpose(image)
    return turned.convert("RGBA" if image.has_transparency_data else "RGB")


def _tries(image: Image.Image, was: str, rule: PictureRule) -> Iterator[bytes]:
    """What is light enough, the best first; nothing where no size is."""
    factor = _factor(image.size, rule)
    while True:
        size = _scaled(image.size, factor)
        shown = _laid_out(image.resize(size, Image.Resampling.LANCZOS), rule)
        for made in _encoded(shown, was, rule):
            if len(made) <= rule.heaviest:
                yield made
        if size == (1, 1):
            return
        factor *= _SMALLER


def _factor(size: tuple[int, int], rule: PictureRule) -> float:
    """By how much the sides shrink so that the padded picture fits; 1 where it does as it is."""
    if rule.takes(*_canvas(size, rule)):
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(24):
        middle = (low + high) / 2
        fits = rule.takes(*_canvas(_scaled(size, middle), rule))
        low, high = (middle, high) if fits else (low, middle)
    return low


def _scaled(size: tuple[int, int], factor: float) -> tuple[int, int]:
    return max(1, math.floor(size[0] * factor)), max(1, math.floor(size[1] * factor))


def _canvas(size: tuple[int, int], rule: PictureRule) -> tuple[int, int]:
    """What it is laid on: at least as wide as asked, in a ratio that is taken."""
    width, height = max(size[0], rule.widths[0]), size[1]
    least, most = rule.ratios
    if width / height < least:
        width = math.ceil(height * least)
    elif width / height > most:
        height = math.ceil(width / most)
    return width, height


def _laid_out(image: Image.Image, rule: PictureRule) -> Image.Image:
    """A new image, which holds nothing but the points, in the middle of white where it is padded."""
    size = _canvas(image.size, rule)
    clear = image.mode == "RGBA" and "PNG" in rule.kinds
    clean = Image.new("RGBA", size, (0, 0, 0, 0)) if clear else Image.new("RGB", size, _WHITE)
    corner = ((size[0] - image.width) // 2, (size[1] - image.height) // 2)
    clean.paste(image, corner, None if clear or image.mode == "RGB" else image)
    return clean


def _encoded(image: Image.Image, was: str, rule: PictureRule) -> Iterator[bytes]:
    """Drawings stay PNG where that is taken; whatever is too heavy so becomes a JPEG."""
    if "PNG" in rule.kinds and (was == "PNG" or image.mode == "RGBA"):
        yield _saved(image, "PNG", optimize=True)
    if "JPEG" in rule.kinds:
        flat = image
        if image.mode == "RGBA":
            flat = Image.new("RGB", image.size, _WHITE)
            flat.paste(image, (0, 0), image)
        for quality in _QUALITIES:
            yield _saved(flat, "JPEG", quality=quality, optimize=True)


def _saved(image: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()
