"""Commands with anything for words: what is printed is what was found, or one plain sentence."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
import shapely
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from support import small_city
from support.command_line import taobaogis
from support.osm_files import document, node, way
from support.sample_run import sample_run

from taobaogis import gazetteer
from taobaogis.cli import check, compare, doctor, fetch, measure, run, screen, villages
from taobaogis.cli.app import explained
from taobaogis.cli.city import run_grid
from taobaogis.cli.outcome import print_score, show_comparison, show_measures
from taobaogis.cli.pictures import warn_of
from taobaogis.cli.progress import teller
from taobaogis.compare.ranking import VillageScore, compare_villages
from taobaogis.errors import ExportError, InputError, SourceDataError, StudyError
from taobaogis.indicators import Words
from taobaogis.loaders.inspect import inspect_file
from taobaogis.maps.backdrops import backdrop, backdrop_keys
from taobaogis.maps.words import shown
from taobaogis.reports.tables import INDICATOR_COLUMNS
from taobaogis.settings import Settings
from taobaogis.study import ComparisonSpec, CriterionSpec, SourceSpec, Study, load_study
from taobaogis.study_spec import GridSpec

few, heavy = settings(max_examples=15), settings(max_examples=2)
seeds = st.integers(0, 2**31)
words = st.text(max_size=30)
names = st.text("abcdefghij", min_size=5, max_size=9)

JUDGED_BY_WIDTH = """
[[village]]
id = "x"
lon = 113
lat = 23
[[criterion]]
indicator = "street_width_median_m"
good = 10
bad = 0
weight = 1
"""
OF_A_MAP = """
[study]
id = "s"
[source]
osm = "map.osm"
[[village]]
id = "v"
lon = 113.3005
lat = 23.0
radius_m = 300
"""


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAOBAOGIS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("TAOBAOGIS_OFFLINE", "1")
        yield


def printed(function, *given_, **options):
    """What a function prints on stdout and stderr, and the error it ends with."""
    out, err = io.StringIO(), io.StringIO()
    stopped = None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            function(*given_, **options)
        except (Exception, typer.Exit) as error:  # noqa: BLE001 - looked at by the caller
            stopped = error
    return SimpleNamespace(out=out.getvalue(), err=err.getvalue(), error=stopped)


def assert_one_sentence(outcome):
    """A user's mistake: one line, no traceback, nothing on stdout."""
    lines = outcome.err.strip().splitlines()
    assert len(lines) == 1, outcome.err
    assert lines[0].startswith("taobaogis: ")
    assert outcome.out == ""


@given(
    text=words, kind=st.sampled_from([InputError, StudyError, SourceDataError, ExportError]),
    long=st.booleans(),
)  # fmt: skip
def test_every_error_is_told_in_one_line_that_can_be_shown(text, kind, long):
    said = []
    error = kind(text * 200 if long else text)
    told = printed(lambda: said.append(explained(error)))
    assert said == [kind.exit_code]
    assert told.err.endswith("\n")
    assert len(told.err.splitlines()) == 1
    assert len(told.err) < 1300
    assert told.err.startswith("taobaogis: ")
    denied = printed(lambda: said.append(explained(PermissionError(13, "Permission denied", text))))
    assert said[-1] == ExportError.exit_code
    assert "Permission denied" in denied.err
    assert len(denied.err.splitlines()) == 1
    assert isinstance(printed(explained, KeyError(text)).error, KeyError), "not a user's fault"


@given(steps=st.lists(words, max_size=6), quiet=st.booleans())
def test_steps_are_a_line_each_and_silent_if_asked(steps, quiet):
    def tell_all():
        tell = teller(quiet=quiet)
        for step in steps:
            tell(step)

    told = printed(tell_all)
    assert told.out == ""
    lines = told.err.splitlines()
    assert len(lines) == (0 if quiet else len(steps))
    seconds = [float(re.match(r"\[\s*([\d.]+) s\]", line)[1]) for line in lines]
    assert seconds == sorted(seconds)


@given(key=st.sampled_from([None, *backdrop_keys()]), access=st.text("abc123", min_size=5))
def test_whoever_fetches_a_base_map_is_warned_and_no_key_is_printed(key, access):
    below = backdrop(key, access_key=f"secret{access}") if key else None
    told = printed(warn_of, below)
    assert told.out == ""
    assert len(told.err.splitlines()) == (0 if below is None else 1 + bool(below.with_key))
    assert f"secret{access}" not in told.err
    assert below is None or below.name.en in told.err


shares = st.floats(0, 1)


@given(total=shares, low=shares, high=shares, rank=st.integers(1, 99), first=shares, name=names,
       refused=st.booleans(), first_known=st.booleans())  # fmt: skip
def test_a_score_is_told_with_its_place_and_bounds_or_why_there_is_none(
    total, low, high, rank, first, name, refused, first_known
):
    why = Words("only three buildings are mapped" if refused else "")
    score = VillageScore(
        name, (), None if refused else total, None if refused else low,
        None if refused else high, None if refused else rank, why,
        first_share=first if first_known and not refused else None,
    )  # fmt: skip
    (line,) = printed(print_score, score, name).out.splitlines()
    assert name in line
    if refused:
        assert str(why) in line
        return
    numbers = re.findall(r"\d\.\d\d", line)
    assert [float(n) for n in numbers] == pytest.approx([total, low, high], abs=0.0051)
    assert line.strip().startswith(f"{rank}. ")
    assert ("first in" in line) == first_known


@heavy
@given(weights=st.lists(st.floats(0.1, 9), min_size=3, max_size=3), note=names)
def test_what_a_run_found_is_the_same_for_people_and_for_programs(tmp_path_factory, weights, note):
    result = dataclasses.replace(sample_run("laocun"), notes=(note,))
    keys = ("street_width_median_m", "building_coverage_ratio", "dead_end_share")
    criteria = [
        CriterionSpec(key, good=g, bad=b, weight=w)
        for key, (g, b), w in zip(keys, ((6, 1.5), (0.3, 0.9), (0, 1)), weights, strict=True)
    ]
    indicators = {v.village.id: {i.key: i for i in v.indicators.values()} for v in result.villages}
    comparison = compare_villages(indicators, criteria)
    folder = tmp_path_factory.getbasetemp() / "out"
    plain = printed(show_comparison, result, comparison, folder, as_json=False)
    record = json.loads(printed(show_comparison, result, comparison, folder, as_json=True).out)
    assert record["synthetic"]
    assert "SYNTHETIC" in plain.out
    assert record["notes"] == [note]
    assert f"Note: {note}." in plain.out
    (told,) = record["villages"]
    (score,) = comparison.villages
    assert (told["id"], told["total"], told["rank"]) == ("laocun", score.total, score.rank)
    known = f"{score.total:.2f}" if score.total is not None else str(score.refused)
    assert known in plain.out
    assert str(folder / "index.html") in plain.out
    plain = printed(show_measures, result, comparison, folder, as_json=False)
    record = json.loads(printed(show_measures, result, comparison, folder, as_json=True).out)
    figures = record["villages"][0]["figures"]
    assert f"Note: {note}." in plain.out
    for key in keys[:2]:
        figure = shown(result.villages[0].indicators[key])
        told = re.search(rf"^  {re.escape(figure.name.en)}  .*$", plain.out, re.MULTILINE)[0]
        assert f"  {figure.value}" in told
        assert told.endswith(figure.grade)
        assert figures[key]["value"] == result.villages[0].indicators[key].value


@settings(max_examples=2)
@given(as_json=st.booleans())
def test_lists_for_people_and_for_programs_hold_the_same(as_json):
    lines = printed(villages.command, as_json=False).out.splitlines()
    record = json.loads(printed(villages.command, as_json=True).out)
    known = [*gazetteer.villages().values(), *gazetteer.markets().values()]
    assert len(lines) == len(known) + 2
    assert [row["id"] for part in record.values() for row in part] == [k.id for k in known]
    for place in known:
        assert sum(line.split()[0] == place.id for line in lines if line.startswith("  ")) == 1
    by_word = taobaogis("villages", *(["--json"] if as_json else []))
    assert by_word.out == printed(villages.command, as_json=as_json).out
    found = printed(doctor.command, offline=True, as_json=True)
    for line in printed(doctor.command, offline=True, as_json=False).out.splitlines():
        name, _, finding = line.partition(" ")
        assert json.loads(found.out)[name].split(" (")[0] in finding.strip()


@few
@given(body=st.one_of(st.binary(max_size=60), st.just(b"fine")), name=names)
def test_a_file_is_checked_in_the_words_of_its_inspection(tmp_path_factory, body, name):
    path = tmp_path_factory.mktemp("checked") / f"{name}.geojson"
    if body == b"fine":
        square = shapely.to_geojson(shapely.box(113.0, 23.0, 113.001, 23.001))
        body = b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
        body += f'"geometry":{square}}}]}}'.encode()
    path.write_bytes(body)
    stopped = None
    try:
        remarks = inspect_file(path)
    except InputError as error:
        remarks, stopped = [], error
    told = printed(check.command, [str(path)], as_json=True)
    if stopped is not None:
        assert str(told.error) == str(stopped)
        return
    record = json.loads(told.out)[str(path)]
    assert [r["text"] for r in record] == [r.text for r in remarks]
    refused = any(r.level == "error" for r in remarks)
    assert (getattr(told.error, "exit_code", 0) == 2) == refused
    lines = printed(check.command, [str(path)]).out.splitlines()
    assert len(lines) == 1 + len(remarks)


def finished(folder, values):
    rows = [
        ",".join([village, "form", key, f"{value:.4f}", "m", "", "", "B", "40", "made", "x", "", ""]
                 [: len(INDICATOR_COLUMNS)])
        for village, found in values.items()
        for key, value in found.items()
    ]  # fmt: skip
    folder.mkdir()
    head = "\ufeff" + ",".join(INDICATOR_COLUMNS)
    (folder / "indicators.csv").write_bytes("\n".join([head, *rows, ""]).encode())
    study = {
        "title_en": "S", "title_zh": "研", "criteria": [],
        "comparison": dataclasses.asdict(ComparisonSpec()),
        "villages": [{"id": v, "name_en": "", "name_zh": ""} for v in values],
    }  # fmt: skip
    record = {"study": study, "attribution": "", "notes": [], "sources": {}, "synthetic": False}
    (folder / "manifest.json").write_text(json.dumps(record))
    return folder


@settings(max_examples=4)
@given(widths=st.lists(st.floats(1, 9), min_size=2, max_size=4, unique=True), seed=seeds)
def test_runs_compare_alike_in_any_order(tmp_path_factory, widths, seed):
    base = tmp_path_factory.mktemp("runs")
    study = base / "study.toml"
    study.write_text(JUDGED_BY_WIDTH)
    folders = [
        finished(base / f"run{i}", {"lane": {"street_width_median_m": width}})
        for i, width in enumerate(widths)
    ]
    order = np.random.default_rng(seed).permutation(len(folders))
    told = [
        json.loads(printed(compare.command, some, study=str(study), as_json=True).out)
        for some in (folders, [folders[i] for i in order])
    ]
    totals = [{row["village"]: row["total"] for row in rows} for rows in told]
    assert totals[0] == pytest.approx(totals[1])
    assert [totals[0][f"run{i}/lane"] for i in range(len(widths))] == pytest.approx(
        [round(width, 4) / 10 for width in widths]
    )
    ranks = sorted(told[0], key=lambda row: row["rank"])
    assert [row["total"] for row in ranks] == sorted(totals[0].values(), reverse=True)
    plain = printed(compare.command, folders, study=str(study))
    assert all(f"run{i}/lane" in plain.out for i in range(len(widths)))
    gone = taobaogis("compare", base / "nowhere")
    assert gone.code == 2
    assert_one_sentence(gone)


@settings(max_examples=3)
@given(n=st.integers(1, 5), word=names)
def test_fetching_counts_what_a_file_holds_and_refuses_what_nobody_knows(tmp_path_factory, n, word):
    folder = tmp_path_factory.mktemp("fetched")
    elements, ways = [], []
    for i in range(n):
        lon = 113.3 + 3e-4 * i
        corners = [(lon, 23.0), (lon + 1e-4, 23.0), (lon + 1e-4, 23.0001), (lon, 23.0001)]
        refs = [10 * i + k + 1 for k in range(4)]
        elements += [node(ref, *at) for ref, at in zip(refs, corners, strict=True)]
        ways.append(way(1000 + i, [*refs, refs[0]], building="yes"))
    (folder / "map.osm").write_bytes(document(*elements, *ways))
    study = folder / "study.toml"
    study.write_text(OF_A_MAP)
    told = printed(fetch.command, [str(study)], quiet=True)
    assert told.error is None
    assert f"{n} buildings" in told.out
    assert taobaogis("fetch", study, "--quiet").out == told.out
    unknown = printed(fetch.command, [f"no{word}"])
    assert isinstance(unknown.error, InputError)
    assert f"no{word}" in str(unknown.error)


@settings(max_examples=6)
@given(word=names, which=st.sampled_from(["figures", "basemap", "out"]))
def test_a_wrong_option_is_refused_before_anything_is_measured_or_written(
    tmp_path_factory, word, which
):
    folder = tmp_path_factory.mktemp("refused")
    out = folder / "out"
    options = {"figures": "png", "basemap": ""} | {which: f"{word}x"}
    if which == "out":
        options.pop("out")
        out.mkdir()
        (out / "thesis.txt").write_text(word)
    before = sorted(folder.rglob("*"))
    calls = (
        lambda: run.command("sample", out=out, quiet=True, **options),
        lambda: measure.command(folder / "none.gpkg", out, quiet=True, **options),
        lambda: screen.command(folder / "none.gpkg", out, datum=f"{word}x", quiet=True),
    )
    for call in calls:
        told = printed(call)
        assert isinstance(told.error, InputError), told.error
        assert "\n" not in str(told.error)
        assert told.out == ""
    assert sorted(folder.rglob("*")) == before
    options.setdefault("out", out)
    words_ = [part for key, value in options.items() if value for part in (f"--{key}", value)]
    outcome = taobaogis("run", "sample", *words_)
    assert outcome.code == 2
    assert_one_sentence(outcome)


@settings(max_examples=1)
@given(seed=seeds, cell_m=st.sampled_from([None, 300.0]))
def test_a_city_is_counted_alike_for_people_and_for_programs(tmp_path_factory, seed, cell_m):
    folder = tmp_path_factory.mktemp("city")
    layers = small_city.layers(columns=5, rows=5, seed=seed)
    layers["buildings"][["geometry"]].to_file(folder / "houses.gpkg")
    source = SourceSpec(osm="", buildings=str(folder / "houses.gpkg"))
    study = Study(id="s", villages=(), source=source, grid=GridSpec(cell_m=500.0))
    settings_ = Settings(cache_dir=folder / "cache", offline=True)
    steps = []
    told = [
        printed(run_grid, study, cell_m, settings_, folder / "out", steps.append, workers=1,
                scheduler="", as_json=as_json)
        for as_json in (True, False)
    ]  # fmt: skip
    record = json.loads(told[0].out)
    assert record["houses"] == 25
    assert told[1].out.startswith("25 buildings and 0 stretches of street")
    assert f"{record['cells']} cells of {cell_m or 500:g} m" in told[1].out
    assert steps
    assert load_study("sample").villages, "the built-in study is as it was"
