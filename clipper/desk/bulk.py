"""One act on many clippings: each by the rules of the single act, together in the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..errors import NotFound, Refused
from ..model import MOVES, Budget, Clipping, Status
from ..store import Store
from .acts import approve, assign, reject, requeue, retag, snooze
from .allowing import Use, use_of

MOST = 500
"""Clippings that one act may concern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """What is to be done to each of many clippings.

    `kind` is a key of `KINDS`. `reason` is for a rejection or an excerpt over the budget,
    `until` for snoozing, `to` the person for assigning, `tag` for tagging.
    """

    kind: str
    reason: str = ""
    until: datetime | None = None
    to: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What an act would do to one clipping: `refusal` says why not, "" when it can. `use` is
    how its excerpt stands to its limit, for what would be approved."""

    clipping: Clipping
    before: str
    after: str
    refusal: str = ""
    use: Use | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of an act on many: those changed, and sentences for those left alone."""

    changed: tuple[Clipping, ...]
    left: tuple[tuple[int, str], ...]


def _approve(store: Store, number: int, many: Many, budget: Budget, **by: Any) -> Clipping:
    return approve(store, number, budget=budget, reason=many.reason, **by)


def _reject(store: Store, number: int, many: Many, _: Budget, **by: Any) -> Clipping:
    return reject(store, number, reason=many.reason, **by)


def _snooze(store: Store, number: int, many: Many, _: Budget, **by: Any) -> Clipping:
    if many.until is None:
        raise Refused("say until when")
    return snooze(store, number, until=many.until, **by)


def _requeue(store: Store, number: int, many: Many, _: Budget, **by: Any) -> Clipping:
    return requeue(store, number, reason=many.reason, **by)


def _assign(store: Store, number: int, many: Many, _: Budget, **by: Any) -> Clipping:
    return assign(store, number, to=many.to, **by)


def _tag(store: Store, number: int, many: Many, _: Budget, **by: Any) -> Clipping:
    return retag(store, number, add=(many.tag,), **by)


def _untag(store: Store, number: int, many: Many, _: Budget, **by: Any) -> Clipping:
    return retag(store, number, drop=(many.tag,), **by)


KINDS: dict[str, tuple[Callable[..., Clipping], Status | None]] = {
    "approve": (_approve, Status.APPROVED),
    "reject": (_reject, Status.REJECTED),
    "snooze": (_snooze, Status.SNOOZED),
    "requeue": (_requeue, Status.QUEUED),
    "assign": (_assign, None),
    "tag": (_tag, None),
    "untag": (_untag, None),
}
"""The acts on many: what does it, and the status it leads to (None: it stays)."""


def preview(
    store: Store, numbers: Sequence[int], many: Many, budget_of: Callable[[str], Budget],
    now: datetime,
) -> tuple[Prospect, ...]:  # fmt: skip
    """What the act would do to each clipping; nothing is changed. `budget_of` gives the
    budget of an outlet by its slug. Refused for an act that there is not, or says too little."""
    _refuse_vague(many)
    chosen = tuple(dict.fromkeys(numbers))[:MOST]
    found = (_prospect(store.clippings.get(n), many) for n in chosen)
    return tuple(_against_limit(store, each, many, budget_of, now) for each in found)


def _refuse_vague(many: Many) -> None:
    needs = {"reject": many.reason, "snooze": many.until, "tag": many.tag, "untag": many.tag}
    if many.kind not in KINDS:
        raise Refused("there is no such act")
    if not needs.get(many.kind, True):
        raise Refused("that act needs a word more: a reason, a day or a tag")


def _prospect(clipping: Clipping, many: Many) -> Prospect:
    to = KINDS[many.kind][1]
    if to is None:
        before, after = _shown(clipping, many)
        same = "it is so already" if before == after else ""
        return Prospect(clipping=clipping, before=before, after=after, refusal=same)
    refusal = "" if to in MOVES[clipping.status] else f"it is {clipping.status}"
    if not refusal and many.reason == "other" and not clipping.note.strip():
        refusal = "“other” needs a note"
    return Prospect(clipping=clipping, before=clipping.status, after=to, refusal=refusal)


def _against_limit(
    store: Store, found: Prospect, many: Many, budget_of: Callable[[str], Budget], now: datetime
) -> Prospect:
    """What would be approved, with how it stands to its limit."""
    clipping = found.clipping
    if found.after != Status.APPROVED or found.refusal:
        return found
    if not clipping.excerpt.spans:
        return replace(found, refusal="it has no excerpt")
    use = use_of(store, clipping, clipping.excerpt, budget_of(clipping.article.outlet), now)
    over = use.over and not many.reason.strip()
    refusal = "its excerpt is over the budget, and no reason is given" if over else ""
    return replace(found, refusal=refusal, use=use)


def _shown(clipping: Clipping, many: Many) -> tuple[str, str]:
    if many.kind == "assign":
        return clipping.assignee, many.to
    tags = [tag for tag in clipping.tags if tag != many.tag]
    after = [*tags, many.tag] if many.kind == "tag" else tags
    return ", ".join(clipping.tags), ", ".join(sorted(after))


def act(
    store: Store, versions: Sequence[tuple[int, int]], many: Many,
    budget_of: Callable[[str], Budget], *, who: str, now: datetime, bulk: str,
) -> Done:  # fmt: skip
    """Do the act to each clipping (pairs of id and the version that was previewed).

    One that is refused, or was changed since, is left alone and told. `bulk` names the
    act in the record, so that it is taken back as one.
    """
    _refuse_vague(many)
    changed: list[Clipping] = []
    left: list[tuple[int, str]] = []
    with store.transaction():
        for number, version in versions[:MOST]:
            try:
                outlet = store.clippings.get(number).article.outlet
                done = KINDS[many.kind][0](
                    store, number, many, budget_of(outlet),
                    who=who, now=now, version=version, bulk=bulk,
                )  # fmt: skip
            except (Refused, NotFound) as why:
                left.append((number, str(why)))
            else:
                changed.append(done)
    return Done(changed=tuple(changed), left=tuple(left))
