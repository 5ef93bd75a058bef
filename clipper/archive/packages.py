"""A package (WACZ) looked at by itself: is it what it was when it was written, signed, stamped?

    datapackage.json + what it lists -> digests; its own digest -> signature, time stamp

It may come from anybody: what is read at once is bounded, and the rest is read bit by bit and
never beyond the size that the package gives for it.
"""

from __future__ import annotations

import base64
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from .. import text
from ..errors import ArchiveError
from .signing import holds
from .stamps import Check, Stamp, Unstamped
from .wacz import DESCRIPTION, DIGEST, STAMP

MOST_TOLD: Final = 4 * 1024 * 1024
"""Bytes of a description that are read."""
MOST_FILES: Final = 100_000
_CHUNK: Final = 1 << 20
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip


@dataclass(slots=True)
class Package:
    """What a package says of itself, and whether it is so.

    `faults` are whatever is not as it was when the package was written, in words. `signature`
    is the SHA-256 of the public key when there is a signature that holds. `domain` is what a
    signature of the other kind names, which is not checked here. `stamp` is what came of the
    time stamp when there is one and it was looked at.
    """

    files: int = 0
    size: int = 0
    created: str = ""
    software: str = ""
    has_signature: bool = False
    signature: str = ""
    domain: str = ""
    has_stamp: bool = False
    stamp: Stamp | Unstamped | None = None
    faults: list[str] = field(default_factory=list)


def look(path: Path, check: Check | None = None) -> Package:
    """Look at a package; `check` says whether a time stamp holds, without it that is not
    looked at. Raises ArchiveError when it can't be read, or is no WACZ package."""
    try:
        with zipfile.ZipFile(path) as package:
            return _looked(package, check)
    except OSError as error:
        raise ArchiveError(f"{path}: it can't be read ({error.strerror}).") from error
    except zipfile.BadZipFile as error:
        raise ArchiveError(f"{path}: this is no WACZ package ({error}).") from error
    except ArchiveError as error:
        raise ArchiveError(f"{path}: {error}") from error


def _looked(package: zipfile.ZipFile, check: Check | None) -> Package:
    names = package.namelist()
    if DESCRIPTION not in names:
        raise ArchiveError(f"this is no WACZ package: it has no {DESCRIPTION}.")
    if len(names) > MOST_FILES:
        raise ArchiveError("there are too many files in this package.")
    done = Package()
    described = _content(package, DESCRIPTION, MOST_TOLD)
    told = _parsed(described)
    done.created, done.software = (_words(told, each) for each in ("created", "software"))
    listed = told.get("resources")
    rows = listed if isinstance(listed, list) else []
    resources = [each for each in rows if isinstance(each, dict)]
    if not resources:
        done.faults.append(f"{DESCRIPTION} lists no files")
    done.faults += _doubled(names)
    for each in resources:
        done.faults += _resource(package, each, done)
    done.faults += _unlisted(names, resources)
    if DIGEST not in names:
        done.faults.append(f"{DIGEST} is missing: nothing tells whether {DESCRIPTION} was changed")
        return done
    sealed = _parsed(_content(package, DIGEST, MOST_TOLD))
    _seal(done, sealed, described)
    if STAMP in sealed:
        _stamp(done, str(sealed[STAMP]), described, check)
    return done


# ---------------------------------------------------------------- the files


def _resource(package: zipfile.ZipFile, told: Mapping[str, Any], done: Package) -> Iterator[str]:
    path, size, digest = told.get("path"), told.get("bytes"), told.get("hash")
    if not isinstance(path, str) or not isinstance(size, int) or not isinstance(digest, str):
        yield f"{DESCRIPTION} lists a file without its path, size or digest"
        return
    named = text.clean(path, 200)
    try:
        entry = package.getinfo(path)
    except KeyError:
        yield f"{named} is missing"
        return
    done.files, done.size = done.files + 1, done.size + entry.file_size
    if not digest.lower().startswith("sha256:"):
        yield f"{named} is listed with another digest than SHA-256, which is not looked at here"
        return
    if entry.file_size != size:
        yield f"{named} has {entry.file_size:,} bytes, and had {size:,}"
        return
    found, left = sha256(), size
    try:
        with package.open(entry) as file:
            while left and (chunk := file.read(min(_CHUNK, left))):
                found.update(chunk)
                left -= len(chunk)
    except _BROKEN:
        yield f"{named} is damaged"
        return
    if left or f"sha256:{found.hexdigest()}" != digest.lower():
        yield f"{named} is not what it was: its digest is another"


def _doubled(names: list[str]) -> Iterator[str]:
    """Of two files by one name, one would be checked and the other shown."""
    seen: set[str] = set()
    for each in names:
        if each in seen:
            yield f"there are two files by the name {text.clean(each, 200)}"
        seen.add(each)


def _unlisted(names: list[str], resources: list[dict[str, Any]]) -> Iterator[str]:
    known = {DESCRIPTION, DIGEST, *(each.get("path") for each in resources)}
    for each in names:
        if each not in known and not each.endswith("/"):
            yield f"{text.clean(each, 200)} is in the package, and not in its list"


# ---------------------------------------------------------------- signature and stamp


def _seal(done: Package, told: Mapping[str, Any], described: bytes) -> None:
    digest = f"sha256:{sha256(described).hexdigest()}"
    if told.get("hash") != digest:
        done.faults.append(f"{DESCRIPTION} is not what it was: its digest is another")
    signed = told.get("signedData")
    if not isinstance(signed, dict):
        return
    if isinstance(signed.get("domain"), str):
        done.domain = text.clean(signed["domain"], 200)
    elif signed.get("hash") != digest:
        done.has_signature = True
        done.faults.append("the signature is for something else")
    else:
        _signature(done, signed, digest)


def _signature(done: Package, signed: Mapping[str, Any], digest: str) -> None:
    done.has_signature = True
    try:
        public, signature = (
            base64.b64decode(str(signed.get(each, "")), validate=True)
            for each in ("publicKey", "signature")
        )
    except ValueError:
        public = signature = b""
    found = holds(public, signature, digest.encode())
    if found:
        done.signature = sha256(public).hexdigest()
    elif found is not None:
        done.faults.append("the signature does not hold")


def _stamp(done: Package, answer: str, described: bytes, check: Check | None) -> None:
    done.has_stamp = True
    if check is None:
        return
    try:
        content = base64.b64decode(answer, validate=True)
    except ValueError:  # letters beyond ASCII, or none of base64's
        content = b""
    done.stamp = check(content, sha256(described).hexdigest())
    if isinstance(done.stamp, Unstamped):
        done.faults.append(f"the time stamp does not hold: {done.stamp.why}")


# ---------------------------------------------------------------- what is read at once


def _content(package: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        with package.open(name) as file:
            content = file.read(most + 1)
    except _BROKEN as error:
        raise ArchiveError(f"{name} is damaged.") from error
    if len(content) > most:
        raise ArchiveError(f"{name} is too long.")
    return content


def _parsed(content: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _words(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return text.clean(value, 100) if isinstance(value, str) else ""
