"""Workbooks made to do harm: what we write is text, what we read is refused in one sentence."""

from __future__ import annotations

import dataclasses
import io
import time
import xml.etree.ElementTree as ET
import zipfile
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sample_run import sample_run

from taobaogis.compare.ranking import compare_villages
from taobaogis.errors import InputError
from taobaogis.loaders.questionnaire import read_answers, read_rows
from taobaogis.maps.model import Label
from taobaogis.reports.content import report_of
from taobaogis.reports.sheets import Sheets
from taobaogis.reports.workbook import comparison_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOSTILE = (
    "=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", "\uff1d1+1",
    '=HYPERLINK("http://example.org","x")', "http://example.org", "mailto:a@b.cn", "{=1+1}",
    "\x00\x01\x0b\x1f\x7f\x85", "\u202egnp.exe", "\u2066x\u2069", "\ufeffx", "a\ufffeb\uffffc",
    "\ud800", "_x0041_", "<script>alert(1)</script>", "</t></si>", "&lt;&#0;", "]]>",
    "x" * 70_000, "村" * 40_000, "\U00020000" * 20_000, " ", "[a]:*?/\\'b", "'", "History",
)  # fmt: skip
LONGEST = 32_767  # units of UTF-16 in a cell, by the format


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def assert_harmless(xlsx: bytes) -> list[object]:
    """Nothing but texts and numbers, in a file that is what the format asks for."""
    with zipfile.ZipFile(io.BytesIO(xlsx)) as archive:
        assert archive.testzip() is None
        for part in archive.namelist():
            assert "externalLink" not in part
            if part.endswith((".xml", ".rels")):
                body = archive.read(part)
                ET.fromstring(body)  # noqa: S314 - our own file
                assert b"TargetMode" not in body, part
                assert b"<f>" not in body, part
    book = openpyxl.load_workbook(io.BytesIO(xlsx))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert not any(cell.hyperlink for cell in cells)
    assert len({name.casefold() for name in book.sheetnames}) == len(book.sheetnames)
    assert all(0 < units(name) <= 31 for name in book.sheetnames)
    values = [cell.value for cell in cells if cell.value is not None]
    assert all(units(v) <= LONGEST for v in values if isinstance(v, str))
    return values


@cache
def _report():
    run = sample_run("laocun")
    values = {v.village.id: v.indicators for v in run.villages}
    return report_of(run, compare_villages(values, run.study.criteria))


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:12]))
def test_a_hostile_name_is_text_wherever_it_stands_in_the_workbook(name):
    report = _report()
    village = report.villages["laocun"]
    reason = dataclasses.replace(
        next(i for i in village.indicators.values() if i.value is None), reason=f"{name}.",
        source=name,
    )  # fmt: skip
    villages = {
        key: dataclasses.replace(
            village, name=Label(name, name), indicators={**village.indicators, reason.key: reason}
        )
        for key in ("laocun", "again")
    }
    source = dataclasses.replace(report.sources[0], source=name, note=name, licence=name)
    hostile = dataclasses.replace(
        report, title=Label(name, name), villages=villages, notes=(name,), attribution=name,
        sources=(source,),
    )  # fmt: skip
    made = comparison_xlsx(hostile)
    assert_harmless(made)
    assert made == comparison_xlsx(hostile)


cells = st.one_of(st.none(), st.text(max_size=40), st.sampled_from(HOSTILE), st.floats(-1e9, 1e9))


@settings(max_examples=25)
@given(rows=st.lists(st.tuples(cells, cells), max_size=6), head=st.text(max_size=20), note=cells)
def test_any_cells_are_kept_as_text_or_number(rows, head, note):
    sheets = Sheets("t", head)
    sheets.table("One", ["a", head], rows, [9, 9], note=str(note or ""))
    values = assert_harmless(sheets.content())
    numbers = [v for row in rows for v in row if isinstance(v, float)]
    assert [v for v in values if isinstance(v, int | float)] == pytest.approx(numbers)


# --- what we read


def workbook(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A sound workbook of answers, whose parts are then changed."""
    book = openpyxl.Workbook()
    book.active.append(["gender"])
    book.active.append(["male"])
    stream = io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return path


SHEET = "xl/worksheets/sheet1.xml"
ROW = '<row r="2"><c r="A2"{0}</c></row>'


def _cell(inner: str) -> Callable[[dict[str, bytes]], None]:
    def change(parts: dict[str, bytes]) -> None:
        text = parts[SHEET].decode()
        head, _, rest = text.partition('<row r="2"')
        parts[SHEET] = (head + ROW.format(inner) + rest.partition("</row>")[2]).encode()

    return change


def _replace(part: str, old: str, new: str) -> Callable[[dict[str, bytes]], None]:
    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[part].decode()
        parts[part] = parts[part].decode().replace(old, new, 1).encode()

    return change


def _entity(doctype: str, name: str) -> Callable[[dict[str, bytes]], None]:
    def change(parts: dict[str, bytes]) -> None:
        text = parts[SHEET].decode().replace("<t>male</t>", f"<t>&{name};</t>")
        at = text.index("<worksheet")
        parts[SHEET] = f"{text[:at]}<!DOCTYPE x [{doctype}]>{text[at:]}".encode()

    return change


GROWING = '<!ENTITY a "male">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi")
)


def _no_sheet(parts: dict[str, bytes]) -> None:
    del parts[SHEET]


REFUSED = {
    "a formula": (_cell("><f>1+1</f><v>2</v>"), "holds a formula"),
    "a formula that calls out": (
        _cell("><f>[1]Sheet1!A1</f><v>2</v>"), "holds a formula",
    ),
    "a shared formula": (_cell('><f t="shared" ref="A2" si="0">1+1</f><v>2</v>'), "a formula"),
    "an array formula": (_cell('><f t="array" ref="A2">1+1</f><v>2</v>'), "holds a formula"),
    "a data table": (_cell('><f t="dataTable" ref="A2" r1="B1"></f><v>2</v>'), "formula"),
    "an error value": (_cell(' t="e"><v>#REF!</v>'), "holds the error"),
    "entities that grow": (_entity(GROWING, "i"), "damaged workbook"),
    "an entity of another file": (
        _entity('<!ENTITY a SYSTEM "file:///etc/hostname">', "a"), "damaged workbook",
    ),
    "no sheet": (_no_sheet, "damaged workbook"),
    "a text that is not there": (_cell(' t="s"><v>99</v>'), "damaged workbook"),
    "no XML": (lambda parts: parts.update({SHEET: b"<worksheet"}), "damaged workbook"),
    "a row far below": (
        _replace(SHEET, '<row r="2"', '<row r="1048576"'), "more than 100,000 rows|damaged",
    ),
    "an answer turned round": (_cell(' t="inlineStr"><is><t>\u202emale</t></is>'), "gender"),
    "an answer of a megabyte": (
        _cell(f' t="inlineStr"><is><t>{"x" * 1_000_000}</t></is>'), "over 2,000 letters",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_workbook_made_to_do_harm_is_refused_in_one_sentence(tmp_path, what):
    change, said = REFUSED[what]
    began = time.process_time()
    with pytest.raises(InputError, match=said) as caught:
        read_answers(workbook(tmp_path / "answers.xlsx", change))
    assert time.process_time() - began < 20
    sentence = str(caught.value)
    assert "answers.xlsx" in sentence
    assert "\n" not in sentence
    assert sentence.isprintable()
    assert len(sentence) < 500


def test_links_to_other_files_are_not_followed(tmp_path):
    def link(parts):
        ns = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        parts["xl/externalLinks/externalLink1.xml"] = (
            f'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f'<externalBook xmlns:r="{ns}" r:id="rId1"/></externalLink>'
        ).encode()
        parts["xl/externalLinks/_rels/externalLink1.xml.rels"] = (
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{ns}/externalLinkPath" TargetMode="External" '
            f'Target="http://127.0.0.1:9/x.xlsx"/></Relationships>'
        ).encode()
        _replace(
            "xl/workbook.xml", "</workbook>",
            f'<externalReferences><externalReference xmlns:r="{ns}" r:id="rId9"/>'
            "</externalReferences></workbook>",
        )(parts)  # fmt: skip
        _replace(
            "xl/_rels/workbook.xml.rels", "</Relationships>",
            f'<Relationship Id="rId9" Type="{ns}/externalLink" '
            f'Target="externalLinks/externalLink1.xml"/></Relationships>',
        )(parts)  # fmt: skip

    assert read_rows(workbook(tmp_path / "answers.xlsx", link)) == [{"gender": "male"}]


def test_a_bomb_that_lies_about_its_size_does_no_harm(tmp_path):
    path = workbook(tmp_path / "answers.xlsx", lambda parts: parts.update({SHEET: b"0" * 10_000}))
    body = bytearray(path.read_bytes())
    for at in range(len(body) - 4):  # sizes in the directory and before the parts
        if body[at : at + 4] == (10_000).to_bytes(4, "little"):
            body[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(body)
    with pytest.raises(InputError, match="damaged workbook"):
        read_rows(path)


@settings(max_examples=30, deadline=None)
@given(place=st.floats(0, 1), flip=st.integers(0, 255))
def test_a_workbook_cut_or_altered_anywhere_is_refused_or_read_right(place, flip, tmp_path_factory):
    path = workbook(tmp_path_factory.mktemp("x") / "answers.xlsx", lambda _: None)
    body = bytearray(path.read_bytes())
    at = int(place * (len(body) - 1))
    if flip:
        body[at] ^= flip
    else:
        del body[at:]
    path.write_bytes(body)
    try:
        rows = read_rows(path)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right
    else:
        assert rows == [{"gender": "male"}]
