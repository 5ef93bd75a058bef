"""The outbox: bringing every place to the approved state, each update exactly once.

    survey the place -> judge each key -> intent kept -> sent -> receipt kept
                                       \\-> a person is asked

How a publisher and the outbox share the work:

* A publisher (`clipper.publishers.contract`) acts on one update at one place and decides
  nothing: `survey`, `find(key)`, `create`, `amend`, `withdraw`, each answering with a value.
  The idempotency key is `Update.key`; what `create` sends carries it, so that `find` meets
  it again whatever became of the answer.
* The outbox compares what was approved with the receipts and with what stands, and keeps an
  intent before each act (row before send) and a receipt after it. Before anything is
  created the key is looked up at the place; so an answer that was lost, a kill at any
  instruction, or a store from a backup never sends a thing twice.
* After a doubt (no answer came) nothing is tried again before `DOUBT_REST` is over: the
  other end may still be working on it. A place that can't be searched (`can_find` False)
  is never sent the same thing again unless a person says so.
* What fails keeps its place in the outbox with the reason in words, and nothing else waits
  for it; only a failure that would meet all the rest alike (`stop`) ends a place's turn.
* What somebody edited or deleted at the other end is not overwritten: a person is asked,
  and answers with a `Choice`.

A clipping is `published` once the first receipt for it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias, cast

from ..errors import PublishError, Refused
from ..model import Clipping, Receipt, Status, Update
from ..publishers.contract import Failed, Place, Publisher, Standing, WholePublisher
from ..store import Store, lock
from ..store.publishing import Proof, Waiting
from .allowing import passages
from .reconciling import ACTS, ASKS, LET_GO, Case, Choice, Verdict, judge

Target: TypeAlias = Place

DOUBT_REST = timedelta(minutes=2)
"""How long a place is left to finish what it may be doing, before it is asked again."""

LONGEST_REST = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be done for one update at one place. `headline` names it to people."""

    place: str
    verdict: Verdict
    case: Case
    headline: str

    @property
    def asks(self) -> bool:
        """Whether a person has to decide."""
        return self.verdict in ASKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What publishing would do at one place. `trouble` says why it can't be told; `lines`
    are the changes of a place that is brought to a list as a whole."""

    place: str
    steps: tuple[Step, ...] = ()
    lines: tuple[str, ...] = ()
    trouble: Failed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """What became of one update at one place: done, waiting for a person, or failed."""

    place: str
    key: str
    verdict: Verdict
    headline: str
    where: str = ""
    trouble: str = ""

    @property
    def well(self) -> bool:
        """Whether nothing is left to do for it."""
        return not self.trouble and self.verdict not in ASKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked of the outbox: who asks, what should stand, and answers to its questions.

    `choices` maps keys to a person's answers; `only`, when not None, names the keys that
    may be touched. `hurry`: rests after a failure are skipped.
    """

    updates: Sequence[Update]
    who: str
    now: datetime
    choices: Mapping[str, Choice] | None = None
    only: frozenset[str] | None = None
    hurry: bool = False


# ---------------------------------------------------------------- the plan


def plan(store: Store, order: Order, places: Sequence[Place]) -> tuple[Plan, ...]:
    """What `publish` would do, place by place; nothing is changed."""
    return tuple(_plan(store, order, place) for place in places)


def _plan(store: Store, order: Order, place: Place) -> Plan:
    if hasattr(place, "bring"):
        return _whole_plan(store, order, cast("WholePublisher", place))
    proofs = {proof.receipt.key: proof for proof in store.receipts.proofs(place.name)}
    stands = _surveyed(place, proofs)
    if isinstance(stands, Failed):
        return Plan(place=place.name, trouble=stands)
    steps = [_step(place.name, case) for case in _cases(store, order, place, proofs, stands)]
    return Plan(place=place.name, steps=tuple(steps))


def _surveyed(place: Publisher, proofs: Mapping[str, Proof]) -> Mapping[str, Standing] | Failed:
    """What stands of what was sent; a place that can't be asked is taken at its receipts."""
    if not place.can_find:
        return {key: _as_sent(proof) for key, proof in proofs.items()}
    refs = {key: proof.ref for key, proof in proofs.items() if proof.ref}
    return place.survey(refs) if refs else {}


def _as_sent(proof: Proof) -> Standing:
    receipt = proof.receipt
    return Standing(where=receipt.where, ref=proof.ref, revision=receipt.revision, seal=proof.seal)


def _cases(
    store: Store,
    order: Order,
    place: Publisher,
    proofs: Mapping[str, Proof],
    stands: Mapping[str, Standing],
) -> Iterator[Case]:
    """Every key that is wanted, known or waiting at the place, oldest decision first."""
    wanted = {update.key: update for update in reversed(order.updates)}
    waiting = {each.key: each for each in store.updates.waiting(place.name)}
    for key in dict.fromkeys([*wanted, *proofs, *waiting]):
        if order.only is not None and key not in order.only:
            continue
        yield Case(
            key=key,
            wanted=wanted.get(key),
            proof=proofs.get(key),
            found=stands.get(key),
            waiting=waiting.get(key),
            choice=(order.choices or {}).get(key),
            can_find=place.can_find,
            due=order.hurry or _is_due(waiting.get(key), order.now),
        )


def _is_due(waiting: Waiting | None, now: datetime) -> bool:
    return waiting is None or waiting.again_at is None or waiting.again_at <= now


def _step(place: str, case: Case) -> Step:
    headline = case.wanted.headline if case.wanted else case.key
    return Step(place=place, verdict=judge(case), case=case, headline=headline)


# ---------------------------------------------------------------- publishing


def publish(store: Store, order: Order, places: Sequence[Place]) -> tuple[Dispatch, ...]:
    """Bring each place to what was approved; what became of each update that was touched.

    A place that fails does not keep the others waiting. Two runs at once never send the
    same thing: the second is refused with AlreadyRunning.
    """
    done: list[Dispatch] = []
    with lock.hold(store.path.with_name(f"{store.path.name}.outbox.lock")):
        for place in places:
            if hasattr(place, "bring"):
                done += _bring(store, order, cast("WholePublisher", place))
            else:
                done += _one_by_one(store, order, place)
    return tuple(done)


def _one_by_one(store: Store, order: Order, place: Publisher) -> Iterator[Dispatch]:
    planned = _plan(store, order, place)
    if planned.trouble:
        yield _unreached(place, planned.trouble)
        return
    trouble: Failed | None = None
    for step in planned.steps:
        if step.verdict not in ACTS:
            yield from _left(step)
        elif trouble:
            yield _waits(store, order, step, trouble)
        else:
            outcome = _act(store, order, place, step)
            if isinstance(outcome, Failed):
                trouble = outcome if outcome.stop else None
                yield _told(step, trouble=outcome.text)
            else:
                yield outcome


def _unreached(place: Publisher, trouble: Failed) -> Dispatch:
    return Dispatch(
        place=place.name, key="", verdict=Verdict.LATER, headline="", trouble=trouble.text
    )


def _left(step: Step) -> Iterator[Dispatch]:
    """Only what people should know of what is left as it is."""
    if step.verdict is not Verdict.KEEP:
        reason = step.case.waiting.reason if step.case.waiting else ""
        yield _told(step, trouble=reason if step.verdict is Verdict.LATER else "")


def _waits(store: Store, order: Order, step: Step, trouble: Failed) -> Dispatch:
    """A step that was not tried, since the place refuses all: it waits in the outbox."""
    waiting, answered = step.case.waiting, step.case.choice is not None
    doubt = waiting is not None and waiting.doubt
    doubt = doubt and (step.case.can_find or not answered)
    with store.transaction():
        # What the doubt is about must stay known: its revision is looked for later.
        if not doubt:
            _intend(store, step, order.now)
        store.updates.note_failure(
            step.place, step.case.key, reason=trouble.text, doubt=doubt, again_at=None
        )
    return _told(step, trouble=trouble.text)


def _told(step: Step, *, where: str = "", trouble: str = "") -> Dispatch:
    proof = step.case.proof
    return Dispatch(
        place=step.place,
        key=step.case.key,
        verdict=step.verdict,
        headline=step.headline,
        where=where or (proof.receipt.where if proof else ""),
        trouble=trouble,
    )


# ---------------------------------------------------------------- one act


def _act(store: Store, order: Order, place: Publisher, step: Step) -> Dispatch | Failed:
    """Do one step: intent, send, receipt."""
    if step.verdict is Verdict.FORGET:
        return _forget(store, order, place, step)
    if step.verdict is Verdict.ADOPT:
        return _adopt(store, order, place, step, step.case.found)
    _intend(store, step, order.now)
    outcome = _send(store, order, place, step)
    if isinstance(outcome, Failed):
        _note(store, order, step, outcome)
    return outcome


def _intend(store: Store, step: Step, now: datetime) -> None:
    wanted = step.case.wanted
    with store.transaction():
        store.updates.begin(step.place, [(step.case.key, step.verdict, _revision(step.case))], now)
        if wanted is not None and wanted.clipping:
            words = passages(wanted.paragraphs)
            store.released.note(wanted.clipping, words, step.place, now)


def _revision(case: Case) -> str:
    """What the intent is for: the revision wanted, or the one that is taken away."""
    if case.wanted:
        return case.wanted.revision
    return case.proof.receipt.revision if case.proof else ""


def _send(store: Store, order: Order, place: Publisher, step: Step) -> Dispatch | Failed:
    case = step.case
    if step.verdict is Verdict.WITHDRAW:
        failed = place.withdraw(case.found.ref if case.found else case.key)
        if failed:
            return failed
        store.receipts.remove(place.name, case.key, order.now)
        return _told(step)
    assert case.wanted is not None
    if step.verdict is Verdict.AMEND:
        assert case.found is not None
        sent = place.amend(case.found.ref, case.wanted, order.now)
        return sent if isinstance(sent, Failed) else _keep(store, order, step, sent)
    return _create(store, order, place, step, case.wanted)


def _create(
    store: Store, order: Order, place: Publisher, step: Step, update: Update
) -> Dispatch | Failed:
    """Create what nobody finds there under its key; what is found was sent before."""
    found = place.find(update.key) if place.can_find else None
    if isinstance(found, Failed):
        return found
    if found and not found.gone:
        return _adopt(store, order, place, replace(step, verdict=Verdict.ADOPT), found)
    sent = place.create(update, order.now)
    return sent if isinstance(sent, Failed) else _keep(store, order, step, sent)


def _adopt(
    store: Store, order: Order, place: Publisher, step: Step, found: Standing | None
) -> Dispatch | Failed:
    """Write the receipt of what stands there; amend it when it is an older revision."""
    update = step.case.wanted
    assert update is not None
    if found is None or found.gone or not step.case.can_find:
        return _keep(store, order, step, _let_go(step, update))
    taken = step.case.choice is Choice.THEIRS or found.revision == update.revision
    if taken:
        return _keep(store, order, step, found)
    _intend(store, step, order.now)
    sent = place.amend(found.ref, update, order.now)
    if isinstance(sent, Failed):
        _note(store, order, step, sent)
        return sent
    return _keep(store, order, step, sent)


def _let_go(step: Step, update: Update) -> Standing:
    """What a person said may count as published: deleted there, or sent without an answer."""
    proof, waiting = step.case.proof, step.case.waiting
    where = proof.receipt.where if proof else ""
    if step.case.can_find:
        return Standing(where=where, ref="", revision=update.revision, seal=LET_GO)
    sent = waiting.revision if waiting else update.revision
    return Standing(where=where, ref=update.key, revision=sent, seal="")


def _keep(store: Store, order: Order, step: Step, sent: Standing) -> Dispatch:
    """The receipt, and the clipping's status, in one transaction."""
    update = step.case.wanted
    assert update is not None
    receipt = Receipt(
        publisher=step.place,
        key=update.key,
        revision=update.revision if step.case.can_find else sent.revision,
        where=sent.where,
        sent_at=order.now,
    )
    proof = Proof(receipt=receipt, ref=sent.ref, seal=sent.seal)
    with store.transaction():
        store.receipts.keep(step.place, proof, update.revision, step.verdict)
        store.updates.drop(step.place, update.key)
        _mark_published(store, update, order)
    return _told(step, where=sent.where)


def _forget(store: Store, order: Order, place: Publisher, step: Step) -> Dispatch | Failed:
    """Nothing is wanted; what an interrupted sending may have left there goes."""
    if place.can_find and step.case.found is None:
        left = place.find(step.case.key)
        failed = left if isinstance(left, Failed) else None
        if left and not isinstance(left, Failed) and not left.gone:
            failed = place.withdraw(left.ref)
        if failed:
            _note(store, order, step, failed)
            return failed
    store.receipts.remove(place.name, step.case.key, order.now)
    return _told(step)


def _note(store: Store, order: Order, step: Step, failed: Failed) -> None:
    """Keep a failure in the outbox, with the time before which it is not tried again."""
    attempts = step.case.waiting.attempts if step.case.waiting else 0
    store.updates.note_failure(
        step.place,
        step.case.key,
        reason=failed.text,
        doubt=failed.maybe_done,
        again_at=_again_at(failed, attempts, order.now),
    )


def _again_at(failed: Failed, attempts: int, now: datetime) -> datetime | None:
    """None: whenever somebody asks. A named time and a doubt are respected."""
    if failed.retry_after is not None:
        return now + min(timedelta(seconds=max(0.0, failed.retry_after)), LONGEST_REST)
    if failed.maybe_done:
        return now + min(DOUBT_REST * 2.0 ** min(attempts, 10), LONGEST_REST)
    return None


def _mark_published(store: Store, update: Update, order: Order) -> None:
    if update.clipping and store.clippings.status(update.clipping) is Status.APPROVED:
        store.clippings.move(
            update.clipping, Status.PUBLISHED, who=order.who, reason="", now=order.now
        )


# ---------------------------------------------------------------- whole places


def _wanted_whole(order: Order, proofs: Mapping[str, Proof]) -> Sequence[Update]:
    """All that should stand; when only some keys may be touched, beside them only what stands."""
    if order.only is None:
        return order.updates
    return [each for each in order.updates if each.key in order.only or each.key in proofs]


def _whole_plan(store: Store, order: Order, place: WholePublisher) -> Plan:
    proofs = {proof.receipt.key: proof for proof in store.receipts.proofs(place.name)}
    try:
        return Plan(place=place.name, lines=place.plan(_wanted_whole(order, proofs)))
    except PublishError as error:
        return Plan(place=place.name, trouble=Failed(text=str(error)))


def _bring(store: Store, order: Order, place: WholePublisher) -> Iterator[Dispatch]:
    """Bring a whole place to the list. To bring it twice changes nothing, so a kill anywhere
    is mended by the next run."""
    proofs = {proof.receipt.key: proof for proof in store.receipts.proofs(place.name)}
    updates = _wanted_whole(order, proofs)
    steps = tuple(_whole_steps(place.name, updates, proofs, store.updates.waiting(place.name)))
    with store.transaction():
        for step in steps:
            _intend(store, step, order.now)
    brought = place.bring(updates, order.now)
    if isinstance(brought, Failed):
        for step in steps:
            _note(store, order, step, brought)
        yield Dispatch(
            place=place.name, key="", verdict=Verdict.LATER, headline="", trouble=brought.text
        )
        return
    receipts = {receipt.key: receipt for receipt in brought.receipts}
    with store.transaction():
        done = [_settled(store, order, step, receipts.get(step.case.key)) for step in steps]
    yield from done


def _whole_steps(
    place: str,
    updates: Sequence[Update],
    proofs: Mapping[str, Proof],
    waiting: Sequence[Waiting],
) -> Iterator[Step]:
    """The keys whose receipts will change."""
    wanted = {update.key: update for update in updates}
    for key in dict.fromkeys([*wanted, *proofs, *(each.key for each in waiting)]):
        update, proof = wanted.get(key), proofs.get(key)
        if update and proof and proof.receipt.revision == update.revision:
            continue
        case = Case(key=key, wanted=update, proof=proof, found=None, waiting=None)
        verdict = Verdict.WITHDRAW
        if update:
            verdict = Verdict.AMEND if proof else Verdict.CREATE
        headline = update.headline if update else key
        yield Step(place=place, verdict=verdict, case=case, headline=headline)


def _settled(store: Store, order: Order, step: Step, receipt: Receipt | None) -> Dispatch:
    if receipt is None or step.case.wanted is None:
        store.receipts.remove(step.place, step.case.key, order.now)
        return _told(step)
    proof = Proof(receipt=receipt, ref="", seal="")
    store.receipts.keep(step.place, proof, receipt.revision, step.verdict)
    store.updates.drop(step.place, step.case.key)
    _mark_published(store, step.case.wanted, order)
    return _told(step, where=receipt.where)


# ---------------------------------------------------------------- withdrawing


def withdraw(store: Store, number: int, *, who: str, now: datetime, reason: str) -> Clipping:
    """Decide that a published clipping should stand nowhere; publishing then takes it down.

    Raises Refused without a reason, or for a clipping that is not published.
    """
    if not reason.strip():
        raise Refused("a withdrawal needs a reason, for the record")
    clipping = store.clippings.get(number)
    if clipping.status is Status.APPROVED:
        raise Refused(
            f"clipping {number} is approved and not published yet; "
            f"'clipper requeue {number}' takes it back"
        )
    return store.clippings.move(number, Status.WITHDRAWN, who=who, reason=reason, now=now)
