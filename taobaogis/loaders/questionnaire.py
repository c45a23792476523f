"""Files of answers, as people save them: CSV of any spreadsheet, or XLSX; nothing is run."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING

from taobaogis.errors import InputError, did_you_mean
from taobaogis.social.answers import parse_answers
from taobaogis.social.codebook import default_codebook, read_codebook
from taobaogis.texts import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from taobaogis.social.answers import Answers
    from taobaogis.study import Study, VillageSpec

__all__ = ["read_answers", "read_rows", "study_answers"]

_MOST_ROWS, _MOST_COLUMNS, _LONGEST_CELL = 100_000, 500, 2_000
_MOST_BYTES = 64 << 20
_MOST_UNPACKED = 256 << 20
_ENCODINGS = ("utf-8-sig", "gb18030")
_DELIMITERS = ",;\t|"


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a table as text by column.

    Parameters
    ----------
    path
        ``.csv``, ``.tsv`` or ``.txt`` in UTF-8, UTF-16 or GBK, parted by commas, semicolons or
        tabs; or ``.xlsx``, of which the first sheet is read.

    Returns
    -------
    rows
        One a line below the head; empty lines are left out.

    Raises
    ------
    InputError
        If it is no such table, has two columns of one name, or a formula in it; one sentence.
    """
    name = plain(path.name)
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            message = f"{name} has {size >> 20} MB; no questionnaire needs more than 64."
            raise InputError(message)
        data = path.read_bytes()
    except OSError as error:
        message = f"{name} cannot be read ({error.strerror or error}); check the path."
        raise InputError(message) from error
    suffix = path.suffix.lower()
    if suffix == ".xlsx" or data[:4] == b"PK\x03\x04":
        lines: Iterator[list[str]] = _sheet(data, name)
    elif suffix in {".csv", ".tsv", ".txt"}:
        lines = _lines(data, name)
    else:
        message = f"{name} is neither a CSV nor an XLSX file; save the answers as one of them."
        raise InputError(message)
    return _table(lines, name)


def _table(lines: Iterator[list[str]], name: str) -> list[dict[str, str]]:
    head = [cell.strip() for cell in next(lines, [])]
    while head and not head[-1]:
        head.pop()
    _check_head(head, name)
    rows = []
    for number, cells in enumerate(lines, start=2):
        if number > _MOST_ROWS + 1:
            message = f"{name} has more than {_MOST_ROWS:,} rows; no questionnaire needs as many."
            raise InputError(message)
        if any(cell.strip() for cell in cells[len(head) :]):
            message = f"{name}, row {number} has more cells than the head has columns; mend it."
            raise InputError(message)
        if any(len(cell) > _LONGEST_CELL for cell in cells):
            message = (
                f"{name}, row {number} holds a text of over {_LONGEST_CELL:,} letters; cut it."
            )
            raise InputError(message)
        padded = [*cells, *[""] * (len(head) - len(cells))]
        rows.append(dict(zip(head, padded, strict=False)))
    while rows and not any(cell.strip() for cell in rows[-1].values()):
        rows.pop()
    if not rows:
        message = f"{name} holds no answers below its head; add one row a respondent."
        raise InputError(message)
    return rows


def _check_head(head: Sequence[str], name: str) -> None:
    if not 0 < len(head) <= _MOST_COLUMNS:
        message = (
            f"{name} has {len(head)} columns; write the names of the questions into its first row."
        )
        raise InputError(message)
    for column in head:
        if not column:
            message = f"{name} has a column without a name; name it or remove it."
            raise InputError(message)
        if head.count(column) > 1:
            message = f"{name} has the column '{plain(column)}' twice; keep one."
            raise InputError(message)


def _lines(data: bytes, name: str) -> Iterator[list[str]]:
    text = _decoded(data, name)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        message = (
            f"{name} is not a clean CSV ({plain(str(error))}); save it anew from a spreadsheet."
        )
        raise InputError(message) from error


def _decoded(data: bytes, name: str) -> str:
    marked = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    for encoding in ("utf-16",) if marked else _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    message = f"{name} is no text in UTF-8 or GBK; save it as CSV UTF-8."
    raise InputError(message)


def _sheet(data: bytes, name: str) -> Iterator[list[str]]:
    import openpyxl  # noqa: PLC0415 - only where a workbook is read

    try:
        _require_small(data, name)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False,
                                      keep_links=False)  # fmt: skip
        sheet = book.worksheets[0]
        for row in sheet.iter_rows(max_row=_MOST_ROWS + 2, max_col=_MOST_COLUMNS + 1):
            yield [_cell(cell, name) for cell in row]
    except InputError:
        raise
    except Exception as error:  # openpyxl and zipfile raise whatever a damaged file provokes
        message = f"{name} is a damaged workbook ({plain(str(error))}); save it anew as XLSX."
        raise InputError(message) from error


def _require_small(data: bytes, name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > _MOST_UNPACKED:
        message = f"{name} unpacks to over 256 MB; save the answers alone."
        raise InputError(message)


def _cell(cell: object, name: str) -> str:
    value, kind = getattr(cell, "value", None), getattr(cell, "data_type", "n")
    where = getattr(cell, "coordinate", "")
    if kind == "f":
        message = f"{name}, cell {where} holds a formula; paste its value in its place."
        raise InputError(message)
    if kind == "e":
        message = f"{name}, cell {where} holds the error {plain(str(value))}; mend it."
        raise InputError(message)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def read_answers(path: Path) -> Answers:
    """Answers in a file, by the codebook beside it.

    Parameters
    ----------
    path
        As for `read_rows`. The codebook is the TOML file of the same name in the same folder;
        without one, the shipped codebook after Lin (2019).

    Returns
    -------
    answers
        As from `taobaogis.social.answers.parse_answers`.

    Raises
    ------
    InputError
        If the file or the codebook cannot be read, or an answer is not in the codebook.
    """
    beside = path.with_suffix(".toml")
    codebook = read_codebook(beside) if beside.is_file() else default_codebook()
    return parse_answers(read_rows(path), codebook, name=path.name)


def study_answers(study: Study) -> dict[str, Answers]:
    """Answers by village, of the questionnaires that a study names.

    Parameters
    ----------
    study
        Its villages may share a file; a column ``village`` parts it by id or name then.

    Returns
    -------
    answers
        By the id of each village that has a questionnaire.

    Raises
    ------
    InputError
        If a file cannot be read, names a village that the study does not know, or is shared by
        villages that it does not tell apart.
    """
    files: dict[str, list[VillageSpec]] = {}
    for village in study.villages:
        if village.survey:
            files.setdefault(village.survey, []).append(village)
    found = {}
    for name, villages in files.items():
        answers = read_answers(study.path(name))
        parted = any(answers.village)
        if len(villages) > 1 and not parted:
            message = (
                f"{plain(name)} serves {len(villages)} villages but has no column 'village' to "
                "tell them apart; add it with the ids or names."
            )
            raise InputError(message)
        if parted:
            _require_known(answers, study, name)
        for village in villages:
            named = (village.id, village.name_en, village.name_zh)
            found[village.id] = answers.of(*named) if parted else answers
    return {v.id: found[v.id] for v in study.villages if v.id in found}


def _require_known(answers: Answers, study: Study, name: str) -> None:
    known = {n.casefold() for v in study.villages for n in (v.id, v.name_en, v.name_zh) if n}
    for village in dict.fromkeys(map(str, answers.village)):
        if village.casefold() not in known:
            said = f"the village '{plain(village)}'" if village else "no village in a row"
            hint = did_you_mean(village[:80], [v.id for v in study.villages])
            message = f"{plain(name)} names {said}, which the study does not have. {hint}"
            raise InputError(message)
