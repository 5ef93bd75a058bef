"""`clipper archive import`: pages that others archived."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .home import Home, now
from .words import count, put_json

if TYPE_CHECKING:
    from ..archive.foreign import Passed
    from ..pipeline.importing import Taken


@click.command("import")
@click.argument(
    "file", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def import_(home: Home, file: Path, as_json: bool) -> int:
    """Take in the pages of a web archive: FILE.warc, FILE.warc.gz or FILE.wacz.

    Pages of HTML become captures in your archive, the bytes as they came, and articles that
    your queries look at. The time of each capture is what the file says: you vouch for whom
    you have the file from. An older capture never takes the place of a newer one.
    """
    from ..archive.foreign import Passed
    from ..pipeline.importing import Taken, take_in
    from .parts import assemble
    from .taking import rules_of

    config = home.config
    rules = rules_of(config)
    with (
        home.open_store(create=True) as store,
        store.lock(),
    ):
        store.sources.sync(config.sources, config.outlets, now())
        with assemble(home, store) as parts:
            found = list(take_in(parts, rules, file))
    taken = [each for each in found if isinstance(each, Taken)]
    passed = [each for each in found if isinstance(each, Passed)]
    if as_json:
        put_json({"taken": [asdict(each) for each in taken], "passed": [asdict(p) for p in passed]})
    else:
        _tell(file, taken, passed)
    return 1 if any(each.is_damage for each in passed) else 0


def _tell(file: Path, taken: list[Taken], passed: Iterable[Passed]) -> None:
    queued = sum(each.clipping is not None for each in taken)
    click.echo(f"{file}: {count(len(taken), 'page')} taken in, {queued:,} queued.")
    reasons: dict[str, list[str]] = defaultdict(list)
    for each in passed:
        reasons[each.why].append(each.what)
    for why, those in sorted(reasons.items(), key=lambda pair: -len(pair[1])):
        more = f" and {len(those) - 1:,} more" if len(those) > 1 else ""
        click.echo(f"not taken: {those[0][:200]}{more}: {why}")
