"""`clipper archive show`: the captures of an article, and what changed between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ..errors import ArchiveError, ClipperError, NotFound
from .home import Home
from .stamping import certificates_of, check_of
from .words import put_json

if TYPE_CHECKING:
    from ..archive.stamps import Stamp
    from ..dedupe import Change
    from ..evidence import Shown

CONTEXT: Final = 60
"""Characters of what was kept that are shown on either side of a change."""


class Unshown(ClipperError):
    """A page can't be written out."""


@click.command()
@click.argument("number", metavar="ID", type=int)
@click.option("--page", metavar="FILE", type=click.Path(path_type=Path),
              help="Write the captured page to this new file, as it came.")  # fmt: skip
@click.option("--capture", metavar="N", type=int, help="Which capture. [default: the newest]")
@click.option("--diff", metavar="N N", type=int, nargs=2, help="What changed between two captures.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(
    home: Home,
    number: int,
    page: Path | None,
    capture: int | None,
    diff: tuple[int, int] | None,
    as_json: bool,
) -> int:
    """Show which captures of the article of clipping ID there are, and where.

    Each is read and its digests are checked; the command ends with 1 when one can't be
    shown. A page written with --page is the outlet's own, scripts and all: open it where it
    can do no harm.
    """
    from .. import evidence

    with home.open_store() as store:
        article = store.clippings.get(number).article
        found = list(evidence.shown(store, home.shelf, article.id))
    if diff is not None:
        _differences(_of(found, diff[0]), _of(found, diff[1]), as_json)
        return 0
    if page is not None:
        _write(_of(found, capture) if capture else _newest(found), page)
        return 0
    chosen = found if capture is None else [_of(found, capture)]
    stamps = _vouched(home, chosen)
    if as_json:
        put_json([_values(each, stamps) for each in chosen])
    else:
        click.echo("\n".join(line for each in chosen for line in _lines(each, stamps)))
    return 1 if any(each.capture.snapshot and (each.fault or _gaps(each)) for each in found) else 0


def _vouched(home: Home, chosen: Sequence[Shown]) -> Mapping[str, Stamp]:
    """The time stamps over the files of these captures; none where they can't be checked."""
    from ..archive import verifying

    try:
        check = check_of(certificates_of(home))
        files = {each.capture.snapshot.file for each in chosen if each.capture.snapshot}
        return {} if check is None else verifying.vouched(home.archive_path, check, files)
    except (ArchiveError, OSError):  # `verify` and the doctor tell of it
        return {}


def _of(found: Sequence[Shown], number: int) -> Shown:
    for each in found:
        if each.capture.number == number:
            return each
    told = ", ".join(str(each.capture.number) for each in found)
    raise NotFound(f"There is no capture {number} of this article. There are: {told}.")


def _newest(found: Sequence[Shown]) -> Shown:
    """The newest capture that has a page."""
    return next((each for each in reversed(found) if each.event), found[-1])


def _lines(each: Shown, stamps: Mapping[str, Stamp]) -> list[str]:
    had = each.capture
    told = [f"{had.number:>3}  {had.fetched_at:%Y-%m-%d %H:%M:%S} UTC  {had.title}".rstrip()]
    if had.is_look:
        told.append("     looked at again" + ("" if had.text else ": its words could not be read"))
    if had.snapshot:
        told.append(f"     {had.snapshot.url}")
        told.append(f"     {had.snapshot.file}, at {had.snapshot.offset:,}")
        told.append(f"     sha256 {had.snapshot.digest}")
    if each.event:
        told.append(f"     whole: {len(each.event.members)} records, the digests agree")
        if had.snapshot and (stamp := stamps.get(had.snapshot.file)):
            told.append(
                f"     {stamp.authority} vouches that it existed on "
                f"{stamp.at:%Y-%m-%d at %H:%M:%S} UTC"
            )
    if each.checks not in ("", "good"):
        told.append(f"     {each.checks}: the page did not tell the story")
    told += [f"     {fault}" for fault in (each.fault, each.forgotten, _gaps(each)) if fault]
    return told


def _gaps(each: Shown) -> str:
    return each.event.fault if each.event else ""


def _values(each: Shown, stamps: Mapping[str, Stamp]) -> dict[str, Any]:
    had, at = each.capture, each.capture.snapshot
    stamp = stamps.get(at.file) if at and each.event else None
    return {
        "capture": had.number,
        "fetched_at": had.fetched_at.isoformat(),
        "again": had.is_look,
        "title": had.title,
        "url": at.url if at else None,
        "file": at.file if at else None,
        "offset": at.offset if at else None,
        "sha256": at.digest if at else None,
        "stamped_at": stamp.at.isoformat() if stamp else None,
        "stamped_by": stamp.authority if stamp else None,
        "whole": each.event is not None and not each.event.fault,
        "fault": each.fault or _gaps(each),
        "removed": each.forgotten,
        "content_checks": each.checks,
    }


def _write(each: Shown, to: Path) -> None:
    if each.event is None:
        raise Unshown(
            f"Capture {each.capture.number} can't be written. {each.fault or each.forgotten}"
        )
    try:
        with to.open("xb") as file:
            file.write(each.event.page.body)
    except FileExistsError:
        raise Unshown(f"{to} exists already; it was left as it is. Name another file.") from None
    except OSError as error:
        raise Unshown(f"{to} can't be written: {error.strerror}.") from error
    at = each.event.page.fetched_at
    click.echo(f"{to}: the page as it came on {at:%Y-%m-%d at %H:%M:%S} UTC.")


def _differences(one: Shown, other: Shown, as_json: bool) -> None:
    from ..evidence import compared

    headline, text = compared(one.capture, other.capture)
    if as_json:
        put_json({"headline": _runs(headline), "text": _runs(text)})
        return
    for name, changes in (("headline", headline), ("text", text)):
        if all(change.run.value == "kept" for change in changes):
            click.echo(f"{name}: the same")
        else:
            click.echo(f"{name}: {_marked(changes)}")


def _runs(changes: Sequence[Change]) -> list[list[str]]:
    return [[change.run.value, change.text] for change in changes]


def _marked(changes: Sequence[Change]) -> str:
    """The text with `[-what was cut-]` and `{+what was added+}`, long kept runs shortened."""
    signs = {"cut": "[-{}-]", "added": "{{+{}+}}"}
    told = []
    for n, change in enumerate(changes):
        if change.run.value in signs:
            told.append(signs[change.run.value].format(change.text))
            continue
        told.append(_shortened(change.text, first=n == 0, last=n == len(changes) - 1))
    return "".join(told)


def _shortened(text: str, *, first: bool, last: bool) -> str:
    if len(text) <= 2 * CONTEXT + 20:
        return text
    before = "" if first else text[:CONTEXT]
    after = "" if last else text[-CONTEXT:]
    return f"{before} … {after}"
