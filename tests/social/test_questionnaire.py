import dataclasses
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.respondents import respondents

from taobaogis.errors import InputError
from taobaogis.loaders.inspect import inspect_study
from taobaogis.loaders.questionnaire import read_answers, read_rows, study_answers
from taobaogis.settings import Settings
from taobaogis.social.answers import parse_answers, pooled
from taobaogis.social.codebook import default_codebook, parse_codebook, read_codebook
from taobaogis.social.frequencies import response_share
from taobaogis.study import Study, VillageSpec

HEAD = "respondent,gender,needs\n"


def written(folder: Path, text: str | bytes, name: str = "answers.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def sheet(folder: Path, *rows) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / "answers.xlsx")
    return folder / "answers.xlsx"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_csv_is_read_however_a_spreadsheet_saved_it(tmp_path, encoding, mark):
    text = f"gender{mark}smartphone\r\n男{mark}使用\r\n女{mark}不使用\r\n"
    answers = read_answers(written(tmp_path, text.encode(encoding)))
    assert answers.n == 2
    assert answers.chosen["gender"].tolist() == [[True, False], [False, True]]


def test_a_workbook_gives_the_same_as_a_csv(tmp_path):
    path = sheet(tmp_path, ["gender", "needs.roads", "needs.transit"],
                 ["Male", 1, 0], ["female", True, None], [None, None, None])  # fmt: skip
    answers = read_answers(path)
    assert answers.n == 2
    assert answers.chosen["needs"][:, :2].tolist() == [[True, False], [True, False]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "1,=1+1,roads\n", "row 2, column 'gender': '=1\\+1' is not an answer"),
        (HEAD + "1,mal,roads\n", "Did you mean 'male'"),
        (HEAD + '1,"male,female",\n', "is more than one answer"),
        (HEAD + "1,male,raods\n", "Did you mean 'roads'"),
        (HEAD + "1,male,\n1,female,\n", "row 3: the respondent '1' stands twice"),
        ("gendre\nmale\n", "no question 'gendre'. Did you mean 'gender'"),
        ("gender,gender\nmale,male\n", "the column 'gender' twice"),
        ("gender,,needs\nmale,1,roads\n", "a column without a name"),
        ("needs.roads\nmaybe\n", "neither 1 nor 0"),
        ("gender\nmale,female\n", "row 2 has more cells than the head"),
        ("gender\n", "no answers below its head"),
        ("", "has 0 columns"),
        (b"gender\n\xff\xff\xfe\n", "no text in UTF-8 or GBK"),
        (b"gender\n\0\0\n", "no text in UTF-8 or GBK"),
        ('gender\n"male\n', "not a clean CSV"),
        ("gender\n" + "x" * 3000, "over 2,000 letters"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_sentence(tmp_path, text, said):
    with pytest.raises(InputError, match=said) as caught:
        read_answers(written(tmp_path, text))
    assert "answers.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("formula", ["=A1", "=SUM(Sheet1:Sheet3!A1)", '=HYPERLINK("x")'])
def test_a_formula_is_refused_and_never_run(tmp_path, formula):
    with pytest.raises(InputError, match="cell A2 holds a formula; paste its value"):
        read_answers(sheet(tmp_path, ["gender"], [formula]))


def test_an_error_value_is_refused(tmp_path):
    with pytest.raises(InputError, match="cell A2 holds the error"):
        read_answers(sheet(tmp_path, ["gender"], ["#REF!"]))


def test_damaged_bursting_and_foreign_workbooks_are_refused(tmp_path):
    good = sheet(tmp_path, ["gender"], ["male"]).read_bytes()
    for name, data in (("cut.xlsx", good[: len(good) // 2]), ("text.xlsx", b"gender\nmale\n")):
        with pytest.raises(InputError, match="damaged workbook"):
            read_rows(written(tmp_path, data, name))
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b"0" * (257 << 20))
    with pytest.raises(InputError, match="unpacks to over 256 MB"):
        read_rows(tmp_path / "bomb.xlsx")
    with pytest.raises(InputError, match="neither a CSV nor an XLSX"):
        read_rows(written(tmp_path, "x", "answers.pdf"))
    with pytest.raises(InputError, match="cannot be read"):
        read_rows(tmp_path / "missing.csv")


@settings(max_examples=60)
@given(data=st.binary(max_size=300))
def test_any_bytes_give_answers_or_one_sentence(data, tmp_path_factory):
    path = written(tmp_path_factory.mktemp("bytes"), data)
    said = ""
    try:
        read_answers(path)
    except InputError as error:
        said = str(error)
    assert "\n" not in said


def test_a_codebook_beside_the_file_is_used(tmp_path):
    written(tmp_path, '[[question]]\nid = "q"\noption = [{code="a"},{code="b"}]\n', "answers.toml")
    answers = read_answers(written(tmp_path, "q\na\nb\n"))
    assert [question.id for question in answers.codebook.questions] == ["q"]
    written(tmp_path, "[[question]\n", "answers.toml")
    with pytest.raises(InputError, match=r"answers\.toml is not TOML"):
        read_answers(tmp_path / "answers.csv")
    with pytest.raises(InputError, match="save it as UTF-8"):
        read_codebook(written(tmp_path, b"\xff\xfe\xff", "bad.toml"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has 0 \\[\\[question\\]\\]"),
        ('[[question]]\nid = "q"\n', "has 0 options"),
        ('[[question]]\nid = "q"\nkind = "singel"\noption=[{code="a"},{code="b"}]',
         "Did you mean 'single'"),
        ('[[question]]\nid = "village"\noption=[{code="a"},{code="b"}]', "give another id"),
        ('[[question]]\nid = "q"\noption=[{code="a"},{code="a"}]', "stands twice"),
        ('[[question]]\nid = "q"\noption=[{code="a",en="x"},{code="b",en="X"}]', "stands twice"),
        ('[[question]]\nid = "q"\nneeds=true\noption=[{code="a"},{code="b"}]', 'kind = "multiple"'),
        ("likeness = 2\n", "a likeness from 0 to 1"),
        ("sendt = 2\n", "Did you mean 'sent'"),
    ],
)  # fmt: skip
def test_a_codebook_that_cannot_be_meant_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        parse_codebook(text)


@settings(max_examples=40)
@given(text=st.text(max_size=80))
def test_any_text_is_a_codebook_or_one_sentence(text, tmp_path_factory):
    with pytest.raises(InputError):
        parse_codebook(text + "\n[[question]]")
    path = tmp_path_factory.mktemp("book") / "book.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass") + b"\n[[question]]")
    with pytest.raises(InputError):
        read_codebook(path)


options = st.sampled_from([o.code for o in default_codebook()["needs"].options])


@given(st.lists(st.lists(options, unique=True, min_size=1), min_size=1, max_size=20))
def test_one_cell_and_a_column_an_option_say_the_same(rows):
    book = default_codebook()
    one = parse_answers([{"needs": ";".join(row)} for row in rows], book)
    codes = book["needs"].codes
    wide = [{f"needs.{code}": str(int(code in row)) for code in codes} for row in rows]
    assert (one.chosen["needs"] == parse_answers(wide, book).chosen["needs"]).all()


def study(folder: Path, *survey: str) -> Study:
    villages = [
        VillageSpec(f"v{i}", f"Village {i}", f"村{i}", survey=name) for i, name in enumerate(survey)
    ]
    return Study("s", tuple(villages), folder=folder)


def test_villages_share_a_file_by_its_column(tmp_path):
    rows = "village,gender\n" + "v0,male\n" * 6 + "村1,female\n" * 7
    written(tmp_path, rows)
    found = study_answers(study(tmp_path, "answers.csv", "answers.csv"))
    assert {village: answers.n for village, answers in found.items()} == {"v0": 6, "v1": 7}
    assert study_answers(study(tmp_path, "", "")) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gender\nmale\n", "no column 'village'"),
        ("village,gender\nv7,male\n", "names the village 'v7'"),
        ("village,gender\nv0,male\n,male\n", "no village in a row"),
    ],
)
def test_a_shared_file_must_tell_the_villages_apart(tmp_path, text, said):
    written(tmp_path, text)
    with pytest.raises(InputError, match=said):
        study_answers(study(tmp_path, "answers.csv", "answers.csv"))


@given(n=st.integers(1, 12))
def test_a_file_without_a_column_is_of_its_village(n, tmp_path_factory):
    folder = tmp_path_factory.mktemp("one")
    path = written(folder, "gender\n" + "male\n" * n)
    assert len(read_rows(path)) == n
    answers = study_answers(study(folder, "answers.csv"))["v0"]
    assert answers.n == n
    assert pooled([answers, answers]).n == 2 * n
    assert round(response_share(n, 2 * n), 9) == 0.5


def test_check_tells_what_is_wrong_in_the_answers(tmp_path):
    rows = respondents(1)
    text = ",".join(rows[0]) + "\n" + "\n".join(
        ",".join(f'"{cell}"' for cell in row.values()) for row in rows
    )  # fmt: skip
    written(tmp_path, text)
    written(
        tmp_path,
        '[source]\nosm = "sample"\n[[village]]\nid = "laocun"\nboundary = "sample#laocun"\n'
        'survey = "answers.csv"\n',
        "study.toml",
    )
    settings_ = dataclasses.replace(Settings(cache_dir=tmp_path / "cache"), offline=True)
    found = inspect_study(str(tmp_path / "study.toml"), settings_)
    assert "laocun: questionnaire with 283 respondents" in [remark.text for remark in found]
    written(tmp_path, text.replace('"male"', '"mal"', 1))
    (remark,) = [
        r for r in inspect_study(str(tmp_path / "study.toml"), settings_) if r.level == "error"
    ]
    assert "Did you mean 'male'" in remark.text
