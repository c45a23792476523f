"""Street width from façade to façade, and the best known width beside it.

``facade_width_m`` is what a planner reads off a section: the clear distance between the façades.
``width_m`` is the best of all that is known of the street (`taobaogis.form.ladder`), which may
be the carriageway, a strip in the middle of it; ``width_source`` says which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from taobaogis.form.ladder import width_ladder
from taobaogis.form.profile import street_profile
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.weighted import group_quantiles

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["street_widths", "summarise_profile"]

_QUANTILES = {"facade_width_m": 0.5, "width_min_m": 0.0, "width_p10_m": 0.1, "width_p90_m": 0.9}


def street_widths(
    streets: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    sight_line_m: float = 25.0,
    spacing_m: float = 2.0,
    shift_m: float = 5.0,
    profile: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Façade-to-façade width along each street, each side judged by itself.

    A side without building is open: it has no width, and none is made up. See
    `taobaogis.form.profile` for how misplaced lines, crossings and gaps are dealt with.

    Parameters
    ----------
    streets
        LineStrings or MultiLineStrings in a metric CRS, maybe with the columns that
        `taobaogis.form.ladder.width_ladder` reads.
    buildings
        Valid footprints in the CRS of `streets`.
    sight_line_m
        How far from the line a façade may be before the side counts as open, in metres.
    spacing_m
        Longest distance between two measurements, in metres; façade ends are found exactly.
    shift_m
        How far into a building a misplaced street may run, in metres.
    profile
        From `taobaogis.form.profile.street_profile` for the same layers, if at hand; the
        distances above do not count then.

    Returns
    -------
    widths
        On the index of `streets`.

        ========================================  ===========================================
        facade_width_m                            median over the length built on both sides;
                                                  NaN if there is no such length
        width_min_m, width_p10_m, width_p90_m     least, tenth and ninetieth percentile of the
                                                  same; else NaN
        open_share                                share of the length with no façade on at
                                                  least one side, 0 to 1
        left_open_share, right_open_share         the same for one side, seen along the line
        covered_share                             share of the length inside buildings; the
                                                  other shares leave it out
        built_length_m                            length built on both sides
        n_samples                                 measurements
        width_m, width_low_m, width_high_m        best known width and its bounds
        width_source, width_grade                 where it comes from, how far it can be relied
                                                  on; as `taobaogis.form.ladder.width_ladder`
        ========================================  ===========================================

        If `buildings` is empty nothing can be said of openness either, and all shares are
        NaN. A street without length has NaN and 0 samples.

    Raises
    ------
    CRSError
        If the layers are not in one CRS in metres.
    SchemaError
        If `streets` holds anything but lines.
    InputError
        If a distance is not above 0.

    References
    ----------
    Araldi and Fusco 2019, From the street to the metropolitan region: pedestrian perspective
    in urban fabric analysis, Environment and Planning B 46(7), for the street section by rays
    on both sides.

    Examples
    --------
    Two rows of houses 3 m apart, the second half of the north side not built:

    >>> import geopandas as gpd
    >>> from shapely import LineString, box
    >>> street = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (20, 0)])], crs=4547)
    >>> houses = gpd.GeoSeries([box(0, -11, 20, -1), box(0, 2, 10, 12)], crs=4547)
    >>> street_widths(street, houses)[["facade_width_m", "left_open_share", "right_open_share"]]
       facade_width_m  left_open_share  right_open_share
    0             3.0              0.5               0.0
    """
    if profile is None:
        profile = street_profile(
            streets, buildings, sight_line_m=sight_line_m, spacing_m=spacing_m, shift_m=shift_m
        )
    widths = summarise_profile(profile, streets.index)
    if shapely.is_missing(geometries(buildings)).all():
        shares = ["open_share", "left_open_share", "right_open_share", "covered_share"]
        widths[shares] = np.nan
    ladder = width_ladder(streets, widths["facade_width_m"])
    return pd.concat([ladder, widths], axis=1)


def summarise_profile(profile: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """Widths and shares of each street from its pieces.

    Parameters
    ----------
    profile
        From `taobaogis.form.profile.street_profile`.
    index
        Labels of the streets, each once; those without pieces have NaN.

    Returns
    -------
    widths
        As `street_widths`, without the best known width.
    """
    group = index.get_indexer(pd.Index(profile["street"]))
    length = profile["length_m"].to_numpy()
    width = profile["width_m"].to_numpy()
    built = np.isfinite(width)
    quantiles = group_quantiles(
        width[built], length[built], group[built],
        count=len(index), probabilities=list(_QUANTILES.values()),
    )  # fmt: skip

    def total(chosen: np.ndarray) -> np.ndarray:
        return np.bincount(group[chosen], weights=length[chosen], minlength=len(index))

    covered = profile["covered"].to_numpy()
    left, right = np.isinf(profile["left_m"].to_numpy()), np.isinf(profile["right_m"].to_numpy())
    seen, whole = total(~covered), total(np.ones(len(profile), dtype=bool))
    seen, whole = np.where(seen > 0, seen, np.nan), np.where(whole > 0, whole, np.nan)
    columns = dict(zip(_QUANTILES, quantiles.T, strict=True)) | {
        "open_share": total(left | right) / seen,
        "left_open_share": total(left) / seen,
        "right_open_share": total(right) / seen,
        "covered_share": total(covered) / whole,
        "built_length_m": total(built),
        "n_samples": np.bincount(group, minlength=len(index)),
    }
    return pd.DataFrame(columns, index=index)
