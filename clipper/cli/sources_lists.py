"""`clipper sources export` and `import`: lists of outlets for and from other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import ClipperError
from .home import Home
from .words import count

if TYPE_CHECKING:
    from ..config import Config
    from ..sources.joining import Plan
    from ..sources.outlines import Read, Row, Turned
    from ..store.outlines import Outline


class Unfit(ClipperError):
    """What was asked for can't be done with this file."""


@click.command()
@click.option("--opml", metavar="FILE", help="Write OPML there; - for standard output.")
@click.option("--csv", metavar="FILE", help="Write CSV there; - for standard output.")
@click.pass_obj
def export(home: Home, opml: str | None, csv: str | None) -> None:
    """Write the outlets and their addresses as a list that other programs read."""
    from ..sources import outlines

    if not opml and not csv:
        raise click.UsageError("Say what to write: --opml FILE or --csv FILE.")
    rows = list(_rows(home.config, _said(home)))
    if opml:
        _put(opml, outlines.write_opml(rows), len(rows))
    if csv:
        _put(csv, outlines.write_csv(rows), len(rows))


def _said(home: Home) -> Mapping[str, Outline]:
    """What imported lists said of addresses, to be given back."""
    if not home.store_path.exists():
        return {}
    with home.open_store() as store:
        return store.outlines.all()


def _rows(config: Config, said: Mapping[str, Outline]) -> Iterator[Row]:
    from ..sources.outlines import KINDS, Row

    outlets = {outlet.slug: outlet for outlet in config.outlets}
    for source in config.sources:
        if source.kind not in KINDS:
            # A mailbox's address names its user: it is nothing to hand on, nor can others use it.
            continue
        outlet = outlets[source.outlet]
        outline = said.get(source.address)
        yield Row(
            name=outlet.name,
            kind=source.kind,
            address=source.address,
            site=outlet.site,
            options=source.options,
            folders=outline.folders if outline else (),
            kept=outline.attributes if outline else (),
        )


def _put(where: str, words: str, number: int) -> None:
    if where == "-":
        click.echo(words, nl=False)
        return
    try:
        Path(where).write_text(words, encoding="utf-8", newline="")
    except OSError as error:
        raise Unfit(f"{where} can't be written ({error.strerror}).") from error
    click.echo(f"Wrote {where}: {count(number, 'address')}.", err=True)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what would be added, and write nothing.")
@click.pass_obj
def import_(home: Home, file: Path, dry_run: bool) -> int:
    """Add the outlets of a list to sources.yaml: FILE.opml or FILE.csv.

    Says what was added, what was there already, and what was refused and why. Nothing that
    is in the config is changed, and your comments stay.
    """
    from ..attribution import check
    from ..config import editing
    from ..sources import joining

    rows, turned = _read(file)
    sheet = editing.read(home.config_path, check_template=lambda words: check(words) or "")
    made = joining.plan(sheet.config, rows)
    draft, left = joining.written(sheet, made)
    if draft is not None and not dry_run:
        editing.save(draft)
    if not dry_run:
        _keep(home, rows)
    refused = [*turned, *made.refused, *left]
    _tell(made, refused, {each.what for each in left}, dry_run=dry_run)
    return 1 if refused else 0


def _keep(home: Home, rows: Sequence[Row]) -> None:
    from ..store.outlines import Outline

    said = [
        Outline(address=row.address, folders=row.folders, attributes=row.kept)
        for row in rows
        if row.folders or row.kept
    ]
    if said:
        with home.open_store(create=True) as store:
            store.outlines.keep(said)


def _tell(made: Plan, refused: Sequence[Turned], left: set[str], *, dry_run: bool) -> None:
    verb = "would be added" if dry_run else "added"
    for newcomer in made.newcomers.values():
        found = ", ".join(f"{each.kind} {each.address}" for each in newcomer.found)
        click.echo(f"{verb}: {newcomer.name}: {found}")
    for slug, address in made.additions:
        if f"{slug} {address.address}" not in left:
            click.echo(f"{verb}: {slug}: {address.kind} {address.address}")
    click.echo(f"there already: {made.known:,}")
    for each in refused:
        click.echo(f"refused: {each.what}: {each.why}")


def _read(file: Path) -> Read:
    from ..sources import outlines

    try:
        with file.open("rb") as stream:
            body = stream.read(outlines.MAX_BYTES + 1)
    except OSError as error:
        raise Unfit(f"{file} can't be read ({error.strerror}).") from error
    is_csv = file.suffix.lower() in (".csv", ".tsv", ".txt")
    return outlines.read_csv(body) if is_csv else outlines.read_opml(body)
