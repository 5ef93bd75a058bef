"""`clipper notices`: who is told of what at once, and what waits to be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from ..errors import AlreadyRunning, ClipperError, ConfigError, Refused
from .home import Home, now
from .words import ago, count

if TYPE_CHECKING:
    from ..config import Config
    from ..notices import Courier, Rules, Told
    from ..store import Store

SECONDS: Final = 10.0
"""The longest that a webhook is waited for."""


@click.command()
@click.option("--send", "sending", is_flag=True, help="Look for what is new, and send what is due.")
@click.option(
    "--dry-run", is_flag=True, help="Print what would be told now; keep and send nothing."
)
@click.option("--test", is_flag=True, help="Send each of them a test message now.")
@click.option("--again", is_flag=True, help="Send what may have been sent once more.")
@click.option("--arrived", is_flag=True, help="Note that what may have been sent did arrive.")
@click.pass_obj
def notices(
    home: Home, sending: bool, dry_run: bool, test: bool, again: bool, arrived: bool
) -> int:
    """Tell chats, phones and webhooks of what is new; without options, list what waits.

    'clipper fetch' does it after each round, 'clipper run' and 'clipper schedule' every minute.
    Who is told of what stands in sources.yaml, under 'notices:' and 'webhook:'.
    """
    if sum((sending or again, dry_run, test, arrived)) > 1:
        raise click.UsageError("Use one of --send, --dry-run, --test, --again and --arrived.")
    config = home.config
    if not config.notices:
        raise Refused(
            "nobody is to be told. Add `notices:` or `webhook:` to "
            f"{config.path.name}; docs/howto/notices.md shows how."
        )
    if test:
        return _test(config)
    with home.open_store() as store:
        if dry_run:
            return _dry_run(config, store)
        if arrived:
            return _arrived(store)
        if sending or again:
            return _send(config, store, again)
        return _list(config, store)


def _send(config: Config, store: Store, again: bool) -> int:
    from .. import notices as room

    if again:
        with store.lock("notices"):
            number = room.again(store, now())
        click.echo(f"{count(number, 'notice')} to be sent once more.")
    told = tell(config, store)
    for each in told:
        _say(each)
    if not told:
        click.echo("Nothing new to tell.")
    return 1 if any(each.state in ("waits", "doubt", "dropped") for each in told) else 0


def tell(
    config: Config, store: Store, stopping: Callable[[], bool] = lambda: False
) -> Sequence[Told]:
    """Look for what is new and send what is due; nothing when somebody else does it now."""
    from .. import notices as room

    if not config.notices:
        return ()
    rules = rules_of(config)
    try:
        with store.lock("notices"), couriers(config) as by_name:
            room.look(store, rules, now())
            return tuple(room.send(store, rules, by_name, now=now(), stopping=stopping))
    except AlreadyRunning:
        return ()


def tell_failures(config: Config, store: Store, stopping: Callable[[], bool] = bool) -> None:
    """`tell`, for rounds: only what failed is printed, and nothing fails because of it."""
    try:
        told = tell(config, store, stopping)
    except ClipperError as error:
        click.echo(f"notices: {error}", err=True)
        return
    for each in told:
        if each.fresh and each.state != "sent":
            _say(each)


def _say(each: Told) -> None:
    words = {
        "sent": "sent",
        "quiet": "held back for the quiet hours",
        "waits": "not sent",
        "doubt": "may have been sent",
        "dropped": "not sent",
    }[each.state]
    line = f"{each.target}: {count(each.count, 'notice')} {words}"
    line += f": {each.text}" if each.text else "."
    if each.state == "waits":
        line += " It is tried again."
    if each.state == "doubt":
        line += (
            " Look there. To send it once more: clipper notices --again. "
            "If it arrived: clipper notices --arrived"
        )
    click.echo(line, err=each.state not in ("sent", "quiet"))


def _arrived(store: Store) -> int:
    from .. import notices as room

    with store.lock("notices"):
        number = room.arrived(store, now())
    click.echo(f"{count(number, 'notice')} noted as sent." if number else "No notice is in doubt.")
    return 0


def _dry_run(config: Config, store: Store) -> int:
    """Look in a copy of the store that is thrown away."""
    import tempfile
    from pathlib import Path

    from .. import notices as room
    from ..notices.words import message
    from ..store import Store as Kept

    with tempfile.TemporaryDirectory(prefix="clipper-dry-") as folder:
        path = Path(folder) / "clipper.db"
        store.backup(path)
        with Kept.open(path) as copy:
            rules = rules_of(config)
            room.look(copy, rules, now())
            for target in rules.targets:
                waiting = [n for n in copy.notices.open(target.name) if n.state == "waiting"]
                quiet = room.is_quiet(now(), target.quiet, target.zone)
                when = " (held back for the quiet hours)" if waiting and quiet else ""
                click.echo(f"{target.name}: {count(len(waiting), 'notice')}{when}")
                if waiting:
                    click.echo("  " + "\n".join(message(waiting)).replace("\n", "\n  "))
    click.echo("This was a dry run: nothing was sent.")
    return 0


def _list(config: Config, store: Store) -> int:
    at = now()
    for plan in config.notices:
        kind = "webhook" if plan.url else "chat"
        click.echo(f"{plan.name} ({kind}): {', '.join(plan.what)}")
        for each in store.notices.open(plan.name):
            state = "may have been sent" if each.state == "intended" else "waits"
            why = f": {each.reason}" if each.reason else ""
            click.echo(f"  {each.kind}: {state}, since {ago(each.made_at, at)}{why}")
    for each in store.notices.ended(10):
        state = "sent" if each.state == "sent" else f"given up: {each.reason}"
        click.echo(f"{ago(each.made_at, at)}  {each.target}: {each.kind}: {state}")
    return 0


def _test(config: Config) -> int:
    import secrets

    from ..notices import Letter
    from ..notices.words import message_of_test

    title, words = message_of_test()
    failed = 0
    with couriers(config) as by_name:
        for name, courier in by_name.items():
            number = f"msg_test_{secrets.token_hex(12)}"
            trouble = courier(Letter(number=number, kind="test", at=now(), title=title, text=words))
            failed += trouble is not None
            click.echo(f"{name}: {trouble.text if trouble else 'taken.'}", err=trouble is not None)
    return 1 if failed else 0


def rules_of(config: Config) -> Rules:
    """What the config says of notices."""
    from ..notices import CHAT, WEBHOOK, Rules, Target

    slugs = {campaign.name: campaign.slug for campaign in config.campaigns}
    names = {outlet.slug: outlet.name for outlet in config.outlets}
    return Rules(
        targets=tuple(
            Target(
                name=plan.name,
                by=WEBHOOK if plan.url else CHAT,
                what=frozenset(plan.what),
                campaigns=frozenset(slugs[name] for name in plan.campaigns),
                quiet=plan.quiet,
                zone=plan.zone,
                outlets=plan.outlets,
                within=plan.within,
            )
            for plan in config.notices
        ),
        outlets=names,
        campaigns={campaign.slug: campaign.name for campaign in config.campaigns},
        desk=config.desk,
        sources={source.slug: names[source.outlet] for source in config.sources},
    )


@contextmanager
def couriers(config: Config) -> Iterator[Mapping[str, Courier]]:
    """A courier for each target; one whose secret is not there fails with that reason."""
    from ..config import secret
    from ..fetch import Sender
    from ..notices.couriers import key_of, to_chat, to_nowhere, to_webhook
    from .parts import network_of

    network = network_of(config)
    made: dict[str, Courier] = {}
    with Sender(replace(network, deadline=min(network.deadline, SECONDS))) as sender:
        for plan in config.notices:
            try:
                value = secret(plan.secret).value
            except ConfigError as error:
                made[plan.name] = to_nowhere(str(error))
                continue
            key = key_of(value)
            if not plan.url:
                made[plan.name] = to_chat(value)
            elif key is None:
                made[plan.name] = to_nowhere(
                    f"{plan.secret} holds no key: `whsec_` and 24 to 64 bytes as base64."
                )
            else:
                made[plan.name] = to_webhook(sender, plan.url, key, now)
        yield made
