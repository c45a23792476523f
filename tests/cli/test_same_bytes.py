"""Two runs of the same input give the same bytes, wherever, whenever and however they are made."""

import json
import os
import subprocess
import sys

import pytest
from hostile.kit.runs import STUDY, small_study

KINDS = {".html", ".csv", ".svg", ".pdf", ".xlsx", ".gpkg", ".tif", ".json"}
# Hashes of words, the zone of the clock, the language and the number of processes differ.
SURROUNDINGS = (
    {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C", "TAOBAOGIS_WORKERS": "1"},
    {"PYTHONHASHSEED": "2", "TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8", "TAOBAOGIS_WORKERS": "2"},
)
TWO_VILLAGES = STUDY.replace(
    "[[market]]",
    '[[village]]\nid = "row"\nname_en = "Row"\nlon = 113.3014\nlat = 23.0014\nradius_m = 120\n'
    'goods = ["clothing"]\n\n[[market]]',
)


def made(folder, surroundings, *words):
    """Content of each file of a run in a process of its own, and its manifest."""
    study = small_study(folder / "study", TWO_VILLAGES)
    environment = {
        **os.environ, **surroundings, "TAOBAOGIS_OFFLINE": "1",
        "TAOBAOGIS_CACHE_DIR": str(folder / "cache"),
    }  # fmt: skip
    subprocess.run(
        [sys.executable, "-m", "taobaogis", "run", study, "-q", "--out", folder / "out", *words],
        check=True, capture_output=True, env=environment, cwd=folder,
    )  # fmt: skip
    found = {
        p.relative_to(folder / "out").as_posix(): p.read_bytes()
        for p in sorted((folder / "out").rglob("*"))
        if p.is_file()
    }
    manifest = json.loads(found.pop("manifest.json"))
    manifest.pop("created", None)  # the only thing that may differ
    return found, manifest


@pytest.mark.parametrize(
    ("words", "kinds"),
    [(("--figures", "svg,pdf"), KINDS), (("--grid", "100"), {".parquet", ".csv", ".png"})],
    ids=["villages", "grid"],
)
def test_equal_input_gives_equal_bytes(tmp_path, words, kinds):
    folders = [tmp_path / name for name in ("one", "quite another")]
    for folder in folders:
        folder.mkdir()
    (one, its), (other, others) = (
        made(folder, surroundings, *words)
        for folder, surroundings in zip(folders, SURROUNDINGS, strict=True)
    )
    assert list(one) == list(other)
    assert [name for name in one if one[name] != other[name]] == []
    assert its == others
    suffixes = {f".{name.rpartition('.')[2]}" for name in one}
    assert kinds - {".json"} <= suffixes
    assert not [name for name in one if str(tmp_path).encode() in one[name]]
