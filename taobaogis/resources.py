"""Files that are shipped with the package."""

from __future__ import annotations

from pathlib import Path

__all__ = ["data_file"]

_PACKAGE = Path(__file__).parent


def data_file(name: str) -> Path:
    """Path of a file in the shipped ``data`` folder.

    In a wheel the folder lies inside the package; in a checkout it lies beside it.

    Parameters
    ----------
    name
        Path below ``data``, with forward slashes.

    Returns
    -------
    path
        The existing file.

    Raises
    ------
    FileNotFoundError
        If no such file is shipped.
    """
    for root in (_PACKAGE / "data", _PACKAGE.parent / "data"):
        path = root / name
        if path.is_file():
            return path
    message = f"taobaogis was installed without its data file '{name}'; install it again."
    raise FileNotFoundError(message)
