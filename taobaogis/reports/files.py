"""The files of a report, one after the other: pages, passports, workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.reports.page import render_comparison_page
from taobaogis.reports.passport import passport_of, passport_record, render_passport
from taobaogis.reports.pdf import can_write_pdf, passport_pdf
from taobaogis.reports.tables import comparison_csv
from taobaogis.reports.what_if import changes_csv
from taobaogis.reports.workbook import comparison_xlsx
from taobaogis.texts import showable
from taobaogis.workers import Each, here

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from taobaogis.maps.model import Label
    from taobaogis.reports.content import Report

__all__ = ["left_out_text", "report_files"]


def report_files(
    report: Report,
    figures: Mapping[str, bytes],
    *,
    left_out: Mapping[str, Label] | None = None,
    each: Each = here,
) -> Iterator[tuple[str, bytes]]:
    """Everything that is written for people who read and do not compute.

    Parameters
    ----------
    report
        What is to be told.
    figures
        PNG bytes by name, for the page.
    left_out
        Why figures were not drawn, by name, from `taobaogis.maps.static.left_out`.
    each
        Who sets the PDFs; the result is the same.

    Yields
    ------
    name, content
        ``SOURCES.txt``, ``comparison.csv``, ``comparison.xlsx``, ``changes.csv`` if the study has
        any, a passport of each village that the data reach, as HTML and, where typst is
        installed, as PDF in two languages, and ``index.html``.
    """
    passports = {
        key: passport_of(report, key) for key, v in report.villages.items() if v.picture is not None
    }
    pdf = can_write_pdf()
    names = [f"passport-{key}-{lang}.pdf" for key in passports for lang in ("en", "zh")]
    records = [passport_record(p, lang) for p in passports.values() for lang in ("en", "zh")]
    set_pages = each(passport_pdf, records) if pdf else iter(())
    yield "SOURCES.txt", _sources_text(report).encode()
    yield "comparison.csv", comparison_csv(report.comparison).encode()
    yield "comparison.xlsx", comparison_xlsx(report)
    if report.what_if is not None:
        yield "changes.csv", changes_csv(report.what_if).encode()
    for key, passport in passports.items():
        yield f"passport-{key}.html", render_passport(passport, has_pdf=pdf).encode()
    yield "index.html", render_comparison_page(report, figures=figures, left_out=left_out).encode()
    yield from zip(names, set_pages, strict=False)


def left_out_text(left_out: Mapping[str, Label]) -> str:
    """What stands among the figures in place of those that were not drawn.

    Parameters
    ----------
    left_out
        From `taobaogis.maps.static.left_out`.

    Returns
    -------
    text
        One line a figure, in English and Chinese.
    """
    lines = [f"- {name}: {why.en} · {why.zh}" for name, why in left_out.items()]
    told = "These figures would show nothing and were left out:"
    return "\n".join([f"{told} 以下图件因无内容而未绘制：", *lines, ""])


def _sources_text(report: Report) -> str:
    """What every table of a run has to be shown with, as CSV has no room for it."""
    made = "All files of this folder, its tables too, were made from:"
    made_zh = "本文件夹中的所有文件（含表格）均由下列数据制成："
    lines = [report.attribution, "", made, made_zh]
    for source in report.sources:
        told = ", ".join(showable(t) for t in (source.source, source.as_of, source.licence) if t)
        lines.append(f"- {source.layers.en} {source.layers.zh}: {told}")
    return "\n".join([*lines, "", "Queries and digests stand in manifest.json.", ""])
