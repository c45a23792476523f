"""The hand-made run, and a real browser to open its pages in."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

    from taobaogis.results import StudyResult


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """Module that builds the run."""
    path = Path(__file__).with_name("scene.py")
    spec = importlib.util.spec_from_file_location("taobaogis_scene", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def result(made: ModuleType) -> StudyResult:
    """Synthetic run of three villages."""
    return made.scene()
