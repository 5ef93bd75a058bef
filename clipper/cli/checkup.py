"""Further areas of `clipper doctor`: the machine, its clock, its secrets, certificates."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path

from ..errors import ClipperError
from ..health import Finding, Level
from .home import Home, now
from .words import count, day

SQLITE = (3, 37, 0)
"""The first SQLite with STRICT tables."""

APART, FAR = timedelta(minutes=5), timedelta(hours=1)
"""How far the clock may be from the outlets' before it is told, and before it is an alarm."""

SOON, AT_ONCE = timedelta(days=21), timedelta(days=7)
"""How long before its end a certificate is told of, and is an alarm."""

SECRET_FILES = re.compile(r"\.env(\..+)?|.+\.(key|pem|p12|pfx)|id_(rsa|ed25519|ecdsa)")
"""Names of files beside the config that hold secrets."""

OTHERS = stat.S_IRGRP | stat.S_IROTH
ENTERERS = stat.S_IXGRP | stat.S_IXOTH
WRITERS = stat.S_IWOTH


def finding(
    area: str, level: Level, text: str, remedy: str, since: datetime | None = None
) -> Finding:
    """A finding of an area that is its own subject."""
    return Finding(area=area, subject=area, level=level, text=text, remedy=remedy, since=since)


# ---------------------------------------------------------------- versions


def versions(home: Home) -> Iterator[Finding]:
    """Python, SQLite and the packages, against what clipper needs."""
    from ..store.opening import engine

    yield from _sqlite(*engine())
    try:
        needed = metadata.requires("clipper") or []
        python = metadata.metadata("clipper")["Requires-Python"] or ""
    except metadata.PackageNotFoundError:
        return  # run from its source, uninstalled: nothing says what is needed
    yield from _python(python, sys.version_info[:3])
    yield from _packages(needed, {})


def _sqlite(found: tuple[int, ...], full_text: bool) -> Iterator[Finding]:
    if found < SQLITE:
        text = f"SQLite {_dotted(found)} is too old; {_dotted(SQLITE)} is needed."
        remedy = "Use a Python that was built with a newer SQLite."
        yield finding("versions", Level.ALARM, text, remedy)
    if not full_text:
        text = "this Python's SQLite has no full-text search (FTS5)."
        yield finding("versions", Level.ALARM, text, "Use a Python whose SQLite has it.")


def _python(needed: str, found: tuple[int, ...]) -> Iterator[Finding]:
    if not _serves(needed, _dotted(found)):
        text = f"Python {_dotted(found)} is not what clipper needs ({needed})."
        yield finding("versions", Level.ALARM, text, "Install clipper with another Python.")


def _packages(needed: Iterable[str], found: Mapping[str, str]) -> Iterator[Finding]:
    """`found` has versions by name; what it lacks is asked of the installation."""
    for each in needed:
        wanted, _, condition = each.partition(";")
        name = re.match(r"[A-Za-z0-9._-]+", wanted)
        if name is None or "extra" in condition:
            continue
        version = found.get(name[0]) or _installed(name[0])
        if version and _serves(wanted[name.end() :], version):
            continue
        stands = f"is {version}" if version else "is not there"
        text = f"the package {name[0]} {stands}; needed is {wanted.strip()}."
        remedy = "Install clipper anew in an environment of its own, from its lock file."
        yield finding("versions", Level.ALARM, text, remedy)


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _serves(bounds: str, version: str) -> bool:
    """Whether a version lies within `>=` and `<`; other bounds are not judged."""
    here = _numbers(version)
    for sign, bound in re.findall(r"(>=|<)(?!=)\s*([0-9][0-9.]*)", bounds):
        there = _numbers(bound)
        if (here < there) if sign == ">=" else (here >= there):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    release = re.match(r"[0-9]+(\.[0-9]+)*", version)
    numbers = [int(part) for part in release[0].split(".")] if release else []
    return tuple([*numbers, 0, 0, 0, 0][:4])


def _dotted(version: Iterable[int]) -> str:
    return ".".join(map(str, version))


# ---------------------------------------------------------------- the clock


def clock(home: Home) -> Iterator[Finding]:
    """The clock against the outlets' clocks and the store's own times; the time zone."""
    from ..pipeline import clock as clocks

    yield from _zone()
    at = now()
    try:
        with home.open_store() as store:
            skew, last = clocks.kept(store, at), store.ledger.last()
    except ClipperError:
        return  # the store's own area tells it
    if skew is not None and abs(skew.ahead) > APART:
        way = "ahead of" if skew.ahead > timedelta(0) else "behind"
        text = (
            f"this machine's clock is {_span(abs(skew.ahead))} {way} the clocks of "
            f"{count(skew.hosts, 'host')} that were asked in the latest round."
        )
        level = Level.ALARM if abs(skew.ahead) > FAR else Level.WARNING
        remedy = "Have the system set its clock by the network (systemd-timesyncd, chrony, ntpd)."
        yield finding("clock", level, text, remedy)
    if last is not None and last.opened_at > at + APART:
        text = f"the latest round is dated {last.opened_at:%Y-%m-%d %H:%M} UTC, which is to come."
        remedy = "The clock was wrong then, or is now. Set it by the network; rounds go on by it."
        yield finding("clock", Level.ALARM, text, remedy)


def _zone() -> Iterator[Finding]:
    from tzlocal import get_localzone

    try:
        get_localzone()
    except (ValueError, KeyError, OSError) as error:
        text = f"this machine's time zone can't be told ({error})."
        remedy = "Set it (timedatectl set-timezone), or name one with --zone."
        yield finding("clock", Level.WARNING, text, remedy)


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


# ---------------------------------------------------------------- secrets


def secrets(home: Home) -> Iterator[Finding]:
    """Who else may read what should be read by clipper alone, or change what it obeys."""
    if os.name != "posix":
        return
    for path in _obeyed(home):
        if _mode(path) & WRITERS and not _mode(path) & stat.S_ISVTX and _is_reachable(path):
            text = f"{path} may be changed by every user of this machine."
            yield _rights(path, Level.ALARM, text, f"chmod o-w '{path}'")
    for path in _secret(home):
        if _mode(path) & OTHERS and _is_reachable(path):
            text = f"{path} may be read by other users of this machine."
            yield _rights(path, Level.WARNING, text, f"chmod go= '{path}'")


def _rights(path: Path, level: Level, text: str, remedy: str) -> Finding:
    return Finding(area="secrets", subject=path.name, level=level, text=text, remedy=remedy)


def _obeyed(home: Home) -> list[Path]:
    return [home.config_path, home.config_path.parent, home.data, home.store_path]


def _secret(home: Home) -> list[Path]:
    """The store (accounts, sessions), files that variables name, and keys beside the config."""
    named = [
        Path(value).expanduser()
        for name, value in os.environ.items()
        if name.startswith("CLIPPER_") and name.endswith("_FILE") and value
    ]
    folder = home.config_path.parent
    try:
        beside = [each for each in folder.iterdir() if SECRET_FILES.fullmatch(each.name)]
    except OSError:
        beside = []
    return [home.store_path, *named, *sorted(beside)]


def _is_reachable(path: Path) -> bool:
    """Whether others may enter all folders above; else the file's own rights do not matter."""
    return all(_mode(folder) & ENTERERS for folder in path.absolute().parents)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0


# ---------------------------------------------------------------- TLS


def tls(home: Home) -> Iterator[Finding]:
    """The certificate authorities that are trusted, and sources whose certificate failed."""
    yield from _authorities(home)
    try:
        with home.open_store() as store:
            states = store.sources.list()
    except ClipperError:
        return
    for state in states:
        if state.error_kind == "tls":
            remedy = (
                "If other sites work, the outlet has to mend its certificate. If none does, look "
                "at this machine's clock, or set 'network: ca_file:' for your own authority."
            )
            yield Finding(
                area="tls", subject=state.source.slug, level=Level.WARNING, text=state.error,
                remedy=remedy, since=state.last_success_at,
            )  # fmt: skip


def _authorities(home: Home) -> Iterator[Finding]:
    from ..fetch.certificates import unreadable_authorities

    try:
        own = home.config.network.ca_file
    except ClipperError:
        own = ""
    for path, reason in unreadable_authorities(own):
        text = f"the certificate authorities in {path} can't be read ({reason})."
        remedy = "Install the package certifi anew, or mend 'network: ca_file:'."
        yield finding("tls", Level.ALARM, text, remedy)


# ---------------------------------------------------------------- only when asked to go out


def certificates(home: Home) -> Iterator[Finding]:
    """When the certificates of outlets and places end; asks each host once."""
    from concurrent.futures import ThreadPoolExecutor
    from functools import partial

    from ..fetch.certificates import certificate_ends
    from ..urls import host
    from .parts import network_of

    try:
        config = home.config
    except ClipperError:
        return
    addresses = [source.address for source in config.sources]
    if config.places.wordpress is not None:
        addresses.append(config.places.wordpress.url)
    hosts = {host(url): url for url in addresses if url.startswith("https://")}
    ask = partial(certificate_ends, network=network_of(config))
    with ThreadPoolExecutor(config.network.parallel, "certificates") as lanes:
        for name, ends in zip(hosts, lanes.map(ask, hosts.values()), strict=True):
            yield from _ending(name, ends, now())


def _ending(name: str, ends: datetime | str | None, at: datetime) -> Iterator[Finding]:
    if isinstance(ends, str):
        remedy = "Open the address in a browser; if it works there, look at 'network:' here."
        yield Finding(
            area="certificates", subject=name, level=Level.WARNING, text=ends, remedy=remedy
        )
    elif ends is not None and ends - at < SOON:
        level = Level.ALARM if ends - at < AT_ONCE else Level.WARNING
        text = f"its certificate ends on {day(ends)}."
        remedy = "Tell whoever runs the site; once it has ended, nothing more is fetched from it."
        yield Finding(area="certificates", subject=name, level=level, text=text, remedy=remedy)


def publishers(home: Home) -> Iterator[Finding]:
    """Try every place without publishing anything."""
    from .targets import targets

    try:
        with home.open_store() as store, targets(home, store) as places:
            for place in places:
                for found in place.check():
                    if not found.ok:
                        yield Finding(
                            area="publishers", subject=place.name, level=Level.ALARM,
                            text=found.text, remedy="'clipper publishers check' tries it again.",
                        )  # fmt: skip
    except ClipperError as error:
        yield finding("publishers", Level.WARNING, str(error), "See 'clipper publishers check'.")
