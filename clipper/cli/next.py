"""What to do next, from the state of the store: the answer to a bare `clipper`."""

from __future__ import annotations

from ..errors import ClipperError
from ..model import Status
from .home import Home, now
from .words import ago, count


def advice(home: Home) -> str:
    """A few lines: where things stand, and the command that comes next."""
    if not home.config_path.exists():
        return (
            "There is no sources.yaml here yet. Next:\n"
            "  clipper init    write one to start from\n"
            "  clipper demo    or see the whole job on made-up outlets first"
        )
    try:
        config = home.config
    except ClipperError:
        return "The config has problems. Next:\n  clipper check    list them all"
    if not home.store_path.exists():
        outlets = count(len(config.outlets), "outlet")
        return f"{outlets} configured, nothing fetched yet. Next:\n  clipper fetch"
    return _from_store(home)


def _from_store(home: Home) -> str:
    with home.open_store() as store:
        counts = store.clippings.counts()
        last = store.ledger.last()
    queued, approved = counts.get(Status.QUEUED, 0), counts.get(Status.APPROVED, 0)
    looked = ago(last.opened_at if last else None, now())
    lines = [
        f"{count(queued, 'clipping')} in the queue, {approved} approved and not yet published, "
        f"{counts.get(Status.PUBLISHED, 0)} published. Last looked at the outlets: {looked}. Next:"
    ]
    if queued:
        lines.append("  clipper queue      read them; then approve or reject by ID")
    if approved:
        lines.append("  clipper publish    bring what is approved to the page")
    lines.append("  clipper fetch      look at the outlets again")
    lines.append("  clipper --help     all commands")
    return "\n".join(lines)
