"""`clipper schedule` and `clipper run`: the work done by itself, without and with the desk."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from ..errors import ClipperError
from . import depots
from .home import Home, now
from .words import count

if TYPE_CHECKING:
    from ..config import Config
    from ..model import LedgerLine
    from ..scheduler import Clockwork, Job
    from ..store import Store
    from .taking import Told

LOOK_AGAIN = time(4)
"""The local time at which published pages are looked at again, where they are due."""


ACCOUNT = time(0, 20)
"""When, in UTC, the account of the week before is made, if it was not yet."""


AHEAD = timedelta(minutes=3)
"""What is due so soon is looked at too: fewer rounds, each of which begins its own workers."""


TAKING = timedelta(minutes=3)
"""So long a tick takes in web archives from folders; the next goes on, and outlets wait so long
at most."""


class StoppedEarlyError(Exception):
    """Leaves the block of a round's parts so that what is under way is not waited for."""


class Zone(click.ParamType):  # type: ignore[type-arg]
    """A time zone by its name, as `Europe/Madrid`."""

    name = "zone"

    def convert(self, value: Any, param: Any, ctx: Any) -> ZoneInfo:
        if isinstance(value, ZoneInfo):
            return value
        try:
            return ZoneInfo(str(value))
        except (ValueError, OSError, KeyError):
            self.fail(f"{value!r} is no time zone. Write it like this: America/Los_Angeles.")


zone_option = click.option(
    "--zone", type=Zone(), help="The time zone of daily jobs. [default: this machine's]"
)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print only what failed.")


@click.command()
@zone_option
@quiet_option
@click.pass_obj
def schedule(home: Home, zone: ZoneInfo | None, quiet: bool) -> int:
    """Look at each outlet whenever it is due, until stopped.

    Once a minute it asks what is due, so a suspended machine catches up by itself. Once a
    day it looks again at published pages whose day has come. Stop it with Ctrl-C or
    SIGTERM: it ends within seconds, and what was read is saved.
    """
    end = threading.Event()
    with _opened(home) as store, _signals(end.set):
        with _clockwork(home, store, zone, quiet, end.set) as clockwork:
            click.echo("Looking at the outlets whenever they are due (Ctrl-C stops it).")
            end.wait()
        _raise_broken(clockwork)
    click.echo("Stopped. What was read is saved.")
    return 0


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="The address to listen at.")  # fmt: skip
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535))
@click.option("--local", is_flag=True, help="One editor on this machine, without log-in.")
@click.option("--name", "names", multiple=True, metavar="HOST",
              help="A host name that people ask for; several times for several.")  # fmt: skip
@click.option("--proxied", is_flag=True,
              help="A reverse proxy with TLS stands before it; needs --name.")  # fmt: skip
@click.option("--proxy", default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="With --proxied: where the proxy speaks from.")  # fmt: skip
@zone_option
@quiet_option
@click.pass_obj
def run(
    home: Home, host: str, port: int, local: bool, names: tuple[str, ...], proxied: bool,
    proxy: str, zone: ZoneInfo | None, quiet: bool,
) -> int:  # fmt: skip
    """Do all by itself, in one process: 'clipper schedule' and 'clipper web' together.

    For a small server or one's own machine. The options of the desk are those of
    'clipper web'. Stop it with Ctrl-C or SIGTERM.
    """
    from .web import opened_desk

    doors = partial(opened_desk, home, host, port, local, names, proxied, proxy)
    with doors() as (store, server), _signals(_interrupt):
        clockwork = _clockwork(home, store, zone, quiet, _self_interrupt)
        with suppress(_InterruptedError), clockwork:
            server.run()  # it ends in its own time when interrupted
        _raise_broken(clockwork)
    click.echo("Stopped. What was read is saved.")
    return 0


class _InterruptedError(SystemExit):
    """The desk's server ends by a SystemExit; ours is told from others by its type."""


def _interrupt() -> None:
    raise _InterruptedError


def _self_interrupt() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _opened(home: Home) -> Iterator[Store]:
    config = home.config  # a config with problems must not leave a store behind
    with home.open_store(create=True) as store:
        store.sources.sync(config.sources, config.outlets, now())
        yield store


@contextmanager
def _signals(act: Callable[[], None]) -> Iterator[None]:
    """SIGTERM and SIGINT call `act` once; a second one within the block changes nothing."""
    called = False

    def receive(number: int, frame: object) -> None:
        nonlocal called
        if not called:
            called = True
            act()

    before = {each: signal.signal(each, receive) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _raise_broken(clockwork: Clockwork) -> None:
    if clockwork.broken is not None:
        raise clockwork.broken


def _clockwork(
    home: Home, store: Store, zone: ZoneInfo | None, quiet: bool, end: Callable[[], None]
) -> Clockwork:
    from tzlocal import get_localzone

    from ..scheduler import Clockwork

    acts = _Acts(home.config_path, home.data, store, quiet)
    return Clockwork(
        store,
        acts.look,
        acts.daily(),
        now=now,
        zone=zone or get_localzone(),
        tell=partial(click.echo, err=True),
        on_end=end,
        between=acts.take_in,
        after=acts.notify,
    )


@dataclass(frozen=True, slots=True)
class _Acts:
    """What the clockwork does; each act reads the config anew, for people edit it."""

    config: Path
    data: Path
    store: Store
    quiet: bool
    configs: dict[int, Config | None] = field(default_factory=dict)

    def look(self, stopping: Callable[[], bool]) -> None:
        """A round of the sources that are due."""
        from ..pipeline import Done
        from ..pipeline import run as round_of
        from .parts import assemble

        home = self._home()
        lines: list[LedgerLine] = []
        with self.store.lock():
            self.store.sources.sync(home.config.sources, home.config.outlets, now())
            try:
                with (
                    assemble(home, self.store) as parts,
                    closing(round_of(parts, ahead=AHEAD, stopping=stopping)) as steps,
                ):
                    lines.extend(step.line for step in steps if isinstance(step, Done))
                    if stopping():
                        raise StoppedEarlyError
            except StoppedEarlyError:
                pass
            copied = None if stopping() else depots.copy(home, self.store, stopping=stopping)
        self._tell(lines)
        depots.tell(home, copied, quiet=True)

    def daily(self) -> tuple[Job, ...]:
        """What is done once a day."""
        from ..scheduler import Job

        jobs = [
            Job("recheck", LOOK_AGAIN, self._recheck),
            Job("completeness", ACCOUNT, self._account, ZoneInfo("UTC")),
        ]
        plan = self._home().config.brief
        if plan is not None and plan.recipients:
            jobs.append(Job("brief", plan.cutoff, self._brief, ZoneInfo(plan.zone)))
        return tuple(jobs)

    def take_in(self, stopping: Callable[[], bool]) -> None:
        """Take in what is new in folders of web archives."""
        from ..pipeline.warcs import survey
        from . import taking
        from .parts import assemble

        config = self._known_config()
        if config is None or not (config.warcs or self.store.warcs.folders()):
            return
        found = survey(self.store, config.warcs, now())
        self._tell_taken([taking.Told(look) for look in found])
        if any(look.todo for look in found):
            with self.store.lock(), assemble(self._home(), self.store) as parts:
                # Anew, for another process may have taken some in before the lock was ours.
                looks = survey(self.store, config.warcs, now())
                told = taking.take_in(config, parts, looks, stopping=stopping, budget=TAKING)
            self._tell_taken(told)

    def notify(self, stopping: Callable[[], bool]) -> None:
        """Tell those who want to know at once."""
        from .notices import tell_failures

        config = self._known_config()
        if config is not None and config.notices:
            tell_failures(config, self.store, stopping)

    def _known_config(self) -> Config | None:
        """The config for what is done at each tick; the last good one while it has problems."""
        stamp = self.config.stat().st_mtime_ns if self.config.exists() else 0
        if stamp not in self.configs:  # a large config takes seconds: not each minute
            before = next(iter(self.configs.values()), None)
            self.configs.clear()
            try:
                self.configs[stamp] = self._home().config
            except ClipperError:  # the next round tells it; until then the one before holds
                self.configs[stamp] = before
        return self.configs[stamp]

    def _brief(self, stopping: Callable[[], bool]) -> None:
        """Send the morning brief; its own table sees to it that each letter goes out once."""
        from .. import mail
        from ..desk import briefing
        from ..errors import Refused
        from .brief import rules_of, server_of

        config = self._home().config
        send = partial(mail.send, server_of(config))
        refused = []
        with self.store.lock():
            for sent in briefing.send(self.store, rules_of(config), send, now=now()):
                if sent.state == "refused" and sent.temporary:
                    refused.append(f"{sent.recipient}: {sent.text}")
                elif sent.state in ("doubt", "refused"):
                    # Asking again in a while does not help here; a person has to do something.
                    told = "may have been sent" if sent.state == "doubt" else "not sent"
                    click.echo(f"{sent.recipient}: {told}: {sent.text}", err=True)
                if stopping():
                    return
        if refused:
            raise Refused("The brief was not sent to all: " + "; ".join(refused))

    def _account(self, stopping: Callable[[], bool]) -> None:
        """Keep last week's account of completeness; kept again, it is the same."""
        from .completeness import of_week

        at = now()
        monday = at.date() - timedelta(days=at.weekday() + 7)
        self.store.accounts.keep(of_week(self.store, monday, at))

    def _recheck(self, stopping: Callable[[], bool]) -> None:
        from ..pipeline.recheck import recheck
        from .parts import assemble

        found = 0
        try:
            with self.store.lock(), assemble(self._home(), self.store) as parts:
                for looked in recheck(parts, days=(1, 7, 30, 90), only=()):
                    found += bool(looked.findings)
                    if stopping():
                        raise StoppedEarlyError
        except StoppedEarlyError:
            return
        if found:
            click.echo(f"{count(found, 'published page')} changed or gone: clipper recheck --list")

    def _home(self) -> Home:
        return Home(str(self.config), str(self.data))

    def _tell_taken(self, told: Sequence[Told]) -> None:
        from . import taking

        at = f"{now():%Y-%m-%d %H:%M} UTC"
        for each in told:
            for trouble in taking.troubles(each, only_fresh=True):
                click.echo(f"{at}  {trouble}", err=True)
            for said in taking.summary(each) if each.files and not self.quiet else ():
                click.echo(f"{at}  {said}")

    def _tell(self, lines: list[LedgerLine]) -> None:
        at = f"{now():%Y-%m-%d %H:%M} UTC"
        for line in lines:
            if line.error and not line.looked:
                click.echo(f"{at}  {line.source}: could not look: {line.error}", err=True)
        looked = [line for line in lines if line.looked]
        if looked and not self.quiet:
            new, queued = (sum(getattr(each, of) for each in looked) for of in ("new", "queued"))
            click.echo(f"{at}  {count(len(looked), 'source')}: {new} new, {queued} queued")
