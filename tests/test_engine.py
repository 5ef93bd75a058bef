"""The worker processes: killable, bounded, and gone when they are not wanted any more."""

from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import wait
from functools import partial
from pathlib import Path

import pytest

from clipper.engine import WorkerCrash, Workers, WorkerTimeout
from clipper.errors import ClipperError, NotFound, QueryError

LIGHT = ("pebble",)
pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")


def children(pid: int | None = None) -> set[int]:
    """All processes below `pid` (this one), but multiprocessing's own resource tracker."""
    below: set[int] = set()
    for child in (c for task in tasks(pid or os.getpid()) for c in listed(task)):
        command = Path(f"/proc/{child}/cmdline")
        if command.exists() and b"resource_tracker" not in command.read_bytes():
            below |= {child} | children(child)
    return below


def tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def listed(task: Path) -> list[int]:
    try:
        return [int(word) for word in (task / "children").read_text().split()]
    except OSError:
        return []


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition, seconds: float = 10.0) -> bool:
    """Whether `condition()` holds before `seconds` are over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="module")
def pool() -> Iterator[Workers]:
    with Workers(2, seconds=1.0, megabytes=100, preload=LIGHT) as workers:
        yield workers


def stubborn() -> bool:
    """C code that looks at no signal."""
    return re.match(r"(a+)+$", "a" * 40 + "b") is None


def greedy() -> int:
    return len(bytearray(400 * 2**20))


def refuse(error: Exception) -> None:
    raise error


def unpicklable() -> object:
    return lambda: None


def wrong_query() -> None:
    raise QueryError("no", query="a AND", start=2)


ready: list[str] = []


def prepare(word: str) -> None:
    ready.append(word)


def answer() -> list[str]:
    return ready


def suicide() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_call_gives_its_result(pool: Workers) -> None:
    futures = [pool.submit(math.sqrt, n * n) for n in range(50)]
    assert [future.result() for future in futures] == list(range(50))


@pytest.mark.parametrize("call", [partial(time.sleep, 30), stubborn], ids=["sleeps", "in C"])
def test_a_call_past_its_time_is_given_up_and_the_others_go_on(pool: Workers, call) -> None:
    begun = time.monotonic()
    slow = pool.submit(call)
    others = [pool.submit(abs, -n) for n in range(20)]
    assert [future.result(timeout=10) for future in others] == list(range(20))
    with pytest.raises(WorkerTimeout, match="longer than 1 seconds"):
        slow.result(timeout=10)
    assert time.monotonic() - begun < 5


def test_a_call_past_its_memory_is_given_up_and_the_pool_goes_on(pool: Workers) -> None:
    with pytest.raises(WorkerCrash, match="100 MB") as caught:
        pool.submit(greedy).result(timeout=10)
    assert caught.value.reason == "memory"
    assert pool.submit(abs, -1).result(timeout=10) == 1


def test_a_worker_that_dies_costs_its_own_call_only(pool: Workers) -> None:
    dying = pool.submit(suicide)
    others = [pool.submit(abs, -n) for n in range(20)]
    with pytest.raises(WorkerCrash) as caught:
        dying.result(timeout=10)
    assert caught.value.reason == "died"
    assert [future.result(timeout=10) for future in others] == list(range(20))


def test_idle_workers_that_die_are_replaced() -> None:
    with Workers(2, seconds=5, preload=LIGHT) as pool:
        worker = pool.submit(os.getpid).result(timeout=10)
        os.kill(worker, signal.SIGKILL)
        assert until(lambda: not alive(worker))
        time.sleep(0.3)
        assert [pool.submit(abs, -n).result(timeout=10) for n in range(5)] == list(range(5))


def test_an_exception_arrives_as_a_crash_with_its_traceback(pool: Workers) -> None:
    with pytest.raises(WorkerCrash, match="ValueError: bad") as caught:
        pool.submit(refuse, ValueError("bad")).result(timeout=10)
    assert caught.value.reason == "raised"
    assert "in refuse" in caught.value.trace


def test_clippers_own_errors_arrive_as_they_are(pool: Workers) -> None:
    with pytest.raises(NotFound, match="nothing here"):
        pool.submit(refuse, NotFound("nothing here")).result(timeout=10)


def test_an_error_that_does_not_survive_pickling_arrives_in_words(pool: Workers) -> None:
    with pytest.raises(WorkerCrash, match="no"):
        pool.submit(wrong_query).result(timeout=10)


def test_a_call_or_an_answer_that_cannot_travel_is_an_error_not_a_hang(pool: Workers) -> None:
    with pytest.raises(WorkerCrash, match="can't travel"):
        pool.submit(lambda: None).result(timeout=10)
    with pytest.raises(WorkerCrash):
        pool.submit(unpicklable).result(timeout=10)
    assert pool.submit(abs, -1).result(timeout=10) == 1


def test_large_bodies_travel_both_ways(pool: Workers) -> None:
    body = os.urandom(2_000_000)
    futures = [pool.submit(bytes.swapcase, body) for _ in range(6)]
    assert all(future.result(timeout=20) == body.swapcase() for future in futures)


def test_a_cancelled_call_is_killed() -> None:
    with Workers(1, seconds=30, preload=LIGHT) as pool:
        pool.submit(abs, 1).result(timeout=10)
        slow = pool.submit(time.sleep, 30)
        time.sleep(0.3)
        assert slow.cancel()
        assert pool.submit(abs, -1).result(timeout=10) == 1
        done, _ = wait([slow], timeout=10)
        assert done == {slow}


def test_each_worker_is_made_ready_before_its_first_call() -> None:
    with Workers(1, start=partial(prepare, "campaigns"), preload=LIGHT) as pool:
        assert pool.submit(answer).result(timeout=10) == ["campaigns"]


def test_a_preparation_that_fails_is_the_answer_to_each_call() -> None:
    with Workers(1, start=partial(refuse, ValueError("no lists")), preload=LIGHT) as pool:
        for _ in range(2):
            with pytest.raises(WorkerCrash, match="no lists"):
                pool.submit(abs, 1).result(timeout=10)


def test_a_worker_is_replaced_after_its_share_of_calls() -> None:
    with Workers(1, preload=LIGHT, calls=2) as pool:
        seen = {pool.submit(os.getpid).result(timeout=10) for _ in range(4)}
    assert len(seen) == 2


def test_no_process_starts_before_the_first_call_and_none_stays() -> None:
    before = children()
    with Workers(2, preload=LIGHT) as pool:
        assert children() == before
        pool.submit(abs, 1).result(timeout=10)
        started = children() - before
        assert len(started) == 3  # two workers and their fork server
    assert until(lambda: not any(alive(pid) for pid in started))


def test_leaving_by_an_exception_kills_what_is_under_way_and_tells_who_waits() -> None:
    futures = []

    def interrupted() -> None:
        with Workers(1, seconds=30, preload=LIGHT) as pool:
            futures.extend(pool.submit(time.sleep, 30) for _ in range(3))
            time.sleep(0.5)
            raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - begun < 5
    for future in futures:
        with pytest.raises(WorkerCrash, match="stopped"):
            future.result(timeout=1)


def test_a_closed_pool_takes_nothing_more() -> None:
    pool = Workers(1, preload=LIGHT)
    pool.close()
    pool.close()
    with pytest.raises(ClipperError, match="closed"):
        pool.submit(abs, 1)


def test_many_threads_may_submit_at_once(pool: Workers) -> None:
    sums: list[int] = []

    def work() -> None:
        sums.append(sum(pool.submit(abs, -n).result(timeout=20) for n in range(20)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums == [190] * 8


# ---------------------------------------------------------------- as a program

PROGRAM = textwrap.dedent("""
    import os, sys, time
    from clipper.engine import Workers
    print("main", flush=True)
    with Workers(2, seconds={seconds}, preload=("pebble",)) as pool:
        print("worker", pool.submit(os.getpid).result(), flush=True)
        {then}
    print("end", flush=True)
""")


def program(then: str = "pass", seconds: float = 5) -> str:
    return PROGRAM.format(then=then, seconds=seconds)


@pytest.mark.parametrize("how", ["script", "-c", "stdin", "closed stdin", "all closed"])
def test_it_works_from_any_main_program(tmp_path: Path, how: str) -> None:
    """A script without a main guard is not run again by its workers; closed files do no harm."""
    script = tmp_path / "no guard.py"
    script.write_text(program())
    commands = {
        "script": [sys.executable, str(script)],
        "-c": [sys.executable, "-c", program()],
        "stdin": ["sh", "-c", f"{sys.executable} - < '{script}'"],
        "closed stdin": ["sh", "-c", f"{sys.executable} '{script}' <&-"],
        "all closed": ["sh", "-c", f"{sys.executable} '{script}' <&- 2>&-"],
    }
    done = subprocess.run(commands[how], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"main\nworker \d+\nend\n", done.stdout)
    assert done.stderr == ""


def begun(then: str, seconds: float) -> tuple[subprocess.Popen[str], set[int]]:
    """A running program with a call under way, and all processes below it."""
    child = subprocess.Popen(
        [sys.executable, "-c", program(then, seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "main\n"
    assert child.stdout.readline().startswith("worker")
    time.sleep(0.5)
    return child, children(child.pid)


def test_ctrl_c_ends_all_of_it_at_once_without_noise_from_workers() -> None:
    child, below = begun("pool.submit(time.sleep, 60).result()", 60)
    assert len(below) == 3
    os.killpg(child.pid, signal.SIGINT)
    _, noise = child.communicate(timeout=10)
    assert noise.count("Traceback") == 1
    assert "KeyboardInterrupt" in noise
    assert until(lambda: not any(alive(pid) for pid in below))


def test_ctrl_c_while_the_modules_are_still_imported_ends_all_of_it_too(tmp_path: Path) -> None:
    (tmp_path / "heavy.py").write_text("import time\ntime.sleep(2)\n")
    source = program().replace('("pebble",)', '("heavy",)')
    child = subprocess.Popen(
        [sys.executable, "-c", source],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert until(lambda: len(children(child.pid)) == 1)
    time.sleep(0.5)
    below = children(child.pid)
    os.killpg(child.pid, signal.SIGINT)
    _, noise = child.communicate(timeout=15)
    assert child.returncode != 0
    assert "heavy.py" not in noise
    assert until(lambda: not any(alive(pid) for pid in below))


def test_a_killed_parent_leaves_no_busy_worker_behind() -> None:
    """Idle workers end with their parent; a busy one by its own alarm."""
    child, below = begun("pool.submit(time.sleep, 60).result()", 1.5)
    child.kill()
    child.communicate(timeout=10)
    assert until(lambda: not any(alive(pid) for pid in below), seconds=8)
