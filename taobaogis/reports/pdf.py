"""The passport as PDF, by typst, where it is installed (extra ``report``)."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taobaogis.errors import ExportError
from taobaogis.indicators import Words
from taobaogis.texts import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HOW_TO_GET_PDF", "can_write_pdf", "passport_pdf"]

_TEMPLATE = Path(__file__).parent / "templates" / "passport.typ"
HOW_TO_GET_PDF = Words(
    "the village passports are HTML only; pip install 'taobaogis[report]' writes them as PDF, too",
    "村庄档案仅有 HTML 版；安装 pip install 'taobaogis[report]' 后可另出 PDF",
)


def can_write_pdf() -> bool:
    """Whether typst is installed."""
    return importlib.util.find_spec("typst") is not None


def passport_pdf(record: Mapping[str, Any]) -> bytes:
    """PDF of a passport.

    Parameters
    ----------
    record
        From `taobaogis.reports.passport.passport_record`.

    Returns
    -------
    pdf
        Two pages of A4. With the font of the extra ``zh`` no other font of the machine is used,
        and equal passports give equal bytes; without it, the first Chinese font that the
        machine has.

    Raises
    ------
    ExportError
        If typst cannot set it.
    """
    import typst  # noqa: PLC0415 - only where a PDF is written

    own = _own_fonts()
    try:
        found = typst.compile(
            str(_TEMPLATE),
            sys_inputs={"record": json.dumps(record, ensure_ascii=False)},
            font_paths=own,
            ignore_system_fonts=bool(own),
            timestamp=dt.datetime(2019, 1, 1, tzinfo=dt.UTC),
        )
    except (typst.TypstError, RuntimeError, ValueError) as error:
        name = plain(str(record.get("name", "")))
        message = f"the passport of '{name}' could not be set as PDF ({plain(str(error))})."
        raise ExportError(message) from error
    return bytes(found)


def _own_fonts() -> list[str]:
    """Folder of the font that the extra ``zh`` installs; none without it."""
    spec = importlib.util.find_spec("pylopdf_fonts_zh_cn")
    return [] if spec is None or not spec.origin else [str(Path(spec.origin).parent)]
