"""A cold round and an unchanged one, next to the script that a user would write in an evening.

A server process on loopback holds 50 outlets of 20 articles, of real page weight. Each
side runs as a process of its own; user and system time are the operating system's, of the
process and all its children; memory is the largest sum over the process tree that a
sampler saw.

usage: python bench/round.py [--outlets 50] [--articles 20] [--runs 3] [--profile]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PORT = 9400
QUERIES = (
    '"private prison*" OR "for-profit prison*"',
    "council AND (budget OR rent)",
    "divest* NEAR/10 prison*",
)


@dataclass(frozen=True)
class Figures:
    """What one run cost: seconds of CPU and of the clock, and MB at the peak."""

    cpu: float
    wall: float
    megabytes: float


@contextlib.contextmanager
def server(outlets: int, articles: int, folder: Path) -> Iterator[list[str]]:
    """The outlets' server, as a process; gives the feeds' URLs."""
    ready = folder / "ready"
    words = [
        "--outlets",
        outlets,
        "--articles",
        articles,
        "--port-base",
        PORT,
        "--ready-file",
        ready,
    ]
    process = subprocess.Popen([sys.executable, HERE / "serve.py", *map(str, words)])
    try:
        while not ready.exists():
            if process.poll() is not None:
                raise SystemExit("the server did not start")
            time.sleep(0.1)
        yield [f"http://127.0.0.1:{PORT + number}/feed.xml" for number in range(outlets)]
    finally:
        process.terminate()
        process.wait()


def tree_megabytes(root: int) -> float:
    """Resident memory of a process and all its descendants, shared pages counted once each."""
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in rollup.splitlines() if "Pss:" in line)
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
    return total / 1024


def run(command: list[str]) -> Figures:
    """Run a command to its end and take its figures. Fails loudly if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peak = 0.0
    stop = threading.Event()

    def sample() -> None:
        nonlocal peak
        while not stop.wait(0.2):
            peak = max(peak, tree_megabytes(process.pid))

    sampler = threading.Thread(target=sample)
    sampler.start()
    code = process.wait()
    wall = time.perf_counter() - began
    stop.set()
    sampler.join()
    if code:
        raise SystemExit(f"{command} ended with {code}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Figures(cpu, wall, peak)


def write_config(folder: Path, urls: list[str]) -> Path:
    """A config for the server's outlets: everything on, no gap between pages."""
    lines = ["contact: bench@example.org", "network:", "  gap: 0 s", "  parallel: 32"]
    lines += ["  allow: 127.0.0.0/8", "outlets:"]
    for number, url in enumerate(urls):
        lines += [f"  - name: Outlet {number}", f"    feed: {url}"]
    lines += ["campaigns:"]
    for number, query in enumerate(QUERIES):
        lines += [f"  - name: Campaign {number}", f"    query: '{query}'"]
    path = folder / "sources.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def clipper(config: Path, *, profile: bool = False) -> list[str]:
    """The command of a round."""
    tool = ["-m", "cProfile", "-o", "round.prof"] if profile else []
    return [sys.executable, *tool, "-m", "clipper", "--config", str(config), "fetch", "--quiet"]


def compare(urls: list[str], folder: Path, runs: int) -> dict[str, list[Figures]]:
    """Alternate the two sides; each run cold, then clipper's second, unchanged round."""
    figures: dict[str, list[Figures]] = {"script": [], "clipper": [], "clipper, unchanged": []}
    listed = folder / "urls"
    listed.write_text("\n".join(urls))
    config = write_config(folder, urls)
    for _ in range(runs):
        database = folder / "script.db"
        database.unlink(missing_ok=True)
        shutil.rmtree(folder / "data", ignore_errors=True)
        script = [sys.executable, str(HERE / "evening.py"), str(listed), str(database)]
        figures["script"].append(run(script))
        figures["clipper"].append(run(clipper(config)))
        figures["clipper, unchanged"].append(run(clipper(config)))
    return figures


def table(figures: dict[str, list[Figures]]) -> str:
    """Medians, and each as a ratio to the script's."""
    rows = [f"{'':<20} {'CPU s':>7} {'wall s':>7} {'MB':>6} {'CPU ×':>6} {'wall ×':>6}"]
    base = median(figures["script"])
    for name, runs in figures.items():
        it = median(runs)
        rows.append(
            f"{name:<20} {it.cpu:>7.2f} {it.wall:>7.2f} {it.megabytes:>6.0f} "
            f"{it.cpu / base.cpu:>6.2f} {it.wall / base.wall:>6.2f}"
        )
    cold, again = median(figures["clipper"]), median(figures["clipper, unchanged"])
    rows.append(f"unchanged round: {again.wall / cold.wall:.3f} of the cold one's wall time")
    return "\n".join(rows)


def median(runs: list[Figures]) -> Figures:
    """The median of each figure by itself."""
    return Figures(
        statistics.median(figures.cpu for figures in runs),
        statistics.median(figures.wall for figures in runs),
        statistics.median(figures.megabytes for figures in runs),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outlets", type=int, default=50)
    parser.add_argument("--articles", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="profile one cold round instead")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        server(options.outlets, options.articles, Path(name)) as urls,
    ):
        folder = Path(name)
        print(f"{options.outlets} outlets × {options.articles} articles, {os.cpu_count()} cores")
        if options.profile:
            run(clipper(write_config(folder, urls), profile=True))
            print("wrote round.prof")
            return
        print(table(compare(urls, folder, options.runs)))


if __name__ == "__main__":
    main()
