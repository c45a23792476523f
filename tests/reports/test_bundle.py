import json
import os

import pytest

from taobaogis.errors import ExportError, InputError
from taobaogis.reports.bundle import replacing_folder, require_replaceable


def finish(target, **files):
    with replacing_folder(target) as folder:
        for name, text in files.items():
            (folder / name).write_text(text)
        record = {"files": [{"path": name} for name in files]}
        (folder / "manifest.json").write_text(json.dumps(record))


def names(folder):
    return [path.name for path in folder.iterdir()]


def break_off(target, error):
    """A run that has written half a page when it breaks."""
    with replacing_folder(target) as folder:
        (folder / "page").write_text("half")
        raise error


def contents(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_new_folder_is_made_with_its_parents(tmp_path):
    finish(tmp_path / "a" / "b", page="1")
    assert contents(tmp_path / "a" / "b") == {"page", "manifest.json"}
    assert names(tmp_path / "a") == ["b"]


def test_an_earlier_run_is_replaced_and_files_of_the_user_are_kept(tmp_path):
    out = tmp_path / "out"
    finish(out, page="1", gone="1")
    (out / "notes").mkdir()
    (out / "notes" / "mine.txt").write_text("mine")
    finish(out, page="2")
    assert contents(out) == {"page", "manifest.json", "notes/mine.txt"}
    assert (out / "page").read_text() == "2"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_run_that_breaks_leaves_the_old_result_whole(tmp_path, error):
    out = tmp_path / "out"
    finish(out, page="1")
    with pytest.raises(error):
        break_off(out, error())
    assert (out / "page").read_text() == "1"
    assert names(tmp_path) == ["out"]


def test_a_full_disk_is_an_export_error_and_leaves_the_old_result_whole(tmp_path):
    out = tmp_path / "out"
    finish(out, page="1")
    with pytest.raises(ExportError, match=r"No space left.*before is untouched"):
        break_off(out, OSError(28, "No space left on device"))
    assert (out / "page").read_text() == "1"


def test_a_run_killed_between_the_renames_is_undone_by_the_next(tmp_path):
    out = tmp_path / "out"
    finish(out, page="1")
    out.rename(tmp_path / ".out.old")
    with pytest.raises(ValueError, match="stop"):
        break_off(out, ValueError("stop"))
    assert (out / "page").read_text() == "1"


def test_a_folder_of_something_else_is_not_touched(tmp_path):
    (tmp_path / "thesis.txt").write_text("years")
    with pytest.raises(InputError, match="holds files of something else"):
        finish(tmp_path, page="1")
    assert names(tmp_path) == ["thesis.txt"]


def test_a_file_in_the_place_of_the_folder_is_not_touched(tmp_path):
    (tmp_path / "out").write_text("text")
    with pytest.raises(InputError, match="'out' is a file"):
        finish(tmp_path / "out", page="1")


def test_a_broken_manifest_stops_the_run_before_anything_is_lost(tmp_path):
    out = tmp_path / "out"
    finish(out, page="1")
    (out / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="manifest in 'out' is broken"):
        finish(out, page="2")
    assert (out / "page").read_text() == "1"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda out: out.symlink_to(out.with_name("gone")), "is a link to no folder"),
        (lambda out: out.symlink_to(out), "is a link to no folder"),
        (os.mkfifo, "is a file; give a folder"),
    ],
)
def test_what_cannot_become_a_folder_is_refused_before_the_work(tmp_path, make, says):
    out = tmp_path / "out"
    make(out)
    with pytest.raises(InputError, match=says):
        require_replaceable(out)
    assert names(tmp_path) == ["out"]


def test_a_pipe_that_somebody_put_among_the_results_is_refused_before_the_work(tmp_path):
    out = tmp_path / "out"
    finish(out, page="1")
    os.mkfifo(out / "pipe")
    with pytest.raises(InputError, match="holds 'pipe', which is no file and cannot be kept"):
        require_replaceable(out)
    assert (out / "page").read_text() == "1"


def test_a_link_that_somebody_put_among_the_results_is_kept_as_a_link(tmp_path):
    out = tmp_path / "out"
    finish(out, page="1")
    (out / "thesis").symlink_to(tmp_path)
    finish(out, page="2")
    assert (out / "thesis").is_symlink()
    assert contents(out) == {"page", "manifest.json"}


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2Jb", "\udcff"])
def test_a_name_that_a_terminal_would_obey_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="holds characters that cannot be shown"):
        require_replaceable(tmp_path / name)
