"""The folder of a run: made aside and moved into place as a whole.

A run that breaks leaves the result of the one before untouched.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from taobaogis.errors import ExportError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["replacing_folder", "require_replaceable"]

_MARK = "manifest.json"


@contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """Folder to write into, which takes the place of `target` when the block ends well.

    Parameters
    ----------
    target
        Folder of an earlier run, an empty folder, or nothing yet. Files in it that the earlier
        run did not write are kept.

    Yields
    ------
    folder
        An empty folder beside `target`. If the block raises, it is removed and `target` stays
        as it was.

    Raises
    ------
    InputError
        If `target` holds files but is not the folder of a run.
    ExportError
        If the folder cannot be made or moved.
    """
    target = _absolute(target)
    old = target.with_name(f".{target.name}.old")
    _recover(target, old)
    require_replaceable(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".new", dir=target.parent))
        made.chmod(0o755)
    except OSError as error:
        raise _failed(target, error) from error
    try:
        yield made
        _keep_foreign_files(target, made)
        if target.exists():
            target.rename(old)
        made.rename(target)
    except OSError as error:
        _recover(target, old)
        shutil.rmtree(made, ignore_errors=True)
        raise _failed(target, error) from error
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _absolute(target: Path) -> Path:
    return Path(os.path.abspath(target))  # noqa: PTH100 - resolve() would follow a user's link


def _recover(target: Path, old: Path) -> None:
    """Undo or finish what a run that was killed between two renames left behind."""
    if not old.exists():
        return
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
    else:
        old.rename(target)


def require_replaceable(target: Path) -> None:
    """Raise `InputError` if `target` is anything but free, empty, or the folder of a run."""
    target = _absolute(target)
    if target.is_file():
        message = f"--out '{target.name}' is a file; give a folder."
        raise InputError(message)
    if target.is_dir() and any(target.iterdir()) and not (target / _MARK).is_file():
        message = f"--out '{target.name}' holds files of something else; give a new folder."
        raise InputError(message)


def _keep_foreign_files(target: Path, made: Path) -> None:
    """Carry over what a user put beside the results of the earlier run."""
    import json  # noqa: PLC0415 - only where an earlier result is replaced

    if not (target / _MARK).is_file():
        return
    try:
        record = json.loads((target / _MARK).read_text(encoding="utf-8"))
        written = {str(entry["path"]) for entry in record["files"]}
    except (ValueError, KeyError, TypeError) as error:
        message = f"the manifest in '{target.name}' is broken ({error}); give a new folder."
        raise InputError(message) from error
    for path in sorted(target.rglob("*")):
        name = path.relative_to(target).as_posix()
        if path.is_dir() or name == _MARK or name in written or (made / name).exists():
            continue
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, made / name, follow_symlinks=False)


def _failed(target: Path, error: OSError) -> ExportError:
    return ExportError(
        f"the results could not be written to '{target.name}' ({error.strerror or error}); "
        "what was there before is untouched. Check the disk and the rights on the folder."
    )
