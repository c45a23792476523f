"""What all pages of this package share: templates, vendored assets, and the wall against outside.

A page is one file. Its policy (Content-Security-Policy) allows the scripts that we put in it, by
their digest, and nothing else: no other script, no request, no frame, no form.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from taobaogis.clauses import credit_words, note_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taobaogis.maps.model import Label

__all__ = ["asset", "environment", "inline_script", "inline_style", "picture", "policy"]

_ASSETS = Path(__file__).parent / "assets"
_TEMPLATES = Path(__file__).parent / "templates"
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
_CSS_URL = re.compile(r"""url\((?:"[^"]*"|'[^']*'|[^)"']*)\)""")


@cache
def asset(name: str) -> str:
    """Text of a vendored file.

    Parameters
    ----------
    name
        File name in ``maps/assets``.

    Raises
    ------
    FileNotFoundError
        If it is not vendored; nothing is ever fetched in its place.
    """
    path = _ASSETS / name
    if not path.is_file():
        message = f"'{name}' is not vendored in taobaogis/maps/assets; pages use nothing else."
        raise FileNotFoundError(message)
    return path.read_text(encoding="utf-8")


def inline_script(name: str) -> str:
    """Vendored script, fit to stand between ``<script>`` tags.

    Parameters
    ----------
    name
        File name in ``maps/assets``.

    Returns
    -------
    script
        Without the pointer to a source map; ends in a line break.
    """
    text = _SOURCE_MAP.sub("", asset(name)).strip().replace("</script", "<\\/script")
    return f"\n{text}\n"


def inline_style(name: str) -> str:
    """Vendored style sheet in which no address is left to be fetched."""
    return _CSS_URL.sub("none", asset(name)).replace("behavior: none;", "")


def picture(name: str) -> str:
    """``data:`` address of a vendored PNG, by its name without ending."""
    png = (_ASSETS / "images" / f"{name}.png").read_bytes()
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def policy(*scripts: str, pictures: Sequence[str] = (), workers: bool = False) -> str:
    """Content-Security-Policy of a page with exactly these inline scripts.

    Parameters
    ----------
    *scripts
        Text between the script tags, to the last blank; at least one.
    pictures
        Servers that pictures may come from, as ``https://name``.
    workers
        Whether its scripts may start workers from what they hold themselves.

    Returns
    -------
    policy
        Value of the meta tag; styles may stand inline, images only as ``data:`` or from `pictures`.
    """
    digests = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'"
        for s in scripts
    )
    own = "worker-src blob:; " if workers else ""
    return (
        f"default-src 'none'; script-src {digests}; {own}style-src 'unsafe-inline'; "
        f"img-src {' '.join(('data:', *pictures))}; base-uri 'none'; form-action 'none'"
    )


@cache
def environment(folder: Path = _TEMPLATES) -> jinja2.Environment:
    """Templates of a folder, besides those shared by all pages.

    Parameters
    ----------
    folder
        Where to look first.

    Returns
    -------
    environment
        Escapes everything, refuses unknown names, and knows the filter ``both``, which writes
        a `Label` in both languages for the switch to choose from.
    """
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, _TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["both"] = _both
    found.filters["note"] = lambda note: _spans(str(note), note_words(note).zh)
    found.filters["credit"] = lambda line: _spans(str(line), credit_words(line).zh)
    return found


def _both(label: Label) -> Markup:
    return _spans(label.en, label.zh)


def _spans(en: str, zh: str) -> Markup:
    if en == zh:
        return Markup("{}").format(en)
    return Markup('<span lang="en">{}</span><span lang="zh">{}</span>').format(en, zh)
