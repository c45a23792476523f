"""Every notebook runs offline on the sample, and stands in the repository as its source says.

The cells are run in this process and the sample is measured once for all of them; ``make
notebooks`` runs each in a kernel of its own.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

import jupytext
import nbformat
import pytest

import taobaogis
from taobaogis import pipeline

ROOT = Path(__file__).parents[2] / "notebooks"
SOURCES = sorted((ROOT / "source").glob("*.py"))
ALL = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


@pytest.fixture(scope="module", autouse=True)
def measured_once(tmp_path_factory: pytest.TempPathFactory):
    measure, known = pipeline.measure_study, {}

    @functools.wraps(measure)
    def once(study, settings, *more, **options):
        if study.id not in known:
            known[study.id] = measure(study, settings, *more, **options)
        return known[study.id]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAOBAOGIS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(pipeline, "measure_study", once)
        yield


def test_there_is_one_for_each_promised_subject() -> None:
    assert [path.stem[3:] for path in SOURCES] == [
        "a-village-in-ten-minutes", "form", "proximity", "land-use-and-clusters",
        "comparing-candidates", "your-own-survey-files",
    ]  # fmt: skip


@ALL
def test_every_cell_runs(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = {"__name__": "__main__"}
    for cell in jupytext.read(source).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, source.name, "exec"), names)  # noqa: S102 - our own cells
    assert taobaogis.__version__
    capsys.readouterr()


@ALL
def test_what_is_shown_was_made_from_the_source(source: Path) -> None:
    shown = nbformat.read(ROOT / f"{source.stem}.ipynb", as_version=4)
    written = jupytext.read(source)
    assert [(c.cell_type, c.source) for c in shown.cells] == [
        (c.cell_type, c.source) for c in written.cells
    ], "run `make notebooks`"
    outputs = [o for c in shown.cells if c.cell_type == "code" for o in c.outputs]
    assert len(outputs) >= 4
    assert not any(o.output_type in {"error", "stream"} and "name" in o and o.name == "stderr"
                   for o in outputs)  # fmt: skip


@ALL
def test_a_code_host_shows_it_without_megabytes_or_scripts(source: Path) -> None:
    path = ROOT / f"{source.stem}.ipynb"
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < 600_000
    assert "<script" not in text
    assert "<iframe" not in text
    assert not re.search(r'"[^"]*/(tmp|home|root|Users)/', text), "no path of a machine"
    assert json.loads(text)["metadata"].keys() == {"kernelspec", "language_info"}
