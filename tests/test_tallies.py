"""The counts of the queue stay true whatever happens to clippings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clipper.model import Status
from clipper.store import Store
from clipper.store.tallies import COUNTED

from . import keeping
from .keeping import NOW

ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["queue", "approve", "reject", "requeue", "tag", "untag", "assign", "undo"]
        ),
        st.integers(0, 4),
    ),
    max_size=25,
)


def truth(store: Store) -> tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]:
    """What the tally says, and what counting anew says."""
    kept = store._connection.rows("SELECT * FROM tally WHERE number <> 0")
    return {tuple(row) for row in kept}, {tuple(row) for row in store._connection.rows(COUNTED)}


def act(store: Store, ids: list[int], name: str, which: int) -> None:
    by: dict[str, Any] = {"who": "ana", "now": NOW}
    if name == "queue" or not ids:
        ids.append(keeping.queued(store, str(len(ids)), read=keeping.reading(
            text=f"{keeping.TEXT} {len(ids)}", url=f"https://daily.example/news/{len(ids)}",
            doubts=("paywall",) if which % 2 else (), wire="AP" if which == 3 else "",
        )))  # fmt: skip
        return
    clipping = store.clippings.get(ids[which % len(ids)])
    moves = {"approve": Status.APPROVED, "reject": Status.REJECTED, "requeue": Status.QUEUED}
    if name in moves:
        from clipper.model import MOVES

        if moves[name] in MOVES[clipping.status]:
            store.clippings.move(clipping.id, moves[name], **by)
    elif name == "undo":
        steps = store.clippings.recent("ana", 1)
        if steps and store.clippings.get(steps[0].clipping).version == steps[0].made:
            store.clippings.undo(steps[0], **by)
    else:
        changes = {
            "tag": {"tags": (*clipping.tags, f"label {which}")},
            "untag": {"tags": clipping.tags[1:]},
            "assign": {"assignee": ["", "ben", "eva"][which % 3]},
        }[name]
        store.clippings.reword(clipping.id, **changes, **by)


@settings(max_examples=25, deadline=None)
@given(ACTS)
def test_the_tally_always_equals_a_count_anew(tmp_path_factory, acts) -> None:
    folder: Path = tmp_path_factory.mktemp("tally")
    with Store.create(folder / "clipper.db") as store:
        keeping.synced(store)
        ids: list[int] = []
        for name, which in acts:
            act(store, ids, name, which)
        kept, counted = truth(store)
        assert kept == counted
