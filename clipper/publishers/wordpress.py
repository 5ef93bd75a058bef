"""Posts on a WordPress site, by its REST API and an application password.

    survey: posts by number · find: the post that carries the key's mark · create · amend · trash

WordPress has no idempotency key of its own. The key's mark is a class of the post's outer
block: it lies in the post's content, survives edits of text, title and address, and
WordPress's own search finds it, in the bin too.
Source: https://developer.wordpress.org/rest-api/reference/posts/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clipper import pictures, text
from clipper.errors import Refused
from clipper.model import Update
from clipper.publishers import pages, rendering
from clipper.publishers.contract import Check, Failed, Standing
from clipper.publishers.wpapi import Api, Refusal

_STATUSES = "publish,future,draft,pending,private,trash"
_FIELDS = "id,status,link,title,content,excerpt"
_CHUNK = 50
_LATEST = 20
_REVISION = re.compile(r"\bclipper-r-([0-9a-zA-Z]{1,64})\b")
_PLAIN = re.compile(r"[0-9a-zA-Z]{1,64}")
_LONGEST_EXCERPT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPressSettings:
    """How posts are made.

    `status` is that of a new post, `draft` or `publish`. `author` is a user's login name or
    number, "" for the user who logs in. `campaigns` are the names that make categories:
    `categories` maps a campaign to a category's name, others keep their own; all other labels
    become tags, with `tags` beside them. `images` maps a campaign to a file of ours that
    stands as featured image. `house` tells this clipper's keys from another's.
    """

    house: str
    status: str = "draft"
    author: str = ""
    campaigns: frozenset[str] = frozenset()
    categories: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    images: Mapping[str, Path] = field(default_factory=dict)
    theme: Path | None = None


class WordPress:
    """One WordPress site as a place to publish to."""

    name = "wordpress"
    can_find = True

    def __init__(self, api: Api, settings: WordPressSettings) -> None:
        self._api = api
        self._settings = settings
        self._terms: dict[tuple[str, str], int] = {}
        self._media: dict[Path, int] = {}

    # ------------------------------------------------------------ what stands

    def survey(self, refs: Mapping[str, str]) -> Mapping[str, Standing] | Failed:
        """What stands of these posts, asked for by their numbers, many at a time."""
        keys = {ref: key for key, ref in refs.items()}
        found: dict[str, Standing] = {}
        for chunk in _chunks(list(keys)):
            posts = self._api.read("posts", self._asked(include=",".join(chunk)))
            if isinstance(posts, Refusal):
                return posts.failed
            for post in posts:
                key = keys.get(str(post.get("id")))
                if key is not None:
                    found[key] = _standing(post)
        return found

    def _asked(self, **more: Any) -> dict[str, str]:
        asked = {
            "context": "edit",
            "status": _STATUSES,
            "per_page": _CHUNK,
            "orderby": "id",
            "order": "asc",
            "_fields": _FIELDS,
        }
        return {name: str(value) for name, value in (asked | more).items()}

    def _note(
        self, post: Mapping[str, Any], keys: Mapping[str, str], found: dict[str, Standing]
    ) -> None:
        mark = _mark_of(post)
        key = keys.get(mark) if mark else None
        if key is None:
            return
        standing = _standing(post)
        before = found.get(key)
        # The oldest that is not in the bin counts.
        if before is None or (before.gone and not standing.gone):
            found[key] = standing

    def find(self, key: str) -> Standing | Failed | None:
        """The post that carries the key's mark: by WordPress's search, and among the latest
        posts, should a plugin have put another search in its place."""
        keys = {self._mark(key): key}
        found: dict[str, Standing] = {}
        for asked in (
            self._asked(search=f"clipper-k-{self._mark(key)}"),
            self._asked(order="desc", per_page=_LATEST),
        ):
            posts = self._api.read("posts", asked)
            if isinstance(posts, Refusal):
                return posts.failed
            for post in posts:
                self._note(post, keys, found)
            if found:
                return found[key]
        return None

    def _mark(self, key: str) -> str:
        return rendering.marker(self._settings.house, key)

    # ------------------------------------------------------------ acts

    def create(self, update: Update, now: datetime) -> Standing | Failed:
        """A new post. After an answer that says nothing of use, the key is looked up at once:
        the post may have been made all the same."""
        content = self._content(update)
        if isinstance(content, Failed):
            return content
        content |= {
            "status": self._settings.status,
            "slug": rendering.slug(update, self._mark(update.key)),
        }
        if self._settings.status == "publish":
            content["date_gmt"] = min(update.at, now).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return self._sent("posts", content, update)

    def amend(self, ref: str, update: Update, now: datetime) -> Standing | Failed:
        """The post's words replaced; its status, address, date and author stay as they are."""
        content = self._content(update)
        if isinstance(content, Failed):
            return content
        content.pop("author", None)
        if "featured_media" not in content and self._has_ours(ref):
            content["featured_media"] = 0
        return self._sent(f"posts/{ref}", content, update)

    def _has_ours(self, ref: str) -> bool:
        """Whether the post's featured image is one that clipper sent: an editor's own stays."""
        posts = self._api.read("posts", self._asked(include=ref) | {"_fields": "id,featured_media"})
        media = 0 if isinstance(posts, Refusal) or not posts else posts[0].get("featured_media", 0)
        found = self._api.read("media", {"include": str(media), "context": "edit"}) if media else []
        return not isinstance(found, Refusal) and any(
            str(each.get("slug", "")).startswith("clipper-image-") for each in found
        )

    def withdraw(self, ref: str) -> Failed | None:
        """The post goes into WordPress's bin, from where it can be brought back there."""
        answer = self._api.write("DELETE", f"posts/{ref}", None)
        if not isinstance(answer, Refusal) or answer.code in (
            "rest_post_invalid_id",
            "rest_already_trashed",
        ):
            return None
        return answer.failed

    def _sent(self, path: str, content: Mapping[str, Any], update: Update) -> Standing | Failed:
        answer = self._api.write("POST", path, content, {"context": "edit"})
        if not isinstance(answer, Refusal):
            return _standing(answer)
        if not (answer.failed.maybe_done and answer.answered):
            return answer.failed
        found = self.find(update.key)
        if isinstance(found, Standing) and found.revision == _revision(update) and not found.gone:
            return found
        if found is None:
            # It answered, and nothing is there: nothing was done.
            return Failed(text=answer.failed.text, retry_after=answer.failed.retry_after)
        return answer.failed

    # ------------------------------------------------------------ the post

    def _content(self, update: Update) -> dict[str, Any] | Failed:
        terms = self._labels(update)
        if isinstance(terms, Failed):
            return terms
        classes = f"clipper-update clipper-k-{self._mark(update.key)} clipper-r-{_revision(update)}"
        body = rendering.rendered(update, "wordpress.html", self._settings.theme, classes=classes)
        shown = pages.show(update, pages.SiteSettings(), update.at)
        content: dict[str, Any] = {
            "title": _plain(shown.headline),
            "content": body,
            "excerpt": _plain(text.clean(" ".join(shown.paragraphs[:1]), _LONGEST_EXCERPT)),
            **terms,
        }
        return self._with_author(self._with_image(content, update))

    def _with_author(self, content: dict[str, Any] | Failed) -> dict[str, Any] | Failed:
        name = self._settings.author
        if isinstance(content, Failed) or not name:
            return content
        if name.isdigit():
            return content | {"author": int(name)}
        users = self._api.read("users", {"search": name, "context": "edit", "per_page": "50"})
        if isinstance(users, Refusal):
            return users.failed
        for user in users:
            if name in (user.get("slug"), user.get("username")):
                return content | {"author": int(user["id"])}
        return Failed(text=f"WordPress has no user {name!r} to be the author.", lasting=True)

    def _with_image(self, content: dict[str, Any], update: Update) -> dict[str, Any] | Failed:
        own = update.image
        if own is not None and own.body:
            slug = f"clipper-image-{own.name.partition('.')[0][:16]}"
            number = self._media_number(slug, own.name.rpartition(".")[2], own.body, own.alt)
            return number if isinstance(number, Failed) else content | {"featured_media": number}
        chosen = (self._settings.images.get(name) for name in update.campaigns)
        file = next((file for file in chosen if file), None)
        if file is None:
            return content
        number = self._media.get(file) or self._uploaded(file)
        if isinstance(number, Failed):
            return number
        self._media[file] = number
        return content | {"featured_media": number}

    def _uploaded(self, file: Path) -> int | Failed:
        """The number of a picture of ours, uploaded once: its name carries its digest. It is drawn
        anew: what a camera wrote into it does not go out."""
        import hashlib

        try:
            body = file.read_bytes()
        except OSError as error:
            return Failed(text=f"The image {file} can't be read: {error.strerror}.", lasting=True)
        slug = f"clipper-image-{hashlib.sha256(body).hexdigest()[:16]}"
        try:
            drawn = pictures.draw(body)
        except Refused as error:
            return Failed(text=f"The image {file} can't be sent: {error}.", lasting=True)
        return self._media_number(slug, drawn.suffix, drawn.body)

    def _media_number(self, slug: str, suffix: str, body: bytes, alt: str = "") -> int | Failed:
        """The number of the picture with that slug, sent when it is not there yet; its `alt` text
        is what it shows."""
        known = self._api.read("media", {"slug": slug, "context": "edit"})
        if isinstance(known, Refusal):
            return known.failed
        answer = known[0] if known else self._api.upload("media", f"{slug}.{suffix}", body)
        if isinstance(answer, Refusal):
            return answer.failed
        number = int(answer["id"])
        if alt and answer.get("alt_text") != alt:
            noted = self._api.write("POST", f"media/{number}", {"alt_text": alt})
            if isinstance(noted, Refusal):
                return noted.failed
        return number

    # ------------------------------------------------------------ categories and tags

    def _labels(self, update: Update) -> dict[str, list[int]] | Failed:
        settings = self._settings
        campaigns = [name for name in update.campaigns if name in settings.campaigns]
        others = [name for name in update.campaigns if name not in settings.campaigns]
        wanted = {
            "categories": [settings.categories.get(name, name) for name in campaigns],
            "tags": [*others, *settings.tags],
        }
        found: dict[str, list[int]] = {}
        for kind, names in wanted.items():
            numbers = self._term_numbers(kind, names)
            if isinstance(numbers, Failed):
                return numbers
            if numbers:
                found[kind] = numbers
        return found

    def _term_numbers(self, kind: str, names: Iterable[str]) -> list[int] | Failed:
        numbers: list[int] = []
        for name in dict.fromkeys(cleaned for each in names if (cleaned := text.clean(each, 190))):
            number = self._terms.get((kind, name)) or self._term(kind, name)
            if isinstance(number, Failed):
                return number
            self._terms[kind, name] = number
            numbers.append(number)
        return numbers

    def _term(self, kind: str, name: str) -> int | Failed:
        """The number of a category or tag of this name, made when there is none."""
        import html

        known = self._api.read(kind, {"search": name, "per_page": "100", "context": "edit"})
        if isinstance(known, Refusal):
            return known.failed
        for term in known:
            if html.unescape(str(term.get("name"))).casefold() == name.casefold():
                return int(term["id"])
        made = self._api.write("POST", kind, {"name": name})
        if not isinstance(made, Refusal):
            return int(made["id"])
        if made.code == "term_exists" and made.term:
            return made.term
        return made.failed

    # ------------------------------------------------------------ the preflight

    def check(self) -> tuple[Check, ...]:
        """Whether posts can be made here, and if not, what is in the way."""
        return self._api.check(self._needed())

    def _needed(self) -> tuple[tuple[str, str], ...]:
        """The rights that the settings need, with what each is for."""
        needed = [("edit_posts", "write posts (role Contributor or higher)")]
        if self._settings.status == "publish":
            needed.append(("publish_posts", "publish posts (role Author or higher)"))
        needed.append(("delete_posts", "withdraw posts (role Contributor or higher)"))
        if self._settings.campaigns:
            needed.append(("manage_categories", "make categories (role Editor or higher)"))
        if self._settings.author:
            needed.append(("edit_others_posts", "post as another author (role Editor or higher)"))
        if self._settings.images:
            needed.append(("upload_files", "upload images (role Author or higher)"))
        return tuple(needed)


def _chunks(refs: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(refs), _CHUNK):
        yield refs[at : at + _CHUNK]


def _revision(update: Update) -> str:
    return update.revision if _PLAIN.fullmatch(update.revision) else text.digest(update.revision)


def _plain(value: str) -> str:
    """A line as WordPress's title fields take it: they hold HTML."""
    import html

    return html.escape(value, quote=False)


_MARK = re.compile(r"\bclipper-k-([0-9a-f]{16})\b")


def _mark_of(post: Mapping[str, Any]) -> str:
    found = _MARK.search(_raw(post, "content"))
    return found[1] if found else ""


def _standing(post: Mapping[str, Any]) -> Standing:
    content = _raw(post, "content")
    revision = _REVISION.search(content)
    return Standing(
        where=str(post.get("link", "")),
        ref=str(post["id"]),
        revision=revision[1] if revision else "",
        seal=rendering.seal(_raw(post, "title"), content, _raw(post, "excerpt")),
        gone=post.get("status") == "trash",
    )


def _raw(post: Mapping[str, Any], name: str) -> str:
    part = post.get(name)
    return str(part.get("raw", "")) if isinstance(part, Mapping) else ""
