"""Tables in an Excel workbook."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import TYPE_CHECKING

from taobaogis.texts import showable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from taobaogis.indicators import Definition

__all__ = ["Cell", "Row", "Sheets", "number_pattern", "sheet_name"]

# Equal runs give equal bytes.
_MADE = dt.datetime(2019, 1, 1)  # noqa: DTZ001 - the format knows no zones
# Units of UTF-16 in a cell and in the name of a sheet, by the format.
_LONGEST, _LONGEST_NAME = 32_000, 31
_UNFIT = re.compile(r"[\[\]:*?/\\']")

Cell = str | float | int | None
Row = tuple[Cell, ...]


class Sheets:
    """A workbook of tables, all in one look.

    Texts are written as texts, so that none is taken for a formula or a link.

    Parameters
    ----------
    title, comments
        Properties of the file. Equal tables give equal bytes.
    """

    def __init__(self, title: str, comments: str) -> None:
        import xlsxwriter  # noqa: PLC0415 - only where a workbook is written

        self._stream = io.BytesIO()
        book: Workbook = xlsxwriter.Workbook(
            self._stream,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
             "strings_to_numbers": False, "nan_inf_to_errors": False},
        )  # fmt: skip
        book.set_properties(
            {"title": _cut(title, 255), "comments": _cut(comments, 255), "created": _MADE}
        )
        self.book = book
        self.head = book.add_format(
            {"bold": True, "bg_color": "#e3f0ef", "text_wrap": True, "valign": "top", "border": 1,
             "border_color": "#c9d8d6"}
        )  # fmt: skip
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.note = book.add_format({"valign": "top", "font_color": "#7a4a00", "bold": True})
        self._numbers: dict[str, Format] = {}

    def content(self) -> bytes:
        """The workbook; nothing can be added afterwards."""
        self.book.close()
        return self._stream.getvalue()

    def number(self, pattern: str) -> Format:
        """Format of numbers; the same one for the same pattern."""
        if pattern not in self._numbers:
            self._numbers[pattern] = self.book.add_format({"num_format": pattern, "valign": "top"})
        return self._numbers[pattern]

    def table(
        self,
        name: str,
        head: Sequence[str],
        rows: Iterable[Row],
        widths: Sequence[int],
        *,
        patterns: Sequence[str | Sequence[str]] = (),
        note: str = "",
    ) -> Worksheet:
        """Sheet with a table. A pattern is one a column, or one a row of a column."""
        sheet = self.book.add_worksheet(name)
        first = 0
        if note:
            sheet.write_string(0, 0, _cut(note), self.note)
            first = 1
        for column, title in enumerate(head):
            sheet.write_string(first, column, _cut(title), self.head)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        for i, row in enumerate(rows):
            for column, value in enumerate(row):
                pattern = patterns[column] if column < len(patterns) else ""
                chosen = pattern if isinstance(pattern, str) else pattern[i]
                self._write(sheet, first + 1 + i, column, value, chosen)
        sheet.freeze_panes(first + 1, 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(first)
        return sheet

    def _write(self, sheet: Worksheet, row: int, column: int, value: Cell, pattern: str) -> None:
        if value is None or value == "":
            return
        if isinstance(value, str):
            sheet.write_string(row, column, _cut(value), self.text)
        else:
            sheet.write_number(row, column, value, self.number(pattern or "General"))


def sheet_name(name: str, place: int) -> str:
    """Name that a sheet may have.

    Parameters
    ----------
    name
        Any text.
    place
        Number that stands in front of it and keeps equal names apart.
    """
    return _cut(f"{place} {_UNFIT.sub(' ', showable(name))}", _LONGEST_NAME).strip()


def _cut(text: str, longest: int = _LONGEST) -> str:
    """Beginning of a text as XML can hold it, so many units of UTF-16 at most."""
    shown = showable(text)
    if len(shown) * 2 <= longest:  # whatever its letters
        return shown
    return shown.encode("utf-16-le")[: 2 * longest].decode("utf-16-le", "ignore")


def number_pattern(definition: Definition) -> str:
    """Number format of an indicator."""
    if definition.unit == "share":
        digits = max(definition.decimals - 2, 0)
        return ("0." + "0" * digits if digits else "0") + "%"
    return "#,##0" + ("." + "0" * definition.decimals if definition.decimals else "")
