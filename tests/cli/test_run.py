"""The main job from end to end: what a planner types, and what they then find in the folder."""

import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from support.command_line import taobaogis

from taobaogis.indicators import definitions
from taobaogis.provenance import file_digest


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """One cache for the module, and no network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAOBAOGIS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("TAOBAOGIS_OFFLINE", "1")
        yield


def run(tmp_path_factory, *words):
    out = tmp_path_factory.mktemp("runs") / "out"
    return taobaogis("run", *words, "--out", out), out


def table(out):
    return pd.read_csv(out / "indicators.csv", keep_default_na=False, na_values=[""]).set_index(
        ["village", "indicator"]
    )


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return run(tmp_path_factory, "sample")


@pytest.fixture(scope="module")
def futian(tmp_path_factory, shared_data):
    return run(tmp_path_factory, shared_data / "futian-study.toml")


@pytest.fixture(scope="module")
def panyu(tmp_path_factory, shared_data):
    return run(tmp_path_factory, "guangzhou", "--source", shared_data / "panyu.osm.pbf")


def test_the_sample_runs_and_says_which_file_to_open(sample):
    outcome, out = sample
    assert outcome.code == 0, outcome.err
    assert f"Open {out / 'index.html'}" in outcome.out
    assert "measuring" in outcome.err


def test_every_promised_file_is_there(sample):
    _, out = sample
    found = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert {"index.html", "indicators.csv", "layers.gpkg", "manifest.json"} <= found
    for village in ("laocun", "xincun", "dajie"):
        assert f"map-{village}.html" in found
        assert f"surfaces/places-density-{village}.tif" in found
    assert [name for name in found if name.startswith("figures/") and name.endswith(".png")]


def test_a_figure_with_nothing_in_it_is_left_out_and_told(sample, futian):
    _, out = futian
    drawn = {path.name for path in (out / "figures").iterdir()}
    assert "travel-times.png" not in drawn
    told = (out / "figures" / "LEFT-OUT.txt").read_text(encoding="utf-8")
    assert "- travel-times: no time to a right market is known for any village · 各村" in told
    assert "- access-xiasha: no market of the study sells the village's goods · " in told
    for name in re.findall(r"^- ([\w-]+): ", told, re.MULTILINE):
        assert f"{name}.png" not in drawn
    assert "access-shangsha-east.png" in drawn
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "no time to a right market is known for any village" in page
    assert not (sample[1] / "figures" / "LEFT-OUT.txt").exists()


def test_every_output_of_the_sample_says_synthetic(sample):
    outcome, out = sample
    assert "SYNTHETIC" in outcome.out
    for path in out.glob("*.html"):
        assert "SYNTHETIC" in path.read_text(encoding="utf-8"), path.name
    assert json.loads((out / "manifest.json").read_text())["synthetic"] is True
    assert "SYNTHETIC" in (out / "indicators.csv").read_text(encoding="utf-8")
    for layer, kind in pyogrio.list_layers(out / "layers.gpkg"):
        if kind is None:
            continue  # styles
        metadata = pyogrio.read_info(out / "layers.gpkg", layer=layer)["layer_metadata"]
        assert "SYNTHETIC" in metadata["ATTRIBUTION"]
    for path in out.glob("surfaces/*.tif"):
        with rasterio.open(path) as surface:
            assert "SYNTHETIC" in surface.tags()["attribution"]


def test_every_village_has_every_indicator_with_a_grade_and_an_honest_gap(sample):
    _, out = sample
    rows = table(out)
    for village in ("laocun", "xincun", "dajie"):
        assert list(rows.loc[village].index) == list(definitions())
    empty = rows["value"].isna()
    assert (rows.loc[empty, "grade"] == "NA").all()
    assert rows.loc[empty, "reason"].notna().all()
    assert rows.loc[~empty, "grade"].isin(list("ABCD")).all()
    assert rows.loc[~empty, ["method", "source"]].notna().all(axis=None)


def test_bounds_enclose_the_value(sample):
    rows = table(sample[1])
    low, high = rows["low"].fillna(-np.inf), rows["high"].fillna(np.inf)
    known = rows["value"].notna()
    assert (low <= rows["value"])[known].all()
    assert (rows["value"] <= high)[known].all()


def test_the_old_core_is_narrower_and_denser_than_the_ribbon(sample):
    value = table(sample[1])["value"]
    width = value[:, "street_width_median_m"]
    assert width["laocun"] < width["xincun"] < width["dajie"]
    assert width["laocun"] < 3
    cover = value[:, "building_coverage_ratio"]
    assert cover["laocun"] > cover["dajie"]
    assert (cover > 0.15).all()


def test_the_manifest_tells_how_to_repeat_the_run_and_vouches_for_every_file(sample):
    _, out = sample
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["crs"] == "EPSG:4547"
    listed = {entry["path"]: entry["digest"] for entry in manifest["files"]}
    found = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert set(listed) == found - {"manifest.json"}
    for name, digest in listed.items():
        assert file_digest(out / name) == digest, name
    assert str(out.parent) not in json.dumps(manifest)


def test_layers_open_in_their_crs_with_the_promised_columns(sample):
    _, out = sample
    promised = {
        "buildings": {"village", "area_m2", "height_m", "height_source", "orientation_deg"},
        "streets": {"village", "width_m", "width_min_m", "width_p10_m", "width_source",
                    "open_share"},
        "markets": {"village", "goods", "distance_m"},
    }  # fmt: skip
    for layer, columns in promised.items():
        frame = gpd.read_file(out / "layers.gpkg", layer=layer)
        assert frame.crs.to_epsg() == 4547
        assert columns <= set(frame.columns), layer


def test_the_same_input_gives_the_same_bytes_however_many_processes_work(sample, tmp_path):
    _, first = sample
    again = taobaogis("run", "sample", "--out", tmp_path / "again", "-q", "--workers", 2)
    assert again.code == 0
    assert again.err == ""
    for path in sorted(first.rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            twin = tmp_path / "again" / path.relative_to(first)
            assert twin.read_bytes() == path.read_bytes(), path.name


def test_a_program_may_read_the_outcome(tmp_path):
    outcome = taobaogis("run", "sample", "--out", tmp_path / "out", "-q", "--json")
    record = json.loads(outcome.out)
    assert {v["id"] for v in record["villages"]} == {"laocun", "xincun", "dajie"}


def test_every_reason_stands_there_in_chinese_as_well(sample):
    assert_reasons_in_both_languages(sample[1])


@pytest.mark.shared_data
def test_every_reason_for_what_real_data_lack_stands_there_in_chinese(futian, panyu):
    for _, out in (futian, panyu):
        assert_reasons_in_both_languages(out)


def assert_reasons_in_both_languages(out):
    told = table(out).dropna(subset=["reason"])
    assert len(told)
    for reason, chinese in set(zip(told["reason"], told["reason_zh"], strict=True)):
        assert re.search("[\u4e00-\u9fff]", chinese), reason
        assert reason.count("; ") == chinese.count("；"), reason


@pytest.mark.shared_data
def test_futian_gives_plausible_values_for_all_three_villages(futian):
    outcome, out = futian
    assert outcome.code == 0, outcome.err
    rows = table(out)
    value = rows["value"]
    count = value[:, "building_count"]
    assert count.to_dict() == pytest.approx(
        {"xiasha": 382, "shangsha": 279, "shangsha-east": 50}, abs=25
    )
    for village in count.index:
        # OpenStreetMap has the wide streets of these villages and few of their lanes.
        assert 2 < value[village, "street_width_median_m"] < 25, village
        assert 0.3 < value[village, "building_coverage_ratio"] < 0.8, village
        assert 1 < value[village, "floor_space_index"] < 8, village
        floor = rows.loc[(village, "floor_space_index")]
        assert floor["low"] < floor["value"] < floor["high"]


@pytest.mark.shared_data
def test_a_market_beyond_the_extract_has_a_straight_distance_and_no_network_one(futian):
    rows = table(futian[1])
    straight = rows.loc[("shangsha-east", "market_straight_m")]
    assert straight["value"] == pytest.approx(6600, abs=500)
    assert straight["low"] < straight["value"] < straight["high"]
    network = rows.loc[("shangsha-east", "market_network_m")]
    assert network["grade"] == "NA"
    assert "outside" in network["reason"]


@pytest.mark.shared_data
def test_a_clothing_village_without_a_clothing_market_says_so(futian):
    market = table(futian[1]).loc[("xiasha", "market_straight_m")]
    assert market["grade"] == "NA"
    assert "clothing" in market["reason"]


@pytest.mark.shared_data
def test_lirendong_has_streets_and_everything_that_needs_buildings_is_na(panyu):
    outcome, out = panyu
    assert outcome.code == 0, outcome.err
    rows = table(out).loc["lirendong"]
    assert rows.loc["street_length_km", "value"] > 5
    assert rows.loc["street_density_km_per_km2", "value"] > 3
    for key in ("street_width_median_m", "building_coverage_ratio", "floor_space_index",
                "building_area_median_m2", "building_count"):  # fmt: skip
        assert np.isnan(rows.loc[key, "value"]), key
        assert "no building" in rows.loc[key, "reason"], key


@pytest.mark.shared_data
def test_villages_outside_the_extract_are_said_to_be_outside(panyu):
    outcome, out = panyu
    assert "Xi'niujiao lies" in outcome.out
    assert "Yushatan lies" in outcome.out
    rows = table(out)
    for village in ("xiniujiao", "yushatan"):
        needs_data = rows.loc[village].drop(["area_ha", "market_straight_m", "data_age_years"])
        # What people told is no matter of the extract.
        needs_data = needs_data[needs_data["group"] != "social"]
        assert (needs_data["grade"] == "NA").all()
        assert needs_data["reason"].str.contains("outside panyu.osm.pbf").all()
    assert not (out / "map-yushatan.html").exists()


@pytest.mark.shared_data
def test_a_second_run_reads_the_cache_and_finds_the_same(futian, shared_data, tmp_path):
    again = taobaogis("run", shared_data / "futian-study.toml", "--out", tmp_path / "again")
    assert again.code == 0
    assert "from the cache" in again.err
    first = (futian[1] / "indicators.csv").read_bytes()
    assert (tmp_path / "again" / "indicators.csv").read_bytes() == first


def test_a_finished_run_compared_again_gives_the_same_ranking(sample, tmp_path):
    _, out = sample
    again = tmp_path / "again"
    outcome = taobaogis("compare", out, "--out", again, "--json")
    assert outcome.code == 0, outcome.err
    old, new = (pd.read_csv(folder / "comparison.csv") for folder in (out, again))
    pd.testing.assert_frame_equal(new, old, atol=1e-3)  # the table that was read has ten digits
    rows = json.loads(outcome.out)
    assert [row["rank"] for row in rows] == [1, 2, 3]
    assert rows[0]["first_share"] > rows[1]["first_share"]
    for row in rows:
        assert sum(row["rank_shares"]) == pytest.approx(1)
    page = (again / "index.html").read_text("utf-8")
    assert "SYNTHETIC" in page
    assert "大街村" in page
    manifest = json.loads((again / "manifest.json").read_text("utf-8"))
    assert manifest["runs"][0]["digest"] == file_digest(out / "manifest.json")
    assert taobaogis("compare", out, "--out", again).code == 0  # its own result may be replaced


def test_villages_of_different_runs_are_ranked_together_and_stay_unranked_apart(
    sample, futian, tmp_path
):
    both = [sample[1], futian[1].rename(tmp_path / "futian")]
    try:
        outcome = taobaogis("compare", *both)
        alone = taobaogis("compare", both[0])
    finally:
        both[1].rename(futian[1])
    assert outcome.code == 0, outcome.err
    scores = [line for line in alone.out.splitlines() if line.startswith("  1.")]
    name, score = scores[0].split(": ")
    assert any(line.endswith(score) and name.strip() in line for line in outcome.out.splitlines())
    assert outcome.out.count("not ranked") == 3


def test_a_study_may_bring_other_criteria(sample, tmp_path):
    study = tmp_path / "study.toml"
    study.write_text(
        '[study]\nid = "j"\ntitle_en = "J"\n[source]\nosm = "sample"\n'
        '[[village]]\nid = "a"\nname_en = "A"\nlon = 113\nlat = 23\nradius_m = 100\n'
        '[[criterion]]\nindicator = "building_coverage_ratio"\ngood = 0.2\nbad = 0.8\n',
        "utf-8",
    )
    outcome = taobaogis("compare", sample[1], "--study", study)
    assert outcome.code == 0, outcome.err
    assert "3 villages were judged on 1 criterion." in outcome.out


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"study": 1}', '{"study": {"villages": 3}}'])
def test_a_broken_manifest_is_named(sample, tmp_path, text):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "indicators.csv").write_bytes((sample[1] / "indicators.csv").read_bytes())
    (folder / "manifest.json").write_text(text, "utf-8")
    outcome = taobaogis("compare", folder)
    assert outcome.code == 2
    assert "the manifest in 'run' cannot be read" in outcome.err
