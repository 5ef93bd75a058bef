"""The site's folder is replaced as a whole, whatever interrupts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from clipper.publishers import site, swap
from tests.test_site import LATER, NOW, SETTINGS, headlines, update, written

KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, os.getcwd())
from tests.test_site import LATER, SETTINGS, update
from clipper.publishers import site, swap
countdown = int(sys.argv[2])
def stop(event, arguments):
    global countdown
    if event in ("open", "os.link", "os.rename", "os.mkdir", "shutil.rmtree", "ctypes.dlsym"):
        countdown -= 1
        if countdown == 0:
            os.kill(os.getpid(), 9)
folder = Path(sys.argv[1])
site.publish([update(1)], folder.parent / "warm", SETTINGS, LATER)
sys.addaudithook(stop)
site.publish([update(2), update(3)], folder, SETTINGS, LATER)
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", [1, 5, 9, 14, 20, 28])
def test_killed_at_any_moment_the_old_site_or_the_new_one_stands(
    tmp_path: Path, moment: int
) -> None:
    folder = tmp_path / "s"
    site.publish([update(1), update(2)], folder, SETTINGS, NOW)
    old = written(folder)
    subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), str(moment)],
        check=False,
        cwd=Path(__file__).parent.parent,
    )
    now_stands = written(folder)
    assert now_stands == old or b"clipping-3" in now_stands[site.RECORD]
    site.publish([update(2), update(3)], folder, SETTINGS, LATER)
    site.publish([update(2), update(3)], tmp_path / "clean", SETTINGS, LATER)
    assert set(written(folder)) == set(written(tmp_path / "clean"))
    assert {path.name for path in tmp_path.iterdir()} <= {"s", "clean", "warm"}


def test_a_swap_that_was_cut_between_its_two_steps_is_mended(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    site.publish([update(1)], folder, SETTINGS, NOW)
    folder.rename(tmp_path / ".s.clipper-old")
    (tmp_path / ".s.clipper-new").mkdir()
    swap.mend(folder)
    assert headlines(folder) == ["Headline 1"]
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_where_folders_cannot_be_exchanged_two_renames_do_it(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    for content in (b"old", b"new"):
        assert swap.replace(
            folder, {"a/b.txt": content}, frozenset(), exchange=lambda one, other: False
        )
    assert written(folder) == {"a/b.txt": b"new"}
    assert [path.name for path in tmp_path.iterdir()] == ["s"]
