"""The morning brief: gathered from the store, and sent to each recipient once.

    gather -> Brief -> intent kept -> handed to the mail server -> end kept

A brief is sent by its cut-off: what was approved until then, and what no earlier brief to that
recipient held. Its Message-ID is the same whenever it is made. One whose answer was lost may have
gone out; it is never sent again before a person says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from email.utils import parseaddr

from .. import text
from ..errors import NotFound
from ..mail import Unsent
from ..model import Clipping, Outlet, Status
from ..reports.brief import (
    MOST_TOP,
    Brief,
    Correction,
    Story,
    cutoff_before,
    cutoff_on,
    day_of,
    wanted,
)
from ..reports.letter import letter
from ..reports.words import Words
from ..store import Store
from ..store.briefs import BriefSending
from . import links
from .allowing import passages
from .troubles import STALE, blind, troubles
from .updates import STANDING, update_of

REACH = timedelta(days=7)
"""How far back a brief looks: a new recipient is not sent years."""
FARTHEST = timedelta(days=60)
"""How far back it looks for somebody whose last brief is long ago (a mail server that was down,
somebody who was taken off the list for a while)."""
MOST = 100
"""Stories of a brief; older ones are left out, and their number is told."""
CUT_OFF = "it was cut off before the server answered."

Post = Callable[[EmailMessage, str, str], Unsent | None]
"""Hands a message over: the message, the sender's and the recipient's plain address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody who gets the brief; `campaigns` are names, empty for all. An `editor` gets links
    to decide by, where the rules have them, and so what waits for a decision."""

    address: str
    campaigns: tuple[str, ...] = ()
    editor: bool = False
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefRules:
    """What the config says of briefs, and of outlets and campaigns.

    `campaigns` maps slugs to names. `sender` may have a name before its address; `queued`:
    what waits for a decision is told too. `desk` is the address that links to decide by lead
    to, signed with `key`; "" for no links.
    """

    outlets: Sequence[Outlet]
    campaigns: Mapping[str, str]
    recipients: Sequence[Recipient] = ()
    template: str = ""
    sender: str = ""
    unsubscribe: str = ""
    cutoff: time = time(7)
    zone: str = "UTC"
    queued: bool = False
    language: str = "en"
    desk: str = ""
    key: bytes = field(default=b"", repr=False)

    def waiting(self, recipient: Recipient) -> bool:
        """Whether the recipient is told of what waits for a decision."""
        return self.queued or bool(self.desk and recipient.editor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a day's brief to one recipient: `state` is `sent`, `before` (it was sent
    earlier), `doubt` (it may have been sent: a person decides) or `refused`. `temporary`: a
    later try can help."""

    day: date
    recipient: str
    state: str
    stories: int = 0
    text: str = ""
    temporary: bool = False


def pick(store: Store, number: int, why: str, *, who: str, now: datetime) -> Clipping:
    """Put a clipping at the top of the next brief; an empty `why` takes it off again.

    NotFound when there is no such clipping.
    """
    clipping = store.clippings.get(number)
    store.briefs.pick(number, text.clean(why, 200), who, now)
    return clipping


def gather(
    store: Store, rules: BriefRules, recipient: Recipient, until: datetime, now: datetime
) -> Brief:
    """The brief to a recipient, with what was decided until then."""
    say = Words(recipient.language)
    since = _since(store, rules, recipient.address, until)
    held = store.briefs.held(recipient.address)
    waiting = rules.waiting(recipient)
    found = _stories(store, rules, held, (min(since, until - REACH), until), waiting)
    stories = wanted(found, recipient.campaigns)
    long_ago = since < until - REACH
    states = [state for state in store.sources.list() if state.active]
    names = {outlet.slug: outlet.name for outlet in rules.outlets}
    last = store.counts().last_round_at
    idle = last is not None and now - last > STALE
    return Brief(
        day=day_of(until, rules.zone),
        language=recipient.language,
        stories=stories[:MOST],
        left_out=max(0, len(stories) - MOST),
        missed_since=date.fromisoformat(store.briefs.last(recipient.address)) if long_ago else None,
        told_since=day_of(since, rules.zone) if long_ago else None,
        corrections=_corrections(store, held, since, until, say),
        troubles=troubles(store, states, names, now, say),
        outlets=len({state.source.outlet for state in states if state.last_polled_at}),
        blind=len(blind(states)),
        idle_since=day_of(last, rules.zone) if last is not None and idle else None,
    )


def _since(store: Store, rules: BriefRules, address: str, until: datetime) -> datetime:
    """The cut-off of the brief before: from there on, nothing falls between two briefs, however
    late one of them was sent, within `FARTHEST`."""
    day = store.briefs.last(address)
    if not day:
        return until - REACH
    return max(cutoff_on(date.fromisoformat(day), rules.cutoff, rules.zone), until - FARTHEST)


def _stories(
    store: Store, rules: BriefRules, held: frozenset[int], span: tuple[datetime, datetime],
    waiting: bool,
) -> tuple[Story, ...]:  # fmt: skip
    known = {outlet.slug: outlet for outlet in rules.outlets}
    picks = list(store.briefs.picks().items())
    statuses = (*STANDING, Status.QUEUED) if waiting else STANDING
    found = []
    for status in statuses:
        for clipping in store.clippings.list(status=status):
            at = clipping.decided_at or clipping.queued_at
            if clipping.id in held or not span[0] < at <= span[1]:
                continue
            slug = clipping.article.outlet
            outlet = known.get(slug, Outlet(slug=slug, name=slug))
            found.append((at, clipping.id, _story(clipping, outlet, rules)))
    # Newest first, and the same order however often it is made.
    stories = [story for _, _, story in sorted(found, key=lambda each: each[:2], reverse=True)]
    whys = {number: why for number, why in picks if number in {s.clipping for s in stories}}
    top = dict(list(whys.items())[:MOST_TOP])
    return tuple(replace(story, why=top.get(story.clipping, "")) for story in stories)


def _story(clipping: Clipping, outlet: Outlet, rules: BriefRules) -> Story:
    update = update_of(clipping, outlet, rules.template, rules.campaigns)
    return Story(
        clipping=clipping.id,
        headline=text.clean(update.headline, 300),
        attribution=text.clean(update.attribution, 300),
        url=text.clean(update.url, 2048),
        paragraphs=tuple(text.clean(each, 20_000) for each in update.paragraphs),
        campaigns=update.campaigns,
        also_in=len(clipping.copies),
        language=update.language,
        waits=clipping.status is Status.QUEUED,
        note=text.clean(update.note, 5_000),
    )


def _corrections(
    store: Store, held: frozenset[int], since: datetime, until: datetime, say: Words
) -> tuple[Correction, ...]:
    """What changed of stories that earlier briefs held: by us, or at the outlet."""
    found = []
    for each in store.briefs.amended(since, until):
        if each.clipping in held:
            amended = say("we corrected what we published.")
            found.append((each.clipping, say("we took it down.") if each.withdrawn else amended))
    found += [
        (look.clipping, say("the outlet changed it, or it is gone; see the desk."))
        for look in store.looks.open()
        if look.clipping in held and since < look.looked_at <= until
    ]
    return tuple(
        Correction(headline=_headline(store, number, say), text=words) for number, words in found
    )


def _headline(store: Store, number: int, say: Words) -> str:
    try:
        clipping = store.clippings.get(number)
    except NotFound:
        return say("Clipping %(number)d") % {"number": number}
    return text.clean(clipping.headline or clipping.article.article.title, 300)


# ---------------------------------------------------------------- sending


def send(
    store: Store, rules: BriefRules, post: Post, *, now: datetime, again: bool = False
) -> Iterator[Sent]:
    """Send the brief whose cut-off came last to everybody who has not got it.

    `again`: a person says that what is in doubt is to be sent once more; the stories of an
    earlier day's brief go into the next one. One recipient's failure leaves the others alone.
    """
    until = cutoff_before(now, rules.cutoff, rules.zone)
    yield from _older_doubts(store, day_of(until, rules.zone), now, again)
    for recipient in rules.recipients:
        yield _send_one(store, rules, post, recipient, until, now, again)


def arrived(store: Store, *, now: datetime) -> tuple[Sent, ...]:
    """A person says that all that was in doubt did arrive; what was noted as sent."""
    doubts = store.briefs.doubts()
    for each in doubts:
        store.briefs.end(each.day, each.recipient, "sent", now, "a person said that it arrived")
    return tuple(_told(each, "sent") for each in doubts)


def _older_doubts(store: Store, today: date, now: datetime, again: bool) -> Iterator[Sent]:
    """Doubts of earlier days, told until a person settles them: their stories are held back."""
    for each in store.briefs.doubts():
        if date.fromisoformat(each.day) >= today:
            continue
        if again:
            store.briefs.end(each.day, each.recipient, "refused", now, "told again by a person")
        else:
            words = each.reason or CUT_OFF
            yield replace(_told(each, "doubt"), text=f"the brief of {each.day}: {words}")


def _told(sending: BriefSending, state: str) -> Sent:
    return Sent(
        day=date.fromisoformat(sending.day),
        recipient=sending.recipient,
        state=state,
        stories=len(sending.clippings),
    )


def _send_one(
    store: Store,
    rules: BriefRules,
    post: Post,
    recipient: Recipient,
    until: datetime,
    now: datetime,
    again: bool,
) -> Sent:
    day = day_of(until, rules.zone)
    address = recipient.address
    earlier = store.briefs.get(day.isoformat(), address)
    if earlier is not None and earlier.state == "sent":
        return _told(earlier, "before")
    if earlier is not None and earlier.state == "intended":
        if not again:
            return replace(_told(earlier, "doubt"), text=earlier.reason or CUT_OFF)
        store.briefs.end(day.isoformat(), address, "refused", now, "sent again by a person")
    brief = _with_links(gather(store, rules, recipient, until, now), rules, recipient, until)
    message_id = message_number(store.updates.house(), day, address, rules.sender)
    message = letter(
        brief,
        sender=rules.sender,
        recipient=address,
        number=message_id,
        unsubscribe=rules.unsubscribe,
        now=now,
    )
    held = [story.clipping for story in brief.stories]
    with store.transaction():
        store.briefs.intend(day.isoformat(), address, message_id, held, now)
        for story in brief.stories:
            store.released.note(story.clipping, passages(story.paragraphs), "brief", now)
    failed = post(message, parseaddr(rules.sender)[1], address)
    return _ended(store, brief, address, failed, now)


def _with_links(brief: Brief, rules: BriefRules, recipient: Recipient, until: datetime) -> Brief:
    """The brief with links to decide what waits; a brief that is only printed has none."""
    if not (rules.desk and rules.key and recipient.editor):
        return brief

    def address(story: Story, act: str) -> str:
        link = links.Link(
            recipient=recipient.address, clipping=story.clipping, act=act,
            expires_at=until + links.LASTING,
        )  # fmt: skip
        return f"{rules.desk}/brief/{links.token(link, rules.key)}"

    told = tuple(
        replace(story, approve=address(story, links.APPROVE), reject=address(story, links.REJECT))
        if story.waits
        else story
        for story in brief.stories
    )
    return replace(brief, stories=told)


def _ended(store: Store, brief: Brief, address: str, failed: Unsent | None, now: datetime) -> Sent:
    day, stories = brief.day.isoformat(), len(brief.stories)
    if failed is None:
        store.briefs.end(day, address, "sent", now)
        return Sent(day=brief.day, recipient=address, state="sent", stories=stories)
    kept, told = ("intended", "doubt") if failed.maybe_sent else ("refused", "refused")
    store.briefs.end(day, address, kept, now, failed.text)
    return Sent(
        day=brief.day,
        recipient=address,
        state=told,
        stories=stories,
        text=failed.text,
        temporary=failed.temporary,
    )


def message_number(house: str, day: date, recipient: str, sender: str) -> str:
    """The Message-ID of a brief, the same whenever it is made: a reader's program, or a server
    on the way, can tell that it has it already (RFC 5322, section 3.6.4)."""
    key = hashlib.sha256(f"{house}\n{day.isoformat()}\n{recipient}".encode()).hexdigest()[:24]
    domain = parseaddr(sender)[1].rpartition("@")[2] or "clipper.invalid"
    return f"brief-{day:%Y%m%d}-{key}@{domain}"
