"""A picture of the campaign's own, made fit to be published: bytes in, clean bytes out.

    bytes -> what they are, by their content -> bounds -> upright, in sRGB, small -> new bytes

What comes out is drawn anew from the pixels, so that nothing of the file goes with it: no place,
no name, no camera, no preview, no script. Pillow does the drawing; it is an extra
(`pip install clipper[images]`).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from .errors import Refused

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 12_000_000
MOST_PIXELS = 50_000_000
WIDEST = 1_600
"""Pixels of the longer side of what is published."""

_QUALITY = 85
_SAVED = {"JPEG": "JPEG", "PNG": "PNG", "WEBP": "WEBP", "GIF": "PNG"}
_SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A clean picture: its bytes, and what they are by their usual ending (`jpg` …)."""

    body: bytes
    suffix: str


def draw(raw: bytes) -> Drawn:
    """The picture drawn anew. Refused, with the reason, for what is none that browsers show,
    is too large, damaged, or when Pillow is not there."""
    if len(raw) > MOST_BYTES:
        raise Refused(f"the image has more than {MOST_BYTES // 1_000_000} MB; make it smaller")
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise Refused(
            "images need Pillow, to take place and camera out of them: pip install clipper[images]"
        ) from None
    try:
        with Image.open(BytesIO(raw), formats=tuple(_SAVED)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Refused(
                    f"the image has {opened.width} x {opened.height} pixels; make it smaller"
                )
            return _drawn(opened, _SAVED[str(opened.format)])
    except UnidentifiedImageError:
        raise Refused("this is no JPEG, PNG, WebP or GIF image, whatever its name says") from None
    except Image.DecompressionBombError:
        raise Refused("the image has too many pixels; make it smaller") from None
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, struct.error) as error:
        raise Refused("the image is damaged, and can't be drawn") from error


def _drawn(opened: Image, kind: str) -> Drawn:
    from PIL import ImageOps

    profile: Any = opened.info.get("icc_profile")
    upright = ImageOps.exif_transpose(opened)
    clear = "transparency" in upright.info or upright.mode in ("RGBA", "LA", "PA")
    mode = "RGBA" if clear and kind != "JPEG" else "RGB"
    plain = _in_srgb(upright, profile, mode)
    plain.thumbnail((WIDEST, WIDEST))
    # What a file says beside its pixels is kept in `info`, and some of it is written back.
    plain.info.clear()
    out = BytesIO()
    plain.save(out, format=kind, **({} if kind == "PNG" else {"quality": _QUALITY}))
    return Drawn(body=out.getvalue(), suffix=_SUFFIXES[kind])


def _in_srgb(image: Image, profile: Any, mode: str) -> Image:
    """The image in the colours that a file without a profile has; as it is when its own profile
    can't be used."""
    from PIL import ImageCms

    if isinstance(profile, bytes) and image.mode == "RGB":
        try:
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            found = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"))
        except (ImageCms.PyCMSError, OSError, ValueError):
            return image.convert(mode)
        if found is not None:
            return found.convert(mode)
    return image.convert(mode)
