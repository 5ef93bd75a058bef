"""The site's files, rendered from updates: pages, feeds and the style sheet.

Every text of an update is cleaned here once more, whatever came before: what goes out
is one line, free of controls and of what XML forbids, bounded, and escaped by the
templates. Links lead to http(s) or nowhere.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipper import text, urls
from clipper.errors import PublishError
from clipper.model import EPOCH, Update
from clipper.publishers import formats, theming

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from clipper.publishers.posts import Post

FEED_LENGTH = 50
"""Entries in a feed; older ones are on the pages."""

WIDGET_LENGTH = 5
"""Updates in what other sites embed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """What the site is called and where readers find it.

    `url` is its public address without a slash at the end, or "" while there is none;
    `language` that of the page's own words (`en` or `es`, others get English ones);
    `per_page` how many updates one page holds; `theme` a folder with templates and a
    `style.css` of the user's own, which stand in for ours.
    """

    title: str = "In the news"
    url: str = ""
    description: str = ""
    language: str = "en"
    per_page: int = 50
    theme: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An update as the templates see it. `file` is the page of its own, `at` when it was
    approved, `updated_at` when what is shown last changed. `note` is the campaign's own words,
    lines joined by a newline. `own`: a post of the campaign's own, with `body` as safe HTML,
    no paragraphs, outlet or URL. `image` is a file in the site, of `image_bytes`."""

    key: str
    id: str
    file: str
    headline: str
    attribution: str
    paragraphs: tuple[str, ...]
    url: str
    outlet: str
    campaigns: tuple[Place, ...]
    language: str
    at: datetime
    updated_at: datetime
    note: str = ""
    own: bool = False
    body: Markup | str = ""
    image: str = ""
    image_alt: str = ""
    image_bytes: int = 0

    @property
    def image_type(self) -> str:
        """What the image is, as feeds tell it."""
        ending = self.image.rpartition(".")[2]
        return f"image/{'jpeg' if ending == 'jpg' else ending}"

    def is_in(self, place: Place) -> bool:
        """Whether the update belongs to a campaign's list."""
        return any(each.stem == place.stem for each in self.campaigns)


@dataclass(frozen=True, slots=True)
class Place:
    """A named list of updates: all, or one campaign's. `stem` begins its files' names."""

    name: str
    stem: str

    def page(self, number: int) -> str:
        """The file of its page `number`, from 1."""
        return f"{self.stem}.html" if number == 1 else f"{self.stem}.{number}.html"

    @property
    def feed(self) -> str:
        """The file of its Atom feed; a month, which never grows again, has none of its own."""
        return f"{self.stem}.xml" if self.has_feed and self.stem != "index" else "feed.xml"

    @property
    def has_feed(self) -> bool:
        """Whether the list has a feed of its own."""
        return not self.stem.startswith("months/")


WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "read": "Continue reading",
        "own": "Our own news",
        "note": "Our note:",
        "at": "at",
        "newer": "Newer",
        "older": "Older",
        "page": "Page",
        "of": "of",
        "campaigns": "Campaigns",
        "all": "All updates",
        "follow": "Follow by feed",
        "none": "Nothing has been published yet.",
        "skip": "Skip to the updates",
        "pages": "Pages",
        "archive": "Archive",
        "months": "By month",
        "outlets": "By outlet",
        "credit": "The quoted words belong to the outlets named. "
        "Follow the links for the whole stories.",
    },
    "es": {
        "read": "Seguir leyendo",
        "own": "Noticia propia",
        "note": "Nota nuestra:",
        "at": "en",
        "newer": "Más recientes",
        "older": "Anteriores",
        "page": "Página",
        "of": "de",
        "campaigns": "Campañas",
        "all": "Todas las notas",
        "follow": "Seguir por canal Atom",
        "none": "Todavía no se ha publicado nada.",
        "skip": "Ir a las notas",
        "pages": "Páginas",
        "archive": "Archivo",
        "months": "Por mes",
        "outlets": "Por medio",
        "credit": "Las palabras citadas pertenecen a los medios nombrados. "
        "Los enlaces llevan a las notas completas.",
    },
}
"""The page's own words, by language."""

_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_SPANISH_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_PICTURE = re.compile(r"[0-9a-f]{16,64}\.(?:jpg|png|webp)")
_RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d")
_PLAIN_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")


def file_name(name: str) -> str:
    """A name that every file system takes, different for different `name`s."""
    if _PLAIN_NAME.fullmatch(name) and not _RESERVED.fullmatch(name):
        return name
    return f"{text.slug(name, 40)}-{text.digest(name)[:10]}"


def show(update: Update, settings: SiteSettings, updated_at: datetime) -> Shown:
    """An update made fit to be shown, whatever it holds."""
    outlet = text.clean(update.outlet, 200)
    day = update.at.astimezone(UTC).date().isoformat()
    return Shown(
        key=update.key,
        id=_id(update.key, settings),
        file=f"updates/{file_name(update.key)}.html",
        headline=text.clean(update.headline, 400) or f"{outlet or '—'}, {day}",
        attribution=text.clean(update.attribution, 400),
        paragraphs=tuple(p for p in (text.clean(each, 20_000) for each in update.paragraphs) if p),
        url=urls.join("", update.url),
        outlet=outlet,
        campaigns=tuple(
            dict.fromkeys(_campaign(name) for name in update.campaigns if name.strip())
        ),
        language=update.language if _LANGUAGE.fullmatch(update.language) else "",
        at=update.at.astimezone(UTC),
        updated_at=updated_at.astimezone(UTC),
        note=text.clean_lines(update.note, 5_000).strip(),
        **_picture(update),
    )


def _picture(update: Update) -> dict[str, Any]:
    image = update.image
    if image is None or not _PICTURE.fullmatch(image.name):
        return {}
    return {
        "image": f"images/{image.name}",
        "image_alt": text.clean(image.alt, 500),
        "image_bytes": len(image.body),
    }


def show_own(post: Post, settings: SiteSettings, updated_at: datetime) -> Shown:
    """A post of the campaign's own, as it stands among the updates."""
    from markupsafe import Markup

    return Shown(
        key=post.key,
        id=_id(post.key, settings),
        file=f"updates/{file_name(post.key)}.html",
        headline=post.headline,
        attribution=_words(settings)["own"],
        paragraphs=(),
        url="",
        outlet="",
        campaigns=tuple(_campaign(name) for name in post.campaigns),
        language="",
        at=post.at,
        updated_at=updated_at.astimezone(UTC),
        own=True,
        body=Markup(post.body),  # noqa: S704  (made by `posts.html`, raw HTML disabled)
        image=post.image,
        image_alt=post.image_alt,
        image_bytes=len(post.picture),
    )


def _words(settings: SiteSettings) -> Mapping[str, str]:
    return WORDS.get(settings.language.partition("-")[0].lower(), WORDS["en"])


def _id(key: str, settings: SiteSettings) -> str:
    """A URN that depends on nothing but the update's key and the site's address."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{settings.url.rstrip('/')}#{key}").urn


_WORDY = re.compile(r"[\w ,.:'’&()/–-]{1,60}")


def _campaign(name: str) -> Place:
    return _named(name, "campaigns")


def _named(name: str, folder: str) -> Place:
    """Names that differ in case, accents or punctuation alone are one campaign or outlet."""
    name = text.clean(name, 200)
    stem = text.slug(name)
    if not _WORDY.fullmatch(name) or _RESERVED.fullmatch(stem):
        stem = file_name(name)
    return Place(name, f"{folder}/{stem}")


# ---------------------------------------------------------------- files


def render(shown: Sequence[Shown], settings: SiteSettings) -> dict[str, bytes]:
    """All files of the site by name; the same updates and settings give the same bytes."""
    newest_first = sorted(shown, key=lambda each: (each.at, each.key), reverse=True)
    campaigns = _grouped((each, each.campaigns) for each in newest_first)
    outlets = _grouped((each, _outlet(each)) for each in newest_first)
    months = _grouped((each, (_month(each, settings),)) for each in newest_first)
    site = _Site(settings, tuple(sorted(campaigns, key=_by_name)))
    files = {"style.css": _style(settings.theme)}
    files |= dict(site.listing(Place(site.title, "index"), newest_first))
    for place, updates in (campaigns | outlets | months).items():
        files |= dict(site.listing(place, updates))
    for each in newest_first:
        files[each.file] = site.single(each)
    files["archive.html"] = site.archive(sorted(outlets, key=_by_name), list(months))
    return files | dict(site.others(newest_first, sorted(files)))


def _grouped(
    pairs: Iterable[tuple[Shown, Iterable[Place]]],
) -> dict[Place, list[Shown]]:
    """The updates of each place, places of one stem as one under its last name."""
    names: dict[str, Place] = {}
    found: dict[str, list[Shown]] = {}
    for update, places in pairs:
        for place in places:
            names[place.stem] = place
            found.setdefault(place.stem, []).append(update)
    return {names[stem]: updates for stem, updates in found.items()}


def _outlet(update: Shown) -> tuple[Place, ...]:
    return (_named(update.outlet, "outlets"),) if update.outlet else ()


def _month(update: Shown, settings: SiteSettings) -> Place:
    months = _SPANISH_MONTHS if settings.language.startswith("es") else _ENGLISH_MONTHS
    name = f"{months[update.at.month - 1]} {update.at.year}"
    return Place(name, f"months/{update.at.year:04d}-{update.at.month:02d}")


def _by_name(place: Place) -> tuple[str, str]:
    return text.fold(place.name), place.stem


class _Site:
    """The settings with what all pages share, ready to render."""

    def __init__(self, settings: SiteSettings, campaigns: tuple[Place, ...]) -> None:
        self._address = urls.join("", settings.url).rstrip("/")
        self._per_page = max(1, settings.per_page)
        self._theme = settings.theme
        self.title = text.clean(settings.title, 200) or "In the news"
        language = settings.language.partition("-")[0].lower()
        self._words = _words(settings)
        self._shared = {
            "title": self.title,
            "description": text.clean(settings.description, 500),
            "language": settings.language if _LANGUAGE.fullmatch(settings.language) else "en",
            "address": self._address,
            "campaigns": campaigns,
            "words": self._words,
            "day": _spanish_day if language == "es" else _english_day,
        }

    def listing(self, place: Place, updates: Sequence[Shown]) -> Iterator[tuple[str, bytes]]:
        """The pages and the feed of one list of updates."""
        pages = [updates[at : at + self._per_page] for at in range(0, len(updates), self._per_page)]
        for number, page in enumerate(pages or [[]], 1):
            context = {"place": place, "updates": page, "number": number, "count": len(pages) or 1}
            yield place.page(number), self._html("list.html", place.page(number), context)
        if place.has_feed:
            yield place.feed, self._feed(place, updates)

    def archive(self, outlets: Sequence[Place], months: Sequence[Place]) -> bytes:
        """The page that leads to the lists by month and by outlet."""
        told = {"outlets": outlets, "months": months, "place": None}
        return self._html("archive.html", "archive.html", told)

    def others(self, updates: Sequence[Shown], files: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """JSON Feed, the pages to embed, and, once the site has an address, RSS and sitemap."""
        latest = updates[:FEED_LENGTH]
        yield (
            "feed.json",
            formats.json_feed(
                latest,
                title=self.title,
                address=self._address,
                language=str(self._shared["language"]),
                description=str(self._shared["description"]),
                ours=self._words["note"],
            ),
        )
        told = {"updates": updates[:WIDGET_LENGTH], "link": self._link}
        for name in ("fragment.html", "widget.html"):
            yield name, self._rendered(name, **told)
        if self._address:
            changed_at = max((each.updated_at for each in updates), default=EPOCH)
            yield "rss.xml", self._rendered("rss.xml", updates=latest, changed_at=changed_at)
            pages = [name for name in files if name.endswith(".html")]
            yield "sitemap.xml", formats.sitemap(pages, updates, self._address)

    def _link(self, update: Shown) -> str:
        """Where somebody else's page leads: to our page, or to the outlet's while we have no
        address that others could follow."""
        return f"{self._address}/{update.file}" if self._address else update.url or update.file

    def single(self, update: Shown) -> bytes:
        """The page of one update."""
        return self._html("update.html", update.file, {"update": update, "place": None})

    def _html(self, template: str, file: str, context: Mapping[str, Any]) -> bytes:
        return self._rendered(template, root="../" * file.count("/"), file=file, **context)

    def _feed(self, place: Place, updates: Sequence[Shown]) -> bytes:
        changed_at = max((each.updated_at for each in updates), default=EPOCH)
        feed_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{self._address}#feed:{place.stem}").urn
        context = {"place": place, "updates": updates[:FEED_LENGTH], "changed_at": changed_at}
        return self._rendered("feed.xml", id=feed_id, **context)

    def _rendered(self, template: str, **context: Any) -> bytes:
        try:
            found = _templates(str(self._theme) if self._theme else "").get_template(template)
            return found.render(self._shared | context).encode("utf-8")
        except theming.failures() as error:
            raise PublishError(theming.told(error, self._theme, template)) from error


def _english_day(when: datetime) -> str:
    return f"{_ENGLISH_MONTHS[when.month - 1]} {when.day}, {when.year}"


def _spanish_day(when: datetime) -> str:
    return f"{when.day} de {_SPANISH_MONTHS[when.month - 1]} de {when.year}"


def _instant(when: datetime) -> str:
    """RFC 3339, to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


@lru_cache(maxsize=4)
def _templates(theme: str) -> Environment:
    """Ours, or before them those of the folder `theme`, in Jinja's sandbox."""
    from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    ours = PackageLoader("clipper", "templates/site")
    templates = SandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(theme), ours]) if theme else ours,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["instant"] = _instant
    templates.filters["mail_date"] = format_datetime
    return templates


def _style(theme: Path | None) -> bytes:
    from importlib.resources import files

    own = theme / "style.css" if theme else None
    if own and own.is_file():
        return own.read_bytes()
    return (files("clipper") / "templates" / "site" / "style.css").read_bytes()
