"""A service that speaks like S3: moto's server, as a process of its own on a loopback port."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import requests

KEY = "tester:secret"


@contextmanager
def served() -> Iterator[str]:
    """Its address, while the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        found = next(m for line in process.stderr if (m := re.search(r"http://[0-9.:]+", line)))
        # What it logs has to go somewhere, or it stands still once the pipe is full.
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        yield found[0]
    finally:
        process.kill()
        process.wait()
        drain.join()
        process.stderr.close()


def make_bucket(endpoint: str, name: str) -> None:
    """A bucket of that name."""
    with requests.Session() as session:
        session.trust_env = False  # a test may set a proxy
        assert session.put(f"{endpoint}/{name}", timeout=30).ok
