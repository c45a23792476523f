"""Which font can write Chinese on this machine."""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING

from taobaogis.errors import InputError, TaobaoGISWarning, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["CHINESE_FONTS", "chinese_font"]

# Those of the usual systems first in which they are complete; all hold the characters of
# Guangdong's place names that the GB 2312 set lacks.
CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
)


def chinese_font(installed: Collection[str], *, wanted: str = "") -> str | None:
    """Font family to write Chinese with.

    Parameters
    ----------
    installed
        Names of the families that can be used.
    wanted
        Family that the user asks for; it goes before all others.

    Returns
    -------
    family
        The wanted one, or the first of `CHINESE_FONTS` that is installed; None if there is
        none, after one warning in the life of the program: labels are then English only.

    Raises
    ------
    InputError
        If the wanted family is not installed.

    Examples
    --------
    >>> chinese_font({"SimHei", "DejaVu Sans", "PingFang SC"})
    'PingFang SC'
    """
    if wanted:
        if wanted not in installed:
            hint = did_you_mean(wanted, installed) if installed else ""
            message = f"The font '{wanted}' is not installed. {hint}"
            raise InputError(message.strip())
        return wanted
    for family in CHINESE_FONTS:
        if family in installed:
            return family
    _warn_once()
    return None


@cache
def _warn_once() -> None:
    message = (
        "No font with Chinese characters is installed, so figures are labelled in English only; "
        f"install one of {', '.join(CHINESE_FONTS)}."
    )
    warnings.warn(message, TaobaoGISWarning, stacklevel=3)
