"""How much damage is found: `clipper archive verify` beside `warcio check` and `wacz validate`.

The same mutants of a small archive (redirects, packed bodies, revisits) for all: bits turned
and files cut all over, records dropped, doubled, swapped, packed anew and forged; then, for
clipper alone, indexes, manifest and rows of the store. `wacz validate` sees each mutant in the
place of its file in a package that `wacz create` made of the whole one; it takes a second
each, so it gets the first few of each kind. Prints a table in Markdown.

python -m bench.damage [--each BYTES] [--packages NUMBER]

A bit is turned at every so many bytes (7); so many packages of each kind are looked at (12).
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from random import Random

from warcio.checker import Checker

from clipper.archive import verifying
from tests import damage


def clean(path: Path) -> bool:
    """Whether `warcio check` finds nothing wrong with a file."""
    checker = Checker.__new__(Checker)
    checker.verbose, checker.exit_value = False, 0
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            checker.process_one(str(path))
    except Exception:  # noqa: BLE001  (it ends in a traceback: that tells too)
        return False
    return not checker.exit_value


TOOL = Path(__file__).parents[1] / ".venv-outside" / "bin" / "wacz"


class Packages:
    """What `wacz validate` says of mutants, the first `most` of each kind."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._left = folder, defaultdict[str, int](lambda: most)
        self._whole = folder / "whole.wacz"

    def make(self, warcs: list[Path]) -> None:
        words = [str(TOOL), "create", "-o", str(self._whole), *map(str, warcs)]
        subprocess.run(words, check=True, capture_output=True)
        if not self._valid(self._whole):
            raise SystemExit("wacz validate does not pass the whole package")

    def found(self, mutant: damage.Mutant) -> bool | None:
        """Whether the damage is found; None when it is not asked any more."""
        if mutant.content is None or not self._left[mutant.kind]:
            return None
        self._left[mutant.kind] -= 1
        changed = self._folder / "changed.wacz"
        with zipfile.ZipFile(self._whole) as old, zipfile.ZipFile(changed, "w") as new:
            for name in old.namelist():
                is_it = name == f"archive/{mutant.name}"
                new.writestr(name, mutant.content if is_it else old.read(name))
        return not self._valid(changed)

    @staticmethod
    def _valid(path: Path) -> bool:
        words = [str(TOOL), "validate", "-f", str(path)]
        done = subprocess.run(words, capture_output=True, text=True)
        return "Validation succeeded" in done.stdout


def tried(
    sealed: bool, each: int, whole: str, packages: Packages | None
) -> Iterator[tuple[str, str, bool]]:
    """Each mutant's kind, by what it was looked at, and whether it was found."""
    shelf = damage.stocked(Path(whole) / ("sealed" if sealed else "open"), seal=sealed)
    by = "clipper, sealed" if sealed else "clipper, open"
    if sealed and packages:
        packages.make(sorted(shelf.folder.glob("*.warc.gz")))
    for mutant, rows in damage.each_applied(shelf.folder, shelf.rows(), Random(3), each):
        if not (sealed or str(mutant.name) in ("open.txt", "clipper-20260302-001.warc.gz")):
            continue
        findings = verifying.verify(shelf.folder, lambda told=rows: told, level=4).findings
        yield mutant.kind, by, bool(findings)
        path = shelf.folder / str(mutant.name)
        if sealed and path.name.endswith(".warc.gz") and path.exists():
            yield mutant.kind, "warcio check", not clean(path)
            if packages and (found := packages.found(mutant)) is not None:
                yield mutant.kind, "wacz validate", found


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--each", type=int, default=7)
    options.add_argument("--packages", type=int, default=12)
    given = options.parse_args()
    counts: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory() as whole:
        packages = Packages(Path(whole), given.packages) if TOOL.exists() else None
        for sealed in (True, False):
            for kind, by, found in tried(sealed, given.each, whole, packages):
                counts[kind][by].append(found)
    columns = ("clipper, sealed", "clipper, open", "warcio check", "wacz validate")
    print(f"| damage | mutants | {' | '.join(columns)} |")
    print("|---|---|---|---|---|---|")
    for kind, by in counts.items():
        told = [_share(by.get(column, [])) for column in columns]
        print(f"| {kind} | {len(by['clipper, sealed']):,} | {' | '.join(told)} |")


def _share(found: list[bool]) -> str:
    if not found:
        return "–"
    share = sum(found) / len(found)
    return f"{share:.0%}" if share in (0, 1) else f"{share:.1%}"


if __name__ == "__main__":
    main()
