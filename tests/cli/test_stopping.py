"""A wish to stop is heard at any moment, whatever the program is at."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from support.command_line import taobaogis

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are sent to processes")

SENTENCE = "taobaogis: stopped; nothing half-written is left.\n"
CODES = {"SIGINT": 130, "SIGTERM": 143}
TESTS = Path(__file__).parents[1]

# A program whose command is `work`, which sends itself the signal.
PROGRAM = """
import builtins, os, signal, sys, threading, time
from unittest import mock

import taobaogis.cli.app
from taobaogis.cli import main
from taobaogis.cli.stopping import Stopped
from taobaogis.errors import InputError

def send():
    signal.raise_signal(signal.{name})

def go_on(seconds=20.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.01)

{work}

with mock.patch.object(taobaogis.cli.app, "app", work):
    main()
"""

SWALLOWED = {
    "by code that takes every exception": """
        def work():
            try:
                send()
            except BaseException:
                pass
            go_on()
    """,
    "again and again": """
        def work():
            for _ in range(5):
                try:
                    send()
                    go_on()
                except BaseException:
                    pass
            go_on()
    """,
    "by a finaliser": """
        class Thing:
            def __del__(self):
                send()
                go_on(0.01)

        def work():
            Thing()
            go_on()
    """,
    "by who does without what cannot be loaded": """
        def work():
            try:
                try:
                    send()
                except BaseException as error:
                    raise ImportError("initialization failed") from error
            except ImportError:
                pass
            go_on()
    """,
    "and kept": """
        kept = []

        def work():
            try:
                send()
            except BaseException as error:
                kept.append(error)
            go_on()
    """,
    "while waiting for another thread": """
        class Thing:
            def __del__(self):
                send()
                go_on(0.01)

        def work():
            Thing()
            threading.Event().wait(20)
    """,
    "and made an error of the package": """
        def work():
            try:
                send()
            except BaseException:
                raise InputError("the extra is missing; install it.")
    """,
    "and made an error nobody knows": """
        def work():
            try:
                send()
            except BaseException as error:
                raise RuntimeError("Error calling __set_name__") from error
    """,
}


def program(work, name):
    text = PROGRAM.format(name=name, work=textwrap.dedent(work))
    return subprocess.run(
        [sys.executable, "-c", text],
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
        preexec_fn=_hears,
    )


def _hears():
    """Who starts the tests in the background has them ignore Ctrl-C."""
    for name in CODES:
        signal.signal(getattr(signal, name), signal.SIG_DFL)


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("how", SWALLOWED)
def test_a_signal_that_is_swallowed_comes_again(how, name):
    done = program(SWALLOWED[how], name)
    assert (done.returncode, done.stderr) == (CODES[name], SENTENCE)


def test_what_is_being_undone_is_not_stopped_in_its_turn(tmp_path):
    done = program(
        f"""
        def work():
            try:
                send()
            finally:
                for _ in range(3):
                    send()
                    try:
                        raise ValueError
                    except ValueError:
                        go_on(0.8)
                open({str(tmp_path / "undone")!r}, "w").close()
        """,
        "SIGTERM",
    )
    assert (done.returncode, done.stderr) == (143, SENTENCE)
    assert (tmp_path / "undone").exists()


def test_who_ignores_signals_goes_on():
    done = program(
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)

        def work():
            send()
            print("done")
        """,
        "SIGINT",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_without_a_signal_complaints_are_shown_and_handlers_are_put_back():
    done = program(
        """
        class Thing:
            def __del__(self):
                raise ValueError("a fault of the program")

        def work():
            Thing()
        """,
        "SIGINT",
    )
    assert done.returncode == 0
    assert "a fault of the program" in done.stderr


def test_a_program_that_calls_the_command_line_gets_its_signals_back():
    before = [signal.getsignal(getattr(signal, name)) for name in CODES], sys.unraisablehook
    assert taobaogis("villages", "--json").code == 0
    assert ([signal.getsignal(getattr(signal, n)) for n in CODES], sys.unraisablehook) == before


@pytest.mark.parametrize("name", CODES)
def test_a_signal_while_processes_are_started_is_heard_afterwards(name):
    done = program(
        """
        import concurrent.futures
        from taobaogis.workers import processes

        submit = concurrent.futures.ProcessPoolExecutor.submit

        def sending(*given):
            send()
            return submit(*given)

        def work():
            with mock.patch.object(concurrent.futures.ProcessPoolExecutor, "submit", sending):
                with processes(2):
                    print("here")
                    go_on()
        """,
        name,
    )
    assert (done.returncode, done.stdout, done.stderr) == (CODES[name], "", SENTENCE)


def test_nothing_is_loaded_before_signals_are_heard():
    """What the interpreter has not loaded anyway, and its time, is all before `main` listens."""
    text = (
        "import sys; before = set(sys.modules); import taobaogis.cli; "
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", text], check=True, capture_output=True, text=True
    )
    ours = {"taobaogis", "taobaogis.cli", "taobaogis.cli.stopping"}
    assert ours <= set(done.stdout.split())
    others = set(done.stdout.split()) - ours
    assert others <= {"__future__", "_signal", "_thread", "_weakref", "time", "io", "importlib"}
