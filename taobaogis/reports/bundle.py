"""The folder of a run: made aside and moved into place as a whole.

A run that breaks leaves the result of the one before untouched.
"""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from taobaogis.errors import ExportError, InputError, TaobaoGISError
from taobaogis.loaders.quotes import plain, showable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["replacing_folder", "require_replaceable"]

_MARK = "manifest.json"
_ABANDONED_S = 24 * 3600.0


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
    try:
        target = _absolute(target)
        old = target.with_name(f".{target.name}.old")
        _recover(target, old)
        _sweep(target)
        require_replaceable(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".new", dir=target.parent))
    except TaobaoGISError:
        raise
    except (OSError, ValueError) as error:
        raise _failed(target, error) from error
    try:
        made.chmod(0o755)
        yield made
        _keep_foreign_files(target, made)
        if target.exists():
            target.rename(old)
        made.rename(target)
    except BaseException as error:
        _recover(target, old)
        shutil.rmtree(made, ignore_errors=True)
        if isinstance(error, OSError) and not isinstance(error, TaobaoGISError):
            raise _failed(target, error) from error
        raise
    try:
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:  # stopped while it tidies up
        shutil.rmtree(old, ignore_errors=True)
        raise


def _absolute(target: Path) -> Path:
    """Where the folder really is; a link that the user made to a folder stays a link."""
    path = Path(os.path.abspath(target))  # noqa: PTH100 - resolve() would follow links above it
    return path.resolve() if path.is_symlink() and path.is_dir() else path


def _recover(target: Path, old: Path) -> None:
    """Undo or finish what a run that was killed between two renames left behind."""
    if not old.exists():
        return
    if not target.exists():
        old.rename(target)
    elif old.is_symlink():
        old.unlink()
    else:
        shutil.rmtree(old, ignore_errors=True)


def _sweep(target: Path) -> None:
    """Remove what killed runs left half-made; a run of today may still be at work on its own."""
    long_ago = time.time() - _ABANDONED_S
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.new"):
        with contextlib.suppress(OSError):  # another run may be sweeping, too
            if left.is_dir() and left.stat().st_mtime < long_ago:
                shutil.rmtree(left, ignore_errors=True)


def require_replaceable(target: Path) -> None:
    """Raise unless `target` is free, empty, or the folder of a run.

    Raises
    ------
    InputError
        If it is a file, holds something else, or is the folder that the caller works in.
    ExportError
        If it may not be looked into.
    """
    name = plain(target.name or str(target))
    try:
        target = _absolute(target)
        if showable(str(target)) != str(target):
            message = f"--out '{name}' holds characters that cannot be shown; give another name."
            raise InputError(message)
        here = Path.cwd()
        if target == here or target in here.parents:
            message = f"--out '{name}' is the folder you are in, or above it; give one below it."
            raise InputError(message)
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            what = "a link to no folder" if target.is_symlink() else "a file"
            message = f"--out '{name}' is {what}; give a folder."
            raise InputError(message)
        if target.is_dir() and any(target.iterdir()) and not (target / _MARK).is_file():
            message = f"--out '{name}' holds files of something else; give a new folder."
            raise InputError(message)
        _foreign_files(target)
    except TaobaoGISError:
        raise
    except OSError as error:
        raise _failed(target, error) from error


def _keep_foreign_files(target: Path, made: Path) -> None:
    """Carry over what a user put beside the results of the earlier run."""
    for path in _foreign_files(target):
        copy = made / path.relative_to(target)
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy, follow_symlinks=False)


def _foreign_files(target: Path) -> list[Path]:
    """Files and links in the folder of a run that the run did not write; none if there is none."""
    import json  # noqa: PLC0415 - only where an earlier result is replaced

    if not (target / _MARK).is_file():
        return []
    try:
        record = json.loads((target / _MARK).read_text(encoding="utf-8"))
        written = {_MARK, *(str(entry["path"]) for entry in record["files"])}
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        message = (
            f"the manifest in '{plain(target.name)}' is broken ({plain(str(error))}); "
            "give a new folder."
        )
        raise InputError(message) from error
    there = [path for path in sorted(target.rglob("*")) if path.is_symlink() or not path.is_dir()]
    foreign = [path for path in there if path.relative_to(target).as_posix() not in written]
    for path in foreign:
        if not path.is_symlink() and not path.is_file():
            message = (
                f"--out '{plain(target.name)}' holds '{plain(path.name)}', which is no file and "
                "cannot be kept; give a new folder."
            )
            raise InputError(message)
    return foreign


def _failed(target: Path, error: Exception) -> ExportError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ExportError(
        f"the results could not be written to '{plain(target.name)}' ({plain(reason)}); "
        "what was there before is untouched. Check the disk and the rights on the folder."
    )
