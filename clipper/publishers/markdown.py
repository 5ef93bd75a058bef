"""Markdown files with front matter, for Hugo, Jekyll and Eleventy.

One file an update, named `DATE-WORDS-MARK.md`; the mark is the idempotency key, in the name
and in the front matter, so that a file may be renamed as long as its front matter stays.
Front matter is written as JSON values, which YAML reads as they are (YAML 1.2, section 1.3).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from clipper.model import Update
from clipper.publishers import pages, rendering
from clipper.publishers.contract import Check, Failed, Standing

_HEAD = 4_096
_LARGEST = 1_000_000
_MARK = re.compile(rb'^clipper_key: "([0-9a-f]{16})"\r?$', re.MULTILINE)
_REVISION = re.compile(rb'^clipper_revision: "([^"\r\n]{0,200})"\r?$', re.MULTILINE)

_IMAGE = re.compile(rb'^image: "(images/[0-9a-f]{16,64}\.(?:jpg|png|webp))"\r?$', re.MULTILINE)


class Markdown:
    """A folder of Markdown files as a place to publish to. Other files in it stay."""

    name = "markdown"
    can_find = True

    def __init__(self, folder: Path, house: str, theme: Path | None = None) -> None:
        self._folder = folder
        self._house = house
        self._theme = theme

    # ------------------------------------------------------------ what stands

    def survey(self, refs: Mapping[str, str]) -> Mapping[str, Standing] | Failed:
        """What stands of these files; one that was renamed is known by its front matter."""
        try:
            found = {key: self._standing(self._folder / ref) for key, ref in refs.items()}
            astray = {
                rendering.marker(self._house, key): key
                for key, standing in found.items()
                if standing is None
            }
            renamed = {astray[mark]: file for mark, file in self._marked(frozenset(astray))}
            found |= {key: self._standing(file) for key, file in renamed.items()}
        except OSError as error:
            return _trouble(self._folder, error)
        return {key: standing for key, standing in found.items() if standing is not None}

    def find(self, key: str) -> Standing | Failed | None:
        """The file that carries the key's mark."""
        mark = rendering.marker(self._house, key)
        try:
            file = next((file for _, file in self._marked(frozenset({mark}))), None)
            return self._standing(file) if file else None
        except OSError as error:
            return _trouble(self._folder, error)

    def _marked(self, marks: frozenset[str]) -> Iterator[tuple[str, Path]]:
        """The files whose front matter carries one of the marks; likely names first."""
        if not marks or not self._folder.is_dir():
            return
        files = sorted(self._folder.glob("*.md"), key=lambda file: _name_mark(file) not in marks)
        for file in files:
            mark = _mark_of(file)
            if mark in marks:
                marks -= {mark}
                yield mark, file
            if not marks:
                return

    def _standing(self, file: Path) -> Standing | None:
        try:
            with file.open("rb") as stream:
                content = stream.read(_LARGEST)
        except FileNotFoundError:
            return None
        revision = _REVISION.search(content[:_HEAD])
        return Standing(
            where=str(file),
            ref=file.name,
            revision=revision[1].decode("utf-8", "replace") if revision else "",
            seal=rendering.seal(content.decode("utf-8", "replace")),
        )

    # ------------------------------------------------------------ acts

    def create(self, update: Update, now: datetime) -> Standing | Failed:
        """A new file, whole or not at all."""
        mark = rendering.marker(self._house, update.key)
        day = update.at.astimezone(UTC).date().isoformat()
        return self._put(f"{day}-{rendering.slug(update, mark)[:80]}-{mark}.md", update)

    def amend(self, ref: str, update: Update, now: datetime) -> Standing | Failed:
        """The file replaced; its name stays, since links lead to it."""
        return self._put(ref, update)

    def withdraw(self, ref: str) -> Failed | None:
        """The file deleted, and its image when no other file shows it."""
        try:
            images = self._images_of(self._folder / ref)
            (self._folder / ref).unlink(missing_ok=True)
            self._sweep(images)
            _sync(self._folder)
        except OSError as error:
            return _trouble(self._folder, error)
        return None

    def _put(self, name: str, update: Update) -> Standing | Failed:
        content = self._content(update).encode("utf-8")
        file = self._folder / name
        aside = file.with_name(f".{name}.clipper-new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            before = self._images_of(file)
            self._put_image(update)
            _write(aside, content)
            aside.replace(file)
            self._sweep(before - self._images_of(file))
            _sync(self._folder)
        except OSError as error:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
            return _trouble(self._folder, error)
        standing = self._standing(file)
        return standing or Failed(text=f"{file} was gone as soon as it was written.")

    def _put_image(self, update: Update) -> None:
        image = pages.show(update, pages.SiteSettings(), update.at).image
        if not image or update.image is None or (self._folder / image).is_file():
            return
        file = self._folder / image
        file.parent.mkdir(exist_ok=True)
        aside = file.with_name(f".{file.name}.clipper-new")
        _write(aside, update.image.body)
        aside.replace(file)

    def _images_of(self, file: Path) -> frozenset[str]:
        """The image that a file of ours names, if any."""
        try:
            with file.open("rb") as stream:
                found = _IMAGE.findall(stream.read(_HEAD))
        except FileNotFoundError:
            return frozenset()
        return frozenset(name.decode("ascii") for name in found)

    def _sweep(self, images: frozenset[str]) -> None:
        """Delete these images, but for those that another file names."""
        if not images:
            return
        named = (self._images_of(file) for file in self._folder.glob("*.md"))
        for image in images.difference(*named):
            (self._folder / image).unlink(missing_ok=True)

    def _content(self, update: Update) -> str:
        shown = pages.show(update, pages.SiteSettings(), update.at)
        front = {
            "title": shown.headline,
            "date": shown.at.isoformat(),
            "categories": [place.name for place in shown.campaigns],
            "outlet": shown.outlet,
            "attribution": shown.attribution,
            "source_url": shown.url,
            "lang": shown.language,
            **({"image": shown.image, "image_alt": shown.image_alt} if shown.image else {}),
            "clipper_key": rendering.marker(self._house, update.key),
            "clipper_revision": re.sub(r'["\r\n\\]', "", update.revision)[:200],
        }
        lines = (
            f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in front.items()
        )
        body = rendering.rendered(update, "markdown.md", self._theme)
        body = re.sub(r"\n{3,}", "\n\n", body).strip("\n")
        return "---\n" + "\n".join(lines) + "\n---\n\n" + body + "\n"

    # ------------------------------------------------------------ the preflight

    def check(self) -> tuple[Check, ...]:
        """Whether files can be written in the folder."""
        there = next(one for one in (self._folder, *self._folder.parents) if one.exists())
        if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
            return (Check(ok=True, text=f"Folder: {self._folder} can be written to."),)
        return (Check(ok=False, text=f"Folder: {there} can't be written to."),)


def _name_mark(file: Path) -> str:
    return file.stem.rpartition("-")[2]


def _mark_of(file: Path) -> str:
    with file.open("rb") as stream:
        found = _MARK.search(stream.read(_HEAD))
    return found[1].decode("ascii") if found else ""


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _trouble(folder: Path, error: OSError) -> Failed:
    reason = error.strerror or str(error)
    return Failed(text=f"The files in {folder} can't be read or written: {reason}.", stop=True)
