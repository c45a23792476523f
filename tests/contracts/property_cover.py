"""Which public functions are tried on random input: read from the tests themselves.

python tests/contracts/property_cover.py    # the functions that no property test names
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import taobaogis

__all__ = ["covered", "public_functions", "tried"]

_TESTS = Path(__file__).parents[1]


class _Module(NamedTuple):
    """A test module: what it imports from the package, and which names each function uses."""

    imported: dict[str, str]
    helpers: dict[str, str]
    uses: dict[str, set[str]]
    properties: list[str]


def public_functions() -> dict[str, bool]:
    """Whether it takes anything, by the dotted name of each function in an ``__all__``."""
    found: dict[str, bool] = {}
    for info in pkgutil.walk_packages(taobaogis.__path__, "taobaogis."):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            plain = inspect.unwrap(value)
            if inspect.isfunction(plain) and value.__module__ == info.name:
                found[f"{info.name}.{name}"] = bool(inspect.signature(plain).parameters)
    return found


@cache
def covered() -> dict[str, frozenset[str]]:
    """Property tests by the dotted name of the function they call, directly or by helpers."""
    found: dict[str, set[str]] = {}
    helpers = {
        ".".join(path.relative_to(_TESTS).with_suffix("").parts): _read(path)
        for path in sorted([*_TESTS.glob("support/*.py"), *_TESTS.glob("hostile/kit/*.py")])
    }
    for path in sorted(_TESTS.rglob("test_*.py")):
        module = _read(path)
        for test in module.properties:
            for name in _reached(module, {test}, helpers):
                found.setdefault(name, set()).add(f"{path.stem}.{test}")
    return {name: frozenset(tests) for name, tests in found.items()}


def _reached(module: _Module, start: set[str], helpers: dict[str, _Module]) -> set[str]:
    """Dotted names from the package that functions of a module use, however indirectly."""
    seen: set[str] = set()
    waiting = set(start)
    found: set[str] = set()
    while waiting:
        function = waiting.pop()
        seen.add(function)
        for name in module.uses.get(function, ()):
            if name in module.imported:
                found.add(module.imported[name])
            elif name in module.helpers:
                home, _, original = module.helpers[name].rpartition(".")
                if home in helpers:
                    found |= _reached(helpers[home], {original}, helpers)
            elif name in module.uses and name not in seen:
                waiting.add(name)
    return found


def _read(path: Path) -> _Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported: dict[str, str] = {}
    helpers: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            kept = imported if node.module.split(".")[0] == "taobaogis" else helpers
            for alias in node.names:
                kept[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    uses: dict[str, set[str]] = {}
    properties: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            uses[node.name] = _names(node, imported)
            if any(_is_given(decorator) for decorator in node.decorator_list):
                properties.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    uses[target.id] = _names(node, imported)
    return _Module(imported, helpers, uses, properties)


def _names(node: ast.AST, imported: dict[str, str]) -> set[str]:
    """Names in a piece of code; of an imported module also what is taken from it."""
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            found.add(inner.id)
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            dotted = f"{inner.value.id}.{inner.attr}"
            if inner.value.id in imported:
                imported[dotted] = f"{imported[inner.value.id]}.{inner.attr}"
                found.add(dotted)
    return found


def _is_given(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Name) and called.id == "given"


def _home(dotted: str) -> str:
    """Dotted name where a function is defined, of one that is imported elsewhere as well."""
    module, _, name = dotted.rpartition(".")
    value = getattr(importlib.import_module(module), name)
    return f"{value.__module__}.{name}" if hasattr(value, "__module__") else dotted


def tried() -> set[str]:
    """Dotted names of all functions that a property test calls, where they are defined."""
    found: set[str] = set()
    for dotted in covered():
        try:
            found.add(_home(dotted))
        except (ImportError, AttributeError):
            found.add(dotted)
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(_TESTS))
    takers = {name for name, takes in public_functions().items() if takes}
    missing = sorted(takers - tried())
    sys.stdout.write("\n".join(missing) + f"\n{len(missing)} of {len(takers)}\n")
