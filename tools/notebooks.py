"""Run the notebooks and write them with their outputs: ``make notebooks``.

The text and the code of each stand in ``notebooks/source`` as a plain script, from which the
notebook is made. Maps would put half a megabyte each into the repository, so what is kept of them
is a picture of how they look in a browser; pictures are kept with few colours. Equal outputs give
equal files: no times, no counters, no machine.
"""

from __future__ import annotations

import base64
import html
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from pictures import WIDTH_PX, smaller
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).resolve().parents[1] / "notebooks"
_FRAME = re.compile(r'<iframe srcdoc="([^"]*)"')
_LONGEST_TEXT = 20_000


def main(names: list[str]) -> None:
    """Build the notebooks whose names begin with one of these, or all."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for source in sorted((HERE / "source").glob("*.py")):
            if names and not source.name.startswith(tuple(names)):
                continue
            built = build(source, browser)
            target = HERE / f"{source.stem}.ipynb"
            target.write_text(built, encoding="utf-8")
            print(f"{target.name}: {len(built.encode()) / 1e3:.0f} kB")
        browser.close()


def build(source: Path, browser: Browser) -> str:
    """Run a script as a notebook; its text as JSON."""
    notebook = jupytext.read(source)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    for i, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{i:02d}"
        cell["metadata"] = {}
        if cell.cell_type != "code":
            continue
        cell["execution_count"] = None
        cell["outputs"] = [lighter(output, browser) for output in cell["outputs"]]
        for output in cell["outputs"]:
            if "execution_count" in output:
                output["execution_count"] = None
    return nbformat.writes(notebook) + "\n"


def lighter(output: Any, browser: Browser) -> Any:  # noqa: ANN401 - as nbformat has it
    """The output with a picture in place of a map, and pictures of few colours."""
    data = output.get("data", {})
    framed = _FRAME.search(data.get("text/html", ""))
    if framed is not None:
        data["image/png"] = encoded(picture(html.unescape(framed[1]), browser))
        del data["text/html"]
        data["text/plain"] = "a map; run the cell to move about in it"
    elif "image/png" in data:
        data["image/png"] = encoded(base64.b64decode(data["image/png"]))
        data["text/plain"] = "a figure"
    elif len(data.get("text/html", "")) > _LONGEST_TEXT:
        message = "an output is longer than a reader on a code host wants to load"
        raise ValueError(message)
    output["metadata"] = {}
    return output


def encoded(png: bytes) -> str:
    """A picture as a notebook holds it, with few colours."""
    return base64.b64encode(smaller(png)).decode()


def picture(page: str, browser: Browser) -> bytes:
    """How a page looks in a browser without network."""
    tab = browser.new_page(viewport={"width": WIDTH_PX, "height": 560})
    tab.set_content(page)
    tab.wait_for_selector(".leaflet-control-layers label")
    tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")
    shot = tab.screenshot()
    tab.close()
    return shot


if __name__ == "__main__":
    main(sys.argv[1:])
