"""A round as it goes: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import click

from ..model import LedgerLine
from ..pipeline import Done, Outcome, Step


def watch(steps: Iterable[Step], *, total: int, live: bool, quiet: bool) -> list[LedgerLine]:
    """Follow a round to its end and return the ledger's lines."""
    lines: list[LedgerLine] = []
    sums = {"articles": 0, "queued": 0, "errors": 0}
    with _display(total, live) as show:
        for step in steps:
            if isinstance(step, Outcome):
                sums["articles"] += step.harvest is not None
                sums["queued"] += step.clipping is not None
                sums["errors"] += step.error is not None
            elif isinstance(step, Done):
                lines.append(step.line)
                if not live and not quiet:
                    click.echo(_plain(step.line))
            show(len(lines), sums)
    return lines


def _plain(line: LedgerLine) -> str:
    if not line.looked:
        return f"{line.source}: could not look"
    if line.unchanged and not line.fetched:
        return f"{line.source}: nothing new"
    return f"{line.source}: {line.new} new, {line.queued} queued"


@contextmanager
def _display(total: int, live: bool) -> Iterator[Callable[[int, dict[str, int]], None]]:
    if not live:
        yield lambda done, sums: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("Looking at sources"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TextColumn("{task.fields[articles]} articles · {task.fields[queued]} queued"),
        TextColumn("{task.fields[errors]} errors"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("round", total=total, articles=0, queued=0, errors=0)

        def show(done: int, sums: dict[str, int]) -> None:
            progress.update(task, completed=done)
            for name, number in sums.items():
                progress.tasks[0].fields[name] = number

        yield show
