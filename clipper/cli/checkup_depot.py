"""The areas of `clipper doctor` that look at where sealed files are kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ..errors import ClipperError
from ..health import Finding, Level
from .home import Home, now
from .words import count

LONG = timedelta(days=1)
"""For so long copying may fail before it is an alarm."""


def elsewhere(home: Home) -> Iterator[Finding]:
    """Whether what is sealed was copied, as far as can be told without the network."""
    from ..elsewhere import waiting
    from .depots import depot_of

    try:
        plan, depot = home.config.depot, depot_of(home.config)
    except ClipperError as error:
        if home.config_path.exists():
            yield from _unreadable(home, str(error))
        return
    if plan is None or depot is None:
        return
    if depot.lacks:
        text, _, remedy = depot.lacks.removeprefix(f"{plan.address}: ").partition(" Type: ")
        yield _finding(plan.address, Level.ALARM, text, f"Type: {remedy}")
        return
    try:
        with home.open_store() as store:
            fault = store.elsewhere.fault(plan.address)
            left = waiting(store, home.archive_path, plan.address)
    except ClipperError:
        return  # the store's own area tells it
    waits = f" {count(left, 'sealed file')} to copy." if left else ""
    if fault is not None:
        level = Level.ALARM if now() - fault.since > LONG else Level.WARNING
        yield Finding(
            area="elsewhere",
            subject=plan.address,
            level=level,
            text=f"sealed files were not copied: {_without(plan.address, fault.text)}.{waits}",
            remedy="Each round tries again, 'clipper archive copy' at once; nothing is removed "
            "here meanwhile. 'clipper doctor --online' says whether the place can be reached.",
            since=fault.since,
        )
    elif left:
        text = f"{count(left, 'sealed file')} not copied yet."
        remedy = "The next round does it, or 'clipper archive copy'."
        yield _finding(plan.address, Level.NOTE, text, remedy)


def _unreadable(home: Home, told: str) -> Iterator[Finding]:
    """A key that can't be read; a config that can't be is told by its own area."""
    try:
        plan = home.config.depot
    except ClipperError:
        return
    if plan is not None:
        yield _finding(plan.address, Level.ALARM, told, "Without it nothing can be copied.")


def reached(home: Home) -> Iterator[Finding]:
    """Ask the place itself: can it be reached, is there what should be?"""
    from ..archive import manifest
    from ..archive.there import There
    from .depots import known

    try:
        if home.config.depot is None:
            return
        there = There.look(home.shelf, known(home))
        told = manifest.read(home.archive_path)
    except ClipperError as error:
        yield _finding(
            "elsewhere", Level.ALARM, str(error), "Mend 'archive: elsewhere:' in the config."
        )
        return
    if there is None:
        return
    local = [line.file for line in told.lines if (home.archive_path / line.file).exists()]
    for each in there.findings(told, local, 1):
        yield Finding(
            area="kept elsewhere",
            subject=home.config.depot.address if there.fault else each.file,
            level=Level.ALARM,
            text=f"{each.what}.",
            remedy=REACH if there.fault else each.remedy,
        )


REACH = (
    "Look at the network, at 'archive: elsewhere:' in the config, and at the key that its "
    "variable holds. What is here alone is safe meanwhile; what is there alone can't be shown."
)


def _without(address: str, text: str) -> str:
    """A sentence about a place for whom its address was told already."""
    return text.removeprefix(f"{address}: ").rstrip(".")


def _finding(subject: str, level: Level, text: str, remedy: str) -> Finding:
    return Finding(area="elsewhere", subject=subject, level=level, text=text, remedy=remedy)
