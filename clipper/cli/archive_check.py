"""`clipper archive check`: a package that was handed on, looked at by itself."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .home import Home
from .stamping import certificates_of, check_of
from .words import count, put_json

if TYPE_CHECKING:
    from ..archive.packages import Package

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("file", metavar="FILE.wacz", type=FILE)
@click.option(
    "--certificates", metavar="FILE", type=FILE,
    help="The time-stamping service's root certificate (PEM). [default: the config's]",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def check(home: Home, file: Path, certificates: Path | None, as_json: bool) -> int:
    """Look whether the package FILE.wacz is what it was when it was written.

    Its list of digests, its signature and its time stamp are checked, as far as it has them;
    neither your archive nor a config is needed. Ends with 1 when something does not hold.
    """
    from ..archive import packages

    done = packages.look(file, check_of(certificates or certificates_of(home)))
    if as_json:
        put_json(_values(done))
    else:
        click.echo("\n".join(_lines(file, done)))
    return 1 if done.faults else 0


def _values(done: Package) -> dict[str, object]:
    from ..archive.stamps import Stamp

    stamp = done.stamp if isinstance(done.stamp, Stamp) else None
    told = {name: value for name, value in asdict(done).items() if name != "stamp"}
    return told | {
        "stamped_at": stamp.at.isoformat() if stamp else None,
        "stamped_by": stamp.authority if stamp else None,
    }


def _lines(file: Path, done: Package) -> list[str]:
    said = f", written {done.created}" if done.created else ""
    by = f" by {done.software}" if done.software else ""
    told = [
        f"{file}: {count(done.files, 'file')}, {done.size / 1e6:,.2f} MB{said}{by}, as it says."
    ]
    told += [f"  {fault}" for fault in done.faults]
    if not done.faults:
        told.append("Each file in it is what its list says.")
    return [*told, _signature(done), _stamp(done)]


def _signature(done: Package) -> str:
    if done.domain:
        return f"Signature: it names {done.domain}; clipper does not check signatures of domains."
    if not done.has_signature:
        return "Signature: none."
    if not done.signature:
        return (
            "Signature: it does not hold."
            if any("signature" in each for each in done.faults)
            else "Signature: not checked. It takes pip install 'clipper[signing]'."
        )
    return f"Signature: it holds, by the key with sha256 {done.signature}. It names nobody."


def _stamp(done: Package) -> str:
    from ..archive.stamps import Stamp

    if not done.has_stamp:
        return "Time stamp: none."
    if done.stamp is None:
        return (
            "Time stamp: not checked. Name the service's root certificate with --certificates; "
            "the service publishes it."
        )
    if not isinstance(done.stamp, Stamp):
        return "Time stamp: it does not hold."
    return (
        f"Time stamp: {done.stamp.authority} vouches that this package existed on "
        f"{done.stamp.at:%Y-%m-%d at %H:%M:%S} UTC."
    )
