"""Kernels load wherever the package is installed, and only where they are asked for."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import taobaogis

KERNEL = """
from taobaogis.compiled import compiled


@compiled("int64(int64)")
def twice(number):
    return 2 * number
"""
CALL = "import sys; sys.path.insert(0, sys.argv[1]); import kernel; print(kernel.twice(21))"


def run(code, *arguments, **environment):
    package = str(Path(taobaogis.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": package, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "kernel.py").write_text(KERNEL)
    yield tmp_path
    tmp_path.chmod(stat.S_IRWXU)


def test_importing_the_package_and_its_measures_loads_no_compiler():
    code = "import sys, taobaogis.form.whole; print('numba' in sys.modules)"
    assert run(code).stdout == "False\n"


def test_a_kernel_works_where_nothing_can_be_written(folder):
    nowhere = folder / "file"
    nowhere.write_text("no folder")
    done = run(
        CALL, folder, NUMBA_CACHE_DIR=str(nowhere / "in"), HOME=str(nowhere),
        XDG_CACHE_HOME=str(nowhere), NUMBA_CACHE_LOCATOR_CLASSES="UserProvidedCacheLocator",
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("42\n", "")


def test_a_kernel_is_kept_and_made_again_where_what_was_kept_is_broken(folder):
    keep = folder / "kept"
    done = run(CALL, folder, NUMBA_CACHE_DIR=str(keep))
    kept = [*keep.rglob("*.nbi"), *keep.rglob("*.nbc")]
    assert (done.stdout, len(kept)) == ("42\n", 2)
    for name in kept:
        name.write_bytes(name.read_bytes()[:-20])
    done = run(CALL, folder, NUMBA_CACHE_DIR=str(keep))
    assert (done.stdout, done.stderr) == ("42\n", "")


def test_processes_that_compile_at_once_do_not_trip_and_refuse_other_arguments(folder):
    keep, wrong = folder / "kept", CALL.replace("twice(21)", "twice('a')")
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run, c, folder, NUMBA_CACHE_DIR=str(keep)) for c in (CALL, wrong)]
    right, refused = [task.result() for task in runs]
    assert (right.stdout, right.stderr) == ("42\n", "")
    assert "No matching definition" in refused.stderr
