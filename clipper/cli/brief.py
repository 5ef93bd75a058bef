"""`clipper brief`: the morning brief, printed or sent."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ..errors import Refused
from .acts import who
from .home import Home, now
from .words import count

if TYPE_CHECKING:
    from ..config import Config
    from ..desk.briefing import BriefRules, Recipient, Sent
    from ..mail import MailServer
    from ..store import Store

SAID: Final = {
    "sent": "sent",
    "before": "was sent before",
    "doubt": "may have been sent",
    "refused": "not sent",
}
"""What each state is called before people."""


@click.command()
@click.option("--send", "sending", is_flag=True, help="Send it to everybody who has not got it.")
@click.option("--again", is_flag=True, help="With --send: send what may have been sent once more.")
@click.option("--arrived", is_flag=True, help="Note that what may have been sent did arrive.")
@click.option("--to", "address", metavar="ADDRESS", help="Print the brief to this recipient.")
@click.option("--html", "file", type=click.Path(dir_okay=False), help="Write it as a page.")
@click.option("--pick", "number", type=int, metavar="ID", help="Put a clipping at the top.")
@click.option("--why", default="", help="With --pick: the line that says why; none takes it off.")
@click.pass_obj
def brief(
    home: Home,
    sending: bool,
    again: bool,
    arrived: bool,
    address: str | None,
    file: str | None,
    number: int | None,
    why: str,
) -> int:
    """Print the morning brief, or send it.

    Printed, it holds what was approved until now. Sent, it holds what was approved until the
    last cut-off, and each recipient gets it once, without what an earlier brief held.
    """
    if again and not sending:
        raise click.UsageError("--again belongs to --send.")
    if arrived and sending:
        raise click.UsageError("Either --arrived, or --send.")
    if why and number is None:
        raise click.UsageError("--why belongs to --pick ID.")
    rules = rules_of(home.config)
    with home.open_store() as store:
        if number is not None:
            return _pick(store, number, why)
        if arrived:
            return _arrived(store)
        if sending:
            return _send(home.config, store, rules, again)
        return _print(store, rules, address, file)


def _pick(store: Store, number: int, why: str) -> int:
    from ..desk import briefing

    clipping = briefing.pick(store, number, why, who=who(), now=now())
    title = clipping.headline or clipping.article.article.title
    place = "at the top of the next brief" if why else "no longer at the top"
    click.echo(f"{number}: {place}: {title}")
    return 0


def _print(store: Store, rules: BriefRules, address: str | None, file: str | None) -> int:
    from .. import reports
    from ..desk import briefing

    recipient = _recipient(rules, address)
    found = briefing.gather(store, rules, recipient, now(), now())
    if file:
        Path(file).write_text(reports.page(found), encoding="utf-8")
        click.echo(f"Written to {file}.")
        return 0
    click.echo(reports.plain(found))
    return 0


def _recipient(rules: BriefRules, address: str | None) -> Recipient:
    from ..desk.briefing import Recipient

    if address is None:
        return Recipient(address="", language=rules.language)
    for recipient in rules.recipients:
        if recipient.address == address:
            return recipient
    raise Refused(f"{address} is no recipient of the brief. See `brief: recipients:`.")


def _send(config: Config, store: Store, rules: BriefRules, again: bool) -> int:
    from .. import mail
    from ..desk import briefing

    server = server_of(config)
    failed = False
    with store.lock():
        for sent in briefing.send(store, rules, partial(mail.send, server), now=now(), again=again):
            failed = failed or sent.state in ("doubt", "refused")
            _tell(sent)
    return 1 if failed else 0


def _arrived(store: Store) -> int:
    from ..desk import briefing

    with store.lock():
        settled = briefing.arrived(store, now=now())
    for sent in settled:
        click.echo(f"{sent.recipient}: the brief of {sent.day} is noted as sent.")
    if not settled:
        click.echo("No brief is in doubt.")
    return 0


def _tell(sent: Sent) -> None:
    more = f": {sent.text}" if sent.text else f" ({count(sent.stories, 'story')})"
    line = f"{sent.recipient}: {SAID[sent.state]}{more}"
    if sent.state == "doubt":
        line += (
            " Ask the recipient. To send it once more: clipper brief --send --again. "
            "If it arrived: clipper brief --arrived"
        )
    click.echo(line, err=sent.state in ("doubt", "refused"))


def rules_of(config: Config) -> BriefRules:
    """What the config says of briefs."""
    from ..desk.briefing import BriefRules, Recipient
    from ..desk.links import key_in

    told = config.brief
    names = {campaign.slug: campaign.name for campaign in config.campaigns}
    rules = BriefRules(outlets=config.outlets, campaigns=names, template=config.attribution)
    if told is None:
        return rules
    return BriefRules(
        outlets=config.outlets,
        campaigns=names,
        template=config.attribution,
        recipients=tuple(
            Recipient(
                address=to, campaigns=for_, editor=to in told.editors, language=told.languages[to]
            )
            for to, for_ in told.recipients
        ),
        desk=told.links,
        key=key_in(config.data) if told.links else b"",
        sender=told.sender,
        unsubscribe=told.unsubscribe,
        cutoff=told.cutoff,
        zone=told.zone,
        language=told.language,
        queued=told.queued,
    )


def server_of(config: Config) -> MailServer:
    """The mail server; Refused when the config names none, ConfigError without its secret."""
    from ..config import secret
    from ..mail import MailServer

    told = config.brief
    if told is None or not told.recipients:
        raise Refused(
            "nobody is to get the brief. Add `brief:` with `from:`, `host:` and `recipients:` to "
            f"{config.path.name}; docs/howto/send-a-brief.md shows how."
        )
    return MailServer(
        host=told.host,
        port=told.port,
        security=told.security,
        user=told.user,
        password=secret(told.password).value if told.user else "",
        ca_file=config.network.ca_file,
    )
