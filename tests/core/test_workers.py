"""Work shared among processes is the work done in one."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import jobs

from taobaogis.errors import InputError, TaobaoGISError, TaobaoGISWarning
from taobaogis.workers import aside, cores, here, patiently, processes


@pytest.fixture(scope="module")
def two():
    with processes(2, warm=["json"]) as each:
        yield each


def test_one_process_is_this_one():
    with processes(1) as each:
        assert each is here
        assert list(each(jobs.process, [1, 2])) == [os.getpid()] * 2


def test_two_processes_are_others(two):
    assert os.getpid() not in list(two(jobs.process, range(8)))


@settings(max_examples=10)
@given(numbers=st.lists(st.integers(), max_size=20))
def test_results_come_in_the_order_of_the_items(two, numbers):
    assert list(two(jobs.square, numbers)) == list(here(jobs.square, numbers))


@settings(max_examples=10)
@given(numbers=st.lists(st.integers(), max_size=20))
def test_with_patience_each_item_is_worked_on_once(numbers):
    assert sorted(patiently(1, jobs.square, numbers)) == sorted(n * n for n in numbers)


def test_patient_processes_take_few_items_ahead():
    taken = []
    results = patiently(2, jobs.square, (taken.append(n) or n for n in range(50)))
    next(results)
    assert len(taken) < 10
    assert len(list(results)) == 49


def test_here_nothing_is_done_before_it_is_asked_for():
    done = here(jobs.refused, [1])
    with pytest.raises(InputError, match="1 cannot be meant"):
        next(done)


def test_an_error_is_raised_where_its_result_is_asked_for(two):
    results = two(jobs.refused, [3, 4])
    with pytest.raises(InputError, match="3 cannot be meant; give another"):
        next(results)


def test_warnings_are_given_in_this_process(two):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert list(two(jobs.warned, [5, 6])) == [5, 6]
    assert [(str(w.message), w.category) for w in caught] == [
        ("5 is a number", TaobaoGISWarning),
        ("6 is a number", TaobaoGISWarning),
    ]


def test_a_process_that_dies_is_told_in_a_sentence():
    with (
        pytest.raises(TaobaoGISError, match=r"worker process has died.*--workers 1"),
        processes(2) as each,
    ):
        list(each(jobs.dying, [1]))


def test_no_process_is_left_after_an_error():
    before = set(multiprocessing.active_children())
    with pytest.raises(InputError, match="7 cannot"), processes(2) as each:
        list(each(jobs.refused, [7]))
    assert set(multiprocessing.active_children()) <= before


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to look processes up")
def test_the_processes_end_when_this_one_is_killed(tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, signal\n"
        "from support import jobs\n"
        "from taobaogis.workers import processes\n"
        "if __name__ == '__main__':\n"
        "    with processes(2) as each:\n"
        "        print(*each(jobs.process, range(9)), flush=True)\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = os.pathsep.join([str(Path(jobs.__file__).parents[1]), str(Path.cwd())])
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    pids = set(map(int, done.stdout.split()))
    assert pids, done.stderr
    patience = time.monotonic() + 10
    while any(_runs(pid) for pid in pids) and time.monotonic() < patience:
        time.sleep(0.05)
    assert not any(_runs(pid) for pid in pids)


def _runs(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_at_least_one_core_is_at_hand():
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_what_waits_for_the_thread_is_not_begun_after_an_error():
    begun, under_way, go_on = [], threading.Event(), threading.Event()

    def work(n):
        begun.append(n)
        under_way.set()
        go_on.wait()

    def fail():
        with aside() as thread:
            for n in range(2):
                thread.submit(work, n)
            under_way.wait()
            # The first ends only once the error has been on its way for long.
            threading.Timer(0.2, go_on.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert begun == [0]


def test_the_thread_gives_its_results():
    with aside() as thread:
        assert [thread.submit(pow, 2, n).result() for n in (2, 3)] == [4, 8]
