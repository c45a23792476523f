"""Collective and state land, as the study tells it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, cast

import geopandas as gpd

from taobaogis.errors import InputError, StudyError
from taobaogis.landuse.tenure import TENURES, tenure_of
from taobaogis.loaders import vector
from taobaogis.provenance import Provenance, file_digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from taobaogis.datums import Datum
    from taobaogis.study import Study
    from taobaogis.village import Village

__all__ = ["with_tenure"]

_COLUMN = "tenure"


def with_tenure(study: Study, villages: Sequence[Village]) -> tuple[Village, ...]:
    """Villages that know whose land is whose.

    A study tells it for each village (``land_tenure``): ``"collective"`` or ``"state"`` for all of
    its land, or a vector file of polygons whose column ``tenure`` says so, in English or Chinese.

    Parameters
    ----------
    study
        Its folder and the datum of its files.
    villages
        In a metric CRS.

    Raises
    ------
    StudyError
        If a file is missing, cannot be read, lacks the column, or names no tenure that is known.
    """
    return tuple(_with(study, village) for village in villages)


def _with(study: Study, village: Village) -> Village:
    told = village.spec.land_tenure.strip()
    if not told:
        return village
    crs, kind = village.layers.crs, tenure_of(told)
    if kind:
        frame = gpd.GeoDataFrame({_COLUMN: [kind]}, geometry=[village.boundary], crs=crs)
        origin = Provenance("the study itself")
    else:
        path = study.path(told)
        if not path.is_file():
            message = (
                f"village '{village.id}': land_tenure is '{told}', which is neither "
                "'collective' nor 'state' nor a file beside the study."
            )
            raise StudyError(message)
        try:
            frame = _read(path, cast("Datum", study.source.datum)).to_crs(crs)
        except InputError as error:
            message = f"village '{village.id}': land_tenure: {error}"
            raise StudyError(message) from error
        frame = frame[frame.intersects(village.boundary)].reset_index(drop=True)
        origin = Provenance(path.name, digest=file_digest(path))
    provenance = {**village.layers.provenance, _COLUMN: origin}
    layers = dataclasses.replace(village.layers, provenance=provenance)
    return dataclasses.replace(village, layers=layers, tenure=frame)


def _read(path: Path, datum: Datum) -> gpd.GeoDataFrame:
    frame = vector.read_lonlat(path, datum=datum)
    if _COLUMN not in frame:
        message = f"{path.name} has no column 'tenure'; add one that says collective or state."
        raise InputError(message)
    kind = frame[_COLUMN].fillna("").astype(str).map(tenure_of)
    strange = sorted({str(v) for v in frame.loc[kind == "", _COLUMN].dropna()} - {""})
    if strange:
        words = ", ".join(word for words in TENURES.values() for word in words[:2])
        message = f"{path.name}: '{strange[0]}' in the column tenure is not known; use {words}."
        raise InputError(message)
    areal = frame.geom_type.isin(["Polygon", "MultiPolygon"]) & (kind != "")
    kept = frame[areal]
    return gpd.GeoDataFrame(
        {_COLUMN: kind[areal]}, geometry=kept.geometry.make_valid(), crs=frame.crs
    )
