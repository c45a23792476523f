"""Pictures small enough for a repository: few colours, no wider than a column of text."""

from __future__ import annotations

import io

from PIL import Image

__all__ = ["WIDTH_PX", "smaller"]

WIDTH_PX = 1000
_COLOURS = 256


def smaller(png: bytes, *, width_px: int = WIDTH_PX) -> bytes:
    """PNG at most so wide and of few colours; equal pictures give equal bytes."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    if image.width > width_px:
        high = round(image.height * width_px / image.width)
        image = image.resize((width_px, high), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    # A colour of few pixels is as much part of a map as the ground: a line of the legend.
    few = image.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(packed, "PNG", optimize=True)
    return packed.getvalue()
