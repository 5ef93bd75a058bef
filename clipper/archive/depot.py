"""A depot: a place elsewhere, of any kind that fsspec knows, to which sealed files are copied.

fsspec lives here and nowhere else, and is imported when a depot is first asked for something.
Nothing here decides what is to go where; `elsewhere` does.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Final

from ..errors import ArchiveError
from .disk import DISK

MOST_BYTES: Final = 64 << 20
"""No manifest is read past this: it would have a hundred thousand lines."""
_CHUNK: Final = 8 << 20
_PART: Final = 16 << 20
"""So large are the parts in which a large file is sent, two at a time."""
_AHEAD: Final = 256 << 10
"""So much is asked for at once when single records are read: most captures are shorter."""
_TRIES: Final = 2
_ANSWER: Final = 30
"""So many seconds an answer may take once all was sent."""
_PATIENCE: Final = 120
_SLOWEST: Final = 30_000
"""Sending may take so many seconds, and one more for so many bytes: a peer that stops reading
would else hold a round for ever."""
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*)://(.+)")
_LOCAL: Final = ("file", "local")
_S3: Final = ("s3", "s3a")


class DepotError(ArchiveError):
    """A depot can't be reached, refuses, or can't do what is asked; the sentence says which."""


class Interrupted(DepotError):
    """Whoever asked wants to end: what was begun is done again the next time."""


def never() -> bool:
    """Nobody wants to end."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a depot is, and how to get in: its address (`s3://bucket/folder`), the service's
    own address and region where it is not Amazon's, `key` as `ACCESS:SECRET` (empty: as the
    machine is set up), a PEM file of authorities, a proxy, and more in fsspec's own words."""

    address: str
    endpoint: str = ""
    region: str = ""
    key: str = field(default="", repr=False)
    ca_file: str = ""
    proxy: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def scheme(self) -> str:
        """`s3`, `file`, `memory` …; empty when the address is none."""
        match = _SCHEME.fullmatch(self.address)
        return match[1] if match else ""


class Depot:
    """The files at a place, by name; each call raises DepotError when it can't be done.

    Safe from many threads. A file is there whole or not at all, save where the place itself
    can't promise that: so nothing counts before it was read back. `stopping` is asked between
    the parts of a large file; Interrupted is raised once it says so.
    """

    def __init__(self, place: Place, stopping: Callable[[], bool] = never) -> None:
        self.place = place
        self._stopping = stopping

    @property
    def address(self) -> str:
        """Where it is, as people write it; no secret is in it."""
        return self.place.address.rstrip("/")

    @property
    def lacks(self) -> str:
        """What has to be installed before it can be used, in a sentence; "" when nothing."""
        is_s3 = self.place.scheme in _S3
        needed = ("fsspec", "s3fs") if is_s3 else ("fsspec",)
        if all(importlib.util.find_spec(name) for name in needed):
            return ""
        return (
            f"{self.address}: what is needed to reach this place is not installed. "
            f"Type: pip install 'clipper[{'s3' if is_s3 else 'storage'}]'"
        )

    # ------------------------------------------------------------ looking and reading

    def sizes(self) -> dict[str, int]:
        """The files there and their sizes, by one listing; none when the folder is not there
        yet. A bucket, or a folder of this machine, that is not there is an error."""
        with self._asked("it can't be listed"):
            try:
                self._fs.invalidate_cache()
                found = self._fs.ls(self._root, detail=True)
            except FileNotFoundError:
                self._check_base()
                return {}
            return {
                str(each["name"]).rsplit("/", 1)[-1]: int(each["size"] or 0)
                for each in found
                if each["type"] == "file"
            }

    def read(self, name: str, start: int, end: int) -> bytes:
        """The bytes from `start` to `end` of a file, or as many as there are.

        FileNotFoundError when there is no such file."""
        with self._asked(f"{name} can't be read"):
            return bytes(self._fs.cat_file(self._at(name), start=start, end=end))

    def whole(self, name: str) -> bytes | None:
        """A small file as a whole; None when it is not there."""
        try:
            return b"".join(self.chunks(name, MOST_BYTES))
        except FileNotFoundError:
            return None

    def chunks(self, name: str, most: int | None = None) -> Iterator[bytes]:
        """A file from end to end; DepotError when it has more than `most` bytes.

        FileNotFoundError when there is no such file."""
        with self._asked(f"{name} can't be read"):
            self._fs.invalidate_cache()
            try:
                size = int(self._fs.info(self._at(name))["size"])
            except FileNotFoundError:
                self._check_base()
                raise
        if most is not None and size > most:
            raise DepotError(
                f"{self.address}: {name} has {size:,} bytes there, where {most:,} are the most."
            )
        for start in range(0, size, _CHUNK):
            self._go_on()
            end = min(start + _CHUNK, size)
            yield self.read(name, start, end)[: end - start]

    def measured(self, name: str) -> tuple[int, str] | None:
        """Size and SHA-256 of a file, read back from end to end; None when it is not there."""
        digest, size = hashlib.sha256(), 0
        try:
            for chunk in self.chunks(name):
                digest.update(chunk)
                size += len(chunk)
        except FileNotFoundError:
            return None
        return size, digest.hexdigest()

    def open(self, name: str, size: int) -> BinaryIO:
        """A file of that size, to be read here and there: what is asked for is fetched, with a
        quarter of a megabyte ahead, and no more is kept."""

        def read(start: int, end: int) -> bytes:
            try:
                return self.read(name, start, end)
            except FileNotFoundError:
                self._check_base()
                raise DepotError(f"{self.address}: {name} is not there.") from None

        return io.BufferedReader(_Ranges(read, size), _AHEAD)

    # ------------------------------------------------------------ writing

    def put(self, path: Path, name: str) -> None:
        """Copy a file there; one of that name is replaced."""
        with self._asked(f"{name} can't be sent"), self._based():
            if self.place.scheme in _LOCAL:
                self._put_here(path, name)
            elif self.place.scheme in _S3:
                told = _callback(self._go_on)
                most = _PATIENCE + path.stat().st_size / _SLOWEST
                self._within(
                    most, "put_file", str(path), self._at(name),
                    callback=told, chunksize=_PART, max_concurrency=2,
                )  # fmt: skip
            else:
                self._fs.makedirs(self._root, exist_ok=True)
                self._fs.put_file(str(path), self._at(name))

    def put_text(self, content: bytes, name: str) -> None:
        """Put a small file there; one of that name is replaced."""
        with self._asked(f"{name} can't be sent"), self._based():
            if self.place.scheme in _LOCAL:
                self._check_base()
                DISK.put(Path(self._at(name)), content)
            else:
                if self.place.scheme not in _S3:
                    self._fs.makedirs(self._root, exist_ok=True)
                most = _PATIENCE + len(content) / _SLOWEST
                self._within(most, "pipe_file", self._at(name), content)

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""
        with self._asked(f"{name} can't be removed"), suppress(FileNotFoundError):
            self._fs.rm_file(self._at(name))

    def _put_here(self, path: Path, name: str) -> None:
        """A folder of this machine, a mounted disk above all: synced, for nothing else would
        make sure that what is read back is not only in memory."""
        self._check_base()
        to = Path(self._at(name))
        aside = to.with_name(f"{to.name}.new")
        aside.unlink(missing_ok=True)
        self._fs.put_file(str(path), str(aside))
        descriptor = os.open(aside, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        DISK.rename(aside, to)
        DISK.sync_folder(to.parent)

    def _within(self, seconds: float, act: str, *args: Any, **named: Any) -> None:
        """Do something at the place, within so many seconds where that can be bounded."""
        if not self._fs.async_impl:
            getattr(self._fs, act)(*args, **named)
            return
        from fsspec.asyn import sync

        sync(self._fs.loop, getattr(self._fs, f"_{act}"), *args, timeout=seconds, **named)

    def _go_on(self) -> None:
        if self._stopping():
            raise Interrupted(f"{self.address}: stopped; the next run goes on with it.")

    # ------------------------------------------------------------ fsspec

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        if self.lacks:
            raise DepotError(self.lacks)
        import fsspec.core

        if not self.place.scheme or "::" in self.place.address:
            raise DepotError(
                f"{self.address}: this is no address of a place. Write it like "
                "s3://bucket/folder or file:///mnt/disk/folder."
            )
        options = _options(self.place)
        try:
            fs, root = fsspec.core.url_to_fs(self.place.address, **options)
        except ImportError as error:
            raise DepotError(
                f"{self.address}: a package is missing for this kind of place: {error}."
            ) from error
        except Exception as error:  # (each kind of place raises what it likes)
            raise DepotError(f"{self.address}: it can't be used ({_told(error)}).") from error
        if self.place.scheme in _S3:
            # It would try five times what botocore tries twice, and that five times.
            fs.retries = 1
        return fs, str(root).rstrip("/")

    @property
    def _fs(self) -> Any:
        return self._opened[0]

    @property
    def _root(self) -> str:
        return self._opened[1]

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _check_base(self) -> None:
        """DepotError when there is no such bucket, or no such folder of this machine: that
        may be the mount of a disk that is away, and is never made."""
        if self.place.scheme in _LOCAL and not Path(self._root).is_dir():
            raise DepotError(
                f"{self.address}: there is no such folder. Is its disk mounted? Clipper does "
                "not make it, so that nothing is kept in the place of a disk that is away."
            )
        if self.place.scheme in _S3:
            bucket = self._root.partition("/")[0]
            try:
                with suppress(PermissionError):  # a key may be bound to one folder of a bucket
                    self._fs.ls(bucket)
            except FileNotFoundError:
                raise DepotError(
                    f"{self.address}: there is no bucket {bucket!r} there. Make it, or mend "
                    "'archive: elsewhere: place:'."
                ) from None

    @contextmanager
    def _based(self) -> Iterator[None]:
        """What is not found while something is sent is the bucket or the folder."""
        try:
            yield
        except FileNotFoundError as error:
            self._check_base()
            raise DepotError(f"{self.address}: it is not found ({_told(error)}).") from error

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        """Whatever goes wrong at the place, as DepotError; FileNotFoundError stays."""
        try:
            yield
        except (FileNotFoundError, DepotError):
            raise
        except Exception as error:  # (each kind of place raises what it likes)
            raise DepotError(f"{self.address}: {what} ({_told(error)}).") from error


class _Ranges(io.RawIOBase):
    """A file at a depot, read by ranges."""

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        self._read, self._size, self._place = read, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: Any) -> int:
        end = min(self._place + len(buffer), self._size)
        if end <= self._place:
            return 0
        content = self._read(self._place, end)[: end - self._place]
        buffer[: len(content)] = content
        self._place += len(content)
        return len(content)


def _callback(ask: Callable[[], None]) -> Any:
    """What fsspec calls after each part that was sent."""
    from fsspec.callbacks import Callback

    class Asking(Callback):  # type: ignore[misc]
        def relative_update(self, inc: int = 1) -> None:
            ask()

    return Asking()


def _options(place: Place) -> dict[str, Any]:
    """The place in fsspec's words."""
    options: dict[str, Any] = dict(place.options)
    access, _, secret = place.key.partition(":")
    if place.scheme not in _S3:
        return options | ({"username": access, "password": secret} if access else {})
    if access:
        options |= {"key": access, "secret": secret}
    if place.endpoint:
        options["endpoint_url"] = place.endpoint
    client = {"region_name": place.region, "verify": place.ca_file}
    return options | {
        "client_kwargs": {name: value for name, value in client.items() if value},
        "config_kwargs": {
            "connect_timeout": 10,
            "read_timeout": _ANSWER,
            "retries": {"max_attempts": _TRIES, "mode": "standard"},
            # A proxy that the environment names is never used, here as elsewhere.
            "proxies": dict.fromkeys(("http", "https"), place.proxy) if place.proxy else {},
            # Many services that speak like S3 do not know the newer checksums; a file counts
            # only once it was read back and hashed here.
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        },
        "use_listings_cache": False,
    }


_KNOWN: Final = (
    (("NoCredentials", "PartialCredentials", "TokenRetrieval"), "no key is set for it. It is read "
     "from the variable CLIPPER_ARCHIVE_KEY (or the one that 'key:' names), as ACCESS:SECRET"),
    (("EndpointConnection", "ConnectionClosed", "ConnectTimeout", "ConnectionRef",
      "ClientConnector", "ServerDisconnected", "ProxyConnection"), "it can't be reached"),
    (("ReadTimeout", "FSTimeout", "TimeoutError"), "it does not answer"),
)  # fmt: skip


def _told(error: BaseException) -> str:
    """Why, in one line and without what a user can't use."""
    names = " ".join(type(each).__name__ for each in _causes(error))
    for kinds, what in _KNOWN:
        if any(kind in names for kind in kinds):
            return what
    strerror = getattr(error, "strerror", None)
    text = strerror if isinstance(strerror, str) and strerror else str(error)
    return " ".join(text.split())[:300].rstrip(".") or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
