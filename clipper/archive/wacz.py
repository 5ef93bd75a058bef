"""WACZ: captures in one file that replay tools open (https://specs.webrecorder.net/wacz/1.1.1/).

    events -> archive/*.warc.gz + indexes/ + pages/ -> datapackage.json -> datapackage-digest.json

A zip whose large parts are stored, not packed: tools read single records out of it.
"""

from __future__ import annotations

import json
import os
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from .. import __version__
from ..errors import ArchiveError
from . import cdxj, records
from .disk import DISK
from .events import Event
from .sealing import INDEXED
from .stamps import Stamp, Stamper, Unstamped

VERSION: Final = "1.1.1"
WARC: Final = "clipper.warc.gz"
MOST: Final = 1 << 30
"""Bytes after which a package's next WARC file is begun: files of 2 GiB and more need longer
heads in a zip, which some readers expect only there."""
SOFTWARE: Final = f"clipper/{__version__}"

DESCRIPTION: Final = "datapackage.json"
DIGEST: Final = "datapackage-digest.json"
STAMP: Final = "timeStamp"
"""The field of `DIGEST` that holds a time stamp over the bytes of `DESCRIPTION`, as base64 of
the service's answer (RFC 3161). It is ours: `signedData` may bear no field that its own format
does not name, and that names one only beside a certificate for a domain; and a file of its own
would have to be listed in what it vouches for, or `wacz validate` refuses the package."""

Sign = Callable[[str, str], Mapping[str, str]]
"""`(hash, created) -> signedData` of a package."""


@dataclass(frozen=True, slots=True)
class Item:
    """A capture with the headline and the text that were read from it."""

    event: Event
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A file in the package: its path, size, and SHA-256 in hex."""

    path: str
    size: int
    digest: str


def write(
    to: Path,
    items: Iterable[Item],
    *,
    title: str,
    now: datetime,
    ids: Callable[[], UUID],
    sign: Sign | None = None,
    stamper: Stamper | None = None,
    most: int = MOST,
) -> Stamp | Unstamped | None:
    """Write a package to the new file `to`; it is there whole, or not at all.

    With a `stamper` what came of it is the answer: a package is written without a time stamp
    too. `items` is read once, one at a time; `most` is as `MOST`. Raises
    ArchiveError when `to` exists or can't be written.
    """
    if to.exists():
        raise ArchiveError(f"{to} exists already; it was left as it is. Name another file.")
    aside = to.with_name(f".{to.name}.{os.getpid()}.new")
    try:
        with aside.open("xb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as package:
                described = _fill(_Package(package, now), items, title, ids, most)
                done = stamper(described) if stamper else None
                sealed = _sealed(described, _stamp(now), sign, done)
                _Package(package, now).put(DIGEST, sealed, listed=False)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(to)
        DISK.sync_folder(to.absolute().parent)
    except OSError as error:
        raise ArchiveError(f"{to}: it can't be written ({error.strerror}).") from error
    finally:
        aside.unlink(missing_ok=True)
    return done


class _Package:
    """A zip that is being written, with a list of what is in it."""

    def __init__(self, package: zipfile.ZipFile, now: datetime) -> None:
        self._package = package
        self.now = now
        self.resources: list[Resource] = []

    def put(self, path: str, content: bytes, *, listed: bool = True) -> None:
        """Write one file."""
        with self.file(path, listed=listed) as put:
            put(content)

    @contextmanager
    def file(self, path: str, *, listed: bool = True) -> Iterator[Callable[[bytes], None]]:
        """Write one file bit by bit, by calling what is given; it must stay below 2 GiB.

        Its head in the zip has no extra field then. With one (`force_zip64`) that its line in
        the zip's directory lacks, wabac.js, which replayweb.page and ArchiveWeb.page read with,
        looks for its bytes twenty places too early.
        """
        entry = zipfile.ZipInfo(path, self.now.astimezone(UTC).timetuple()[:6])
        entry.external_attr = 0o644 << 16
        digest, size = sha256(), 0
        with self._package.open(entry, "w") as stream:
            out: IO[bytes] = stream

            def put(content: bytes) -> None:
                nonlocal size
                out.write(content)
                digest.update(content)
                size += len(content)

            yield put
        if listed:
            self.resources.append(Resource(path, size, digest.hexdigest()))


def _fill(
    package: _Package,
    items: Iterable[Item],
    title: str,
    ids: Callable[[], UUID],
    most: int,
) -> bytes:
    """Write all but `DIGEST`; what `DESCRIPTION` holds."""
    warcs = _Warcs(package, ids)
    header = {"format": "json-pages-1.0", "id": "pages", "title": title, "hasText": True}
    pages = [_json(header)]
    rest = iter(items)
    item = next(rest, None)
    while not warcs.number or item is not None:
        with warcs.begun() as put:
            while item is not None and warcs.offset < most:
                pages.append(_json(_page(item, ids)))
                warcs.add(item, put)
                item = next(rest, None)
    packed, index = cdxj.blocks(warcs.lines, "index.cdx.gz")
    package.put("indexes/index.cdx.gz", packed)
    package.put("indexes/index.idx", index)
    package.put("pages/pages.jsonl", b"".join(pages))
    resources = tuple(package.resources)
    described = _described(resources, title, _stamp(package.now))
    package.put(DESCRIPTION, described, listed=False)
    return described


class _Warcs:
    """The WARC files of a package: the lines of their index, and where the next record goes."""

    def __init__(self, package: _Package, ids: Callable[[], UUID]) -> None:
        self._package = package
        self._ids = ids
        self._written: set[str] = set()
        self.lines: list[str] = []
        self.number = 0
        self.offset = 0

    @property
    def name(self) -> str:
        """Of the file that is being written."""
        return WARC if self.number == 1 else WARC.replace(".", f"-{self.number}.", 1)

    @contextmanager
    def begun(self) -> Iterator[Callable[[bytes], None]]:
        """A new file, with its first record."""
        self.number += 1
        with self._package.file(f"archive/{self.name}") as put:
            opening = records.warcinfo(self.name, SOFTWARE, self._package.now, self._ids)
            put(opening)
            self.offset = len(opening)
            yield put

    def add(self, item: Item, put: Callable[[bytes], None]) -> None:
        """Write an item's records, but those that stand in the package already: several
        revisits bring the page that they refer to."""
        for raw in item.event.members:
            named = raw.record.fields.get("warc-record-id", "")
            if named in self._written:
                continue
            self._written.add(named)
            if raw.record.fields.get("warc-type") in INDEXED:
                self.lines.append(cdxj.line(raw.record, raw.content, self.offset, self.name))
            put(raw.content)
            self.offset += len(raw.content)


def _page(item: Item, ids: Callable[[], UUID]) -> dict[str, str]:
    page = item.event.page
    url = next(
        raw.record.fields["warc-target-uri"]
        for raw in reversed(item.event.members)
        if raw.record.fields.get("warc-type") in INDEXED
    )
    return {
        "id": str(ids()),
        "url": url,
        "ts": _stamp(page.fetched_at),
        "title": item.title,
        "text": item.text,
    }


def _described(resources: Iterable[Resource], title: str, created: str) -> bytes:
    told = {
        "profile": "data-package",
        "wacz_version": VERSION,
        "title": title,
        "created": created,
        "software": SOFTWARE,
        "resources": [
            {
                "name": each.path.rpartition("/")[2],
                "path": each.path,
                "hash": f"sha256:{each.digest}",
                "bytes": each.size,
            }
            for each in resources
        ],
    }
    return json.dumps(told, indent=2).encode()


def _sealed(
    described: bytes, created: str, sign: Sign | None, stamp: Stamp | Unstamped | None
) -> bytes:
    digest = f"sha256:{sha256(described).hexdigest()}"
    told: dict[str, Any] = {"path": DESCRIPTION, "hash": digest}
    if sign is not None:
        told["signedData"] = dict(sign(digest, created))
    if isinstance(stamp, Stamp):
        told[STAMP] = b64encode(stamp.answer).decode("ascii")
    return json.dumps(told, indent=2).encode()


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"
