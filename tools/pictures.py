"""Pictures small enough for a repository: few colours, no wider than a column of text."""

from __future__ import annotations

import io

from PIL import Image

__all__ = ["WIDTH_PX", "smaller"]

WIDTH_PX = 1000
_COLOURS = 96


def smaller(png: bytes, *, width_px: int = WIDTH_PX) -> bytes:
    """PNG at most so wide and of few colours; equal pictures give equal bytes."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    if image.width > width_px:
        high = round(image.height * width_px / image.width)
        image = image.resize((width_px, high), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    image.quantize(_COLOURS, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return packed.getvalue()
