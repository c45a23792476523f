"""A study with a questionnaire: what people ask for decides how much each criterion weighs."""

import csv
import json

import pandas as pd
import pytest
from support.command_line import taobaogis
from support.respondents import respondents

STUDY = """
[study]
id = "asked"
title_en = "Asked"
[source]
osm = "sample"
[[village]]
id = "laocun"
name_en = "Laocun"
boundary = "sample#laocun"
goods = ["clothing"]
survey = "answers.csv"
[comparison]
weights = "needs"
[[criterion]]
indicator = "stop_near_share"
good = 1.0
bad = 0.0
[[criterion]]
indicator = "served_van_share"
good = 1.0
bad = 0.0
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setenv("TAOBAOGIS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("TAOBAOGIS_OFFLINE", "1")
    rows = respondents(3)
    with (tmp_path / "answers.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, rows[0])
        table.writeheader()
        table.writerows(rows)
    path = tmp_path / "study.toml"
    path.write_text(STUDY, "utf-8")
    return path


def test_criteria_weigh_as_much_as_people_ask_for_them(study, tmp_path):
    outcome = taobaogis("run", study, "--out", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    answers = [row["needs"].split(";") for row in respondents(3)]
    transit, roads = (sum(code in needs for needs in answers) for code in ("transit", "roads"))
    told = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    needs = dict(told["study"]["comparison"]["needs"])
    assert needs["stop_near_share"] / needs["served_van_share"] == pytest.approx(transit / roads)
    pairs = pd.read_csv(tmp_path / "out" / "survey-associations.csv", keep_default_na=False)
    assert {"cramers_v", "p_adjusted"} <= set(pairs.columns)
    assert "Answers that go together" in (tmp_path / "out" / "index.html").read_text("utf-8")


def test_criteria_that_nobody_asks_for_are_refused_before_the_work(study, tmp_path):
    study.write_text(STUDY.replace('survey = "answers.csv"\n', ""), "utf-8")
    outcome = taobaogis("run", study, "--out", tmp_path / "out")
    assert outcome.code == 2
    assert "no need above 0 belongs to a criterion" in outcome.err
    assert "measuring" not in outcome.err
