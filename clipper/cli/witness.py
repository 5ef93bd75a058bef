"""`clipper witness`: have another archive keep published pages too, and prove that it does."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from ..errors import Refused
from .home import Home, now
from .parts import network_of
from .words import count, put_json

if TYPE_CHECKING:
    from ..store import Store
    from ..witness import Archive

SAID: Final = {
    "waiting": "waits to be submitted",
    "submitted": "submitted; the archive is at work",
    "claimed": "said to be kept; not proved yet",
    "proved": "kept, and proved",
    "refused": "refused",
}
"""What each state is called before people."""
PAUSE: Final = 5.0
"""Seconds between two looks with --wait."""
NOTHING: Final = "Nothing was published yet, so there is nothing to bear witness to."


@click.command()
@click.option("--list", "listing", is_flag=True, help="List what was asked; ask nothing.")
@click.option("--find", metavar="URL", help="List the captures that the archive has of a page.")
@click.option(
    "--wait", type=click.IntRange(0, 24 * 60), default=0, metavar="MINUTES",
    help="Go on for so many minutes. [default: one step]",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def witness(home: Home, listing: bool, find: str | None, wait: int, as_json: bool) -> int:
    """Have another archive keep the pages of published clippings too.

    The Internet Archive, or what `witness:` in the config names, is asked for at most three
    pages a minute. A clipping has a second witness only when that archive's own index lists
    the capture. Each run takes one step for each clipping; run it from cron, or with --wait.
    """
    with _archive(home) as archive:
        if find:
            return _find(archive, find, as_json)
        with home.open_store() as store:
            if not listing:
                if not archive.key:
                    raise Refused(
                        "no key is set, so nothing can be submitted. Set the variable that "
                        "`witness: key:` names to ACCESS:SECRET."
                    )
                _work(store, archive, wait, quiet=as_json)
            return _list(store, as_json, whole=listing)


@contextmanager
def _archive(home: Home) -> Iterator[Archive]:
    from ..config import secret
    from ..fetch import Sender
    from ..witness import Archive

    told = home.config.witness
    if told is None:
        raise Refused(
            f"no other archive is named. Add `witness: {{}}` to {home.config_path.name} for the "
            "Internet Archive, and set CLIPPER_WITNESS_KEY to your key there."
        )
    is_set = any(os.environ.get(f"{told.key}{suffix}") for suffix in ("", "_FILE"))
    key = secret(told.key).value if is_set else ""
    with Sender(network_of(home.config)) as sender:
        yield Archive(sender.send, told.service, key)


def _work(store: Store, archive: Archive, minutes: int, *, quiet: bool) -> None:
    from ..witness import advance

    until = time.monotonic() + 60 * minutes
    with store.lock():
        store.testimonies.want(now())
        while True:
            for moved in advance(store, archive, now()):
                if not quiet:
                    reason = f": {moved.reason}" if moved.reason else ""
                    click.echo(f"{moved.clipping:>4}  {SAID[moved.state.value]}{reason}")
            left = until - time.monotonic()
            if left <= 0 or not _is_open(store):
                return
            time.sleep(min(PAUSE, left))


def _is_open(store: Store) -> bool:
    from ..store.testimony import State

    ended = (State.PROVED, State.REFUSED)
    return any(each.state not in ended for each in store.testimonies.list())


def _list(store: Store, as_json: bool, *, whole: bool) -> int:
    found = store.testimonies.list()
    if as_json:
        put_json([asdict(each) for each in found])
        return 0
    for each in found if whole else ():
        more = each.where or each.reason
        click.echo(f"{each.clipping:>4}  {SAID[each.state.value]}{f': {more}' if more else ''}")
    counted = Counter(each.state.value for each in found)
    parts = [f"{counted[state]} {said}" for state, said in SAID.items() if counted[state]]
    click.echo(f"{count(len(found), 'page')}: {'; '.join(parts)}." if found else NOTHING)
    return 0


def _find(archive: Archive, url: str, as_json: bool) -> int:
    from ..fetch import SendError
    from ..witness import mementos

    found = mementos(archive, url)
    if isinstance(found, SendError):
        raise Refused(f"the archive could not be asked: {found.text}")
    if as_json:
        put_json([asdict(each) for each in found])
        return 0
    for each in found:
        click.echo(f"{each.at:%Y-%m-%d %H:%M}  {each.where}")
    if not found:
        click.echo("It has no capture of this page.")
    return 0
