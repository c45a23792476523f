"""GIS for China's urban villages.

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # for type checkers; importing `typing` would double the cost
if TYPE_CHECKING:
    from taobaogis.errors import TaobaoGISError
    from taobaogis.settings import Settings
    from taobaogis.study import Study, load_study, parse_study

__all__ = ["Settings", "Study", "TaobaoGISError", "load_study", "parse_study"]
__version__ = "0.1.0"

_HOME = {
    "Settings": "taobaogis.settings",
    "Study": "taobaogis.study",
    "TaobaoGISError": "taobaogis.errors",
    "load_study": "taobaogis.study",
    "parse_study": "taobaogis.study",
}


def __getattr__(name: str) -> object:
    """Import a public name from the module it lives in."""
    import importlib  # noqa: PLC0415 - it loads more than all the rest

    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    message = f"module 'taobaogis' has no attribute '{name}'"
    raise AttributeError(message)


def __dir__() -> list[str]:
    """Public names."""
    return sorted([*__all__, "__version__"])
