"""What a user gets wrong, and what they are told: one sentence, the culprit and the mend."""

import pytest
from support.command_line import taobaogis


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("TAOBAOGIS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("TAOBAOGIS_OFFLINE", "1")


def study(tmp_path, text):
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["run", "smaple"], 2, "Did you mean 'sample'?"),
        (["run", "sample", "--out", "{file}"], 2, "'taken' is a file; give a folder"),
        (["run", "sample", "--out", "{full}"], 2, "holds files of something else"),
        (["run", "guangzhou"], 3, "Working offline"),
        (["run", "guangzhou", "--source", "no.pbf"], 3, "no OSM file 'no.pbf'"),
        (["compare", "{full}"], 2, "holds no indicators.csv"),
        (["measure", "--buildings", "none.gpkg", "--out", "x"], 2, "no file 'none.gpkg'"),
        (["fetch", "Atlantis"], 2, "There is no study 'Atlantis'"),
        (["check", "{file}"], 2, "cannot be read as a vector file"),
    ],
)
def test_each_mistake_ends_with_its_code_and_one_plain_sentence(tmp_path, words, code, says):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("years")
    (tmp_path / "taken").write_text("text")
    places = {"file": str(tmp_path / "taken"), "full": str(tmp_path / "full")}
    outcome = taobaogis(*(word.format(**places) for word in words))
    assert outcome.code == code, outcome.err
    message = outcome.err.strip().splitlines()[-1]
    assert says in message
    assert message.startswith("taobaogis: ")
    assert "Traceback" not in outcome.err
    assert outcome.out == ""


def test_a_missing_boundary_file_names_the_village_and_the_file(tmp_path):
    path = study(tmp_path, '[[village]]\nid = "a"\nboundary = "a.geojson#a"\n')
    outcome = taobaogis("run", path, "--out", tmp_path / "out")
    assert outcome.code == 2
    assert "village 'a': There is no file 'a.geojson'" in outcome.err
    assert not (tmp_path / "out").exists()


def test_a_place_off_the_globe_is_a_mistake_of_the_study(tmp_path):
    path = study(tmp_path, '[[village]]\nid = "a"\nlon = 113\nlat = 123\n')
    outcome = taobaogis("run", path, "--out", tmp_path / "out")
    assert outcome.code == 2
    assert "lat is 123" in outcome.err


def test_a_folder_that_cannot_be_written_ends_with_4(tmp_path):
    (tmp_path / "taken").write_text("text")
    outcome = taobaogis("run", "sample", "--out", tmp_path / "taken" / "below")
    assert outcome.code == 4, outcome.err
    assert "could not be written" in outcome.err


def test_help_lists_only_commands_that_do_something():
    outcome = taobaogis("--help")
    assert outcome.code == 0
    for command in ("run", "measure", "fetch", "compare", "check", "villages", "doctor"):
        assert f"\n  {command} " in outcome.out
        assert taobaogis(command, "--help").code == 0


def test_the_gazetteer_is_listed_in_both_scripts():
    outcome = taobaogis("villages")
    assert outcome.code == 0
    assert "Lirendong 里仁洞" in outcome.out


def test_the_doctor_says_what_it_found(tmp_path):
    outcome = taobaogis("doctor", "--offline")
    assert outcome.code == 0
    assert "projection   fine" in outcome.out
    assert str(tmp_path / "cache") in outcome.out


def test_a_mistake_that_quotes_a_long_text_is_told_in_a_short_one(tmp_path):
    outcome = taobaogis("run", "x" * 100_000, "--out", tmp_path / "out")
    assert outcome.code == 2
    assert len(outcome.err) < 1300
    assert outcome.err.startswith("taobaogis: ")
