"""What is put right in every layer, whatever file it came from; each mend is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.loaders.columns import CALLED
from taobaogis.loaders.quotes import showable
from taobaogis.loaders.twins import without_twins
from taobaogis.schema import LAYERS

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    import geopandas as gpd

__all__ = ["mended"]

# Nothing on Earth is larger: 163 storeys and 828 m (Burj Khalifa), 26 lanes (Katy Freeway).
_LARGEST: Mapping[str, float] = {
    "levels_tag": 200.0,
    "height_tag_m": 1000.0,
    "width_tag_m": 300.0,
    "est_width_m": 300.0,
    "width_survey_m": 300.0,
    "lanes": 30.0,
}


def mended(layer: gpd.GeoDataFrame, kind: str, repairs: Counter[str]) -> gpd.GeoDataFrame:
    """Layer whose texts can be shown and whose numbers can be meant.

    Control characters, and marks that turn the direction of writing, become blanks. Storeys,
    heights, widths and lanes that are not above zero, or larger than any on Earth, become NaN.
    Of buildings that stand twice one stays (`taobaogis.loaders.twins`).

    Parameters
    ----------
    layer
        A frame that keeps its contract; it is altered in place.
    kind
        A key of `taobaogis.schema.LAYERS`.
    repairs
        Counts by what was done, in words; added to.

    Returns
    -------
    layer
        The same frame, or one without the buildings that stand twice, numbered anew.
    """
    for column, dtype in LAYERS[kind].columns.items():
        if dtype == "str":
            cleaned = {text: showable(text) for text in layer[column].unique().tolist()}
            altered = {text: clean for text, clean in cleaned.items() if clean != text}
            if altered:
                hit = layer[column].isin(list(altered))
                repairs["texts with control characters cleaned"] += int(hit.sum())
                layer[column] = layer[column].replace(altered)
        elif column in _LARGEST:
            values = layer[column]
            strange = values.notna() & ~((values > 0) & (values <= _LARGEST[column]))
            if strange.any():
                layer[column] = values.mask(strange)
                example = f"{values[strange].iloc[0]:g}"
                what = (
                    f"{CALLED[column]} that cannot be meant, such as {example}, taken for unknown"
                )
                repairs[what] += int(strange.sum())
    if kind != "buildings":
        return layer
    single = without_twins(layer)
    repairs["buildings that stand twice left out"] += len(layer) - len(single)
    return single.reset_index(drop=True)
