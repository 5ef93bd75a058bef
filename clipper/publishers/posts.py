"""The campaign's own posts: Markdown files in a folder, which the site shows among the updates.

    folder -> file -> front matter and text -> Post | problems with file, line and remedy

A file that can't be used is left out and named; the others go out all the same. Raw HTML is
shown as typed, links lead to http(s) or mailto, and images come from the folder alone. They
are drawn anew: what a camera wrote into them (place, time, name) does not go out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clipper import pictures, text
from clipper.config.front import front_matter
from clipper.config.kinds import nearest
from clipper.config.reader import Found, Place, Problems
from clipper.errors import Problem, Refused
from clipper.pictures import Drawn

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_BYTES: Final = 200_000
MAX_IMAGE_BYTES: Final = 5_000_000
MAX_POSTS: Final = 2_000
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")

Draw = Callable[[bytes], Drawn]
"""Draws a picture anew, so that nothing but its pixels goes out; Refused for what is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post of the campaign's own.

    `key` is made of the file's name; `revision` changes with what is shown. `body` is safe
    HTML. `image` is the name of its file in the site, "" for none, and `picture` its bytes.
    """

    key: str
    revision: str
    headline: str
    at: datetime
    campaigns: tuple[str, ...]
    body: str
    path: Path
    image: str = ""
    image_alt: str = ""
    picture: bytes = b""
    draft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """All that a folder holds: the posts, newest first, and what is wrong with the others."""

    posts: tuple[Post, ...] = ()
    problems: tuple[Problem, ...] = ()

    def standing(self, now: datetime) -> tuple[Post, ...]:
        """Those that readers should see: no drafts, and none dated later than now."""
        return tuple(post for post in self.posts if not post.draft and post.at <= now)


def read(folder: Path, campaigns: Mapping[str, str], draw: Draw = pictures.draw) -> Posts:
    """The posts in `folder` (none where there is no folder); `campaigns` maps slugs to names."""
    posts: list[Post] = []
    wrong: list[Problem] = []
    try:
        files = sorted(file for file in folder.glob("*.md") if file.is_file())
    except OSError as error:
        return Posts(problems=(_whole(folder.name, f"can't be read: {error.strerror}."),))
    if len(files) > MAX_POSTS:
        more = f"holds more than {MAX_POSTS:,} posts; the first by name are read."
        wrong.append(_whole(folder.name, more))
    for file in files[:MAX_POSTS]:
        problems = Problems(f"{folder.name}/{file.name}")
        post = _post(file, campaigns, draw, problems)
        wrong += problems.all()
        if post and not problems.all():
            posts.append(post)
    posts.sort(key=lambda post: (post.at, post.key), reverse=True)
    return Posts(posts=tuple(posts), problems=tuple(wrong))


def _whole(name: str, words: str) -> Problem:
    return Problem(file=name, line=0, path="", text=words)


def _post(file: Path, campaigns: Mapping[str, str], draw: Draw, problems: Problems) -> Post | None:
    written = _written(file, problems)
    if written is None:
        return None
    found, below, line = front_matter(written, problems)
    if found is None or found["title"].value is None or found["date"].value is None:
        return None
    body = html(below, line, problems)
    name, picture = _picture(file.parent, found["image"], draw, problems)
    names = tuple(dict.fromkeys(_names(found["campaign"], campaigns, problems)))
    headline = text.clean(found["title"].value, 400)
    alt = text.clean(found["image_alt"].value or "", 500)
    at = found["date"].value
    return Post(
        key=f"post-{file.stem}",
        revision=text.digest(repr((headline, at, names, body, name, alt))),
        headline=headline,
        at=at,
        campaigns=names,
        body=body,
        path=file,
        image=name,
        image_alt=alt,
        picture=picture,
        draft=found["draft"].value,
    )


def _written(file: Path, problems: Problems) -> str | None:
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        problems.add(Place(0, ""), f"this can't be read: {error.strerror}.", "Check its rights.")
        return None
    if len(raw) > MAX_BYTES:
        problems.add(
            Place(0, ""), f"this has more than {MAX_BYTES // 1000} KB.", "Is it the right file?"
        )
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.add(Place(line, ""), "this is not UTF-8.", "Save it again with encoding UTF-8.")
        return None


def _names(found: Found, campaigns: Mapping[str, str], problems: Problems) -> Iterator[str]:
    """Campaigns by name or slug, as readers see them."""
    known = {label.casefold(): name for slug, name in campaigns.items() for label in (slug, name)}
    for each in found.some():
        name = known.get(each.value.casefold())
        if name:
            yield name
            continue
        near = nearest(each.value, [*campaigns.values()])
        hint = "Name one in the config first, or take the line out."
        if campaigns:
            hint = f"Known: {', '.join(campaigns.values())}."
        hint = f"Did you mean “{near}”?" if near else hint
        problems.add(each.place, f"there is no campaign “{each.value}”.", hint)


def _picture(folder: Path, found: Found, draw: Draw, problems: Problems) -> tuple[str, bytes]:
    """The image's name in the site and its bytes; nothing where none is named or can be used."""
    if found.value is None:
        return "", b""
    if not _lies_within(folder, found.value):
        problems.add(
            found.place, "the image lies outside the folder of posts.", "Copy it beside the post."
        )
        return "", b""
    try:
        with (folder / found.value).open("rb") as stream:
            raw = stream.read(MAX_IMAGE_BYTES + 1)
    except OSError:
        problems.add(
            found.place, "there is no such image.", "Copy it beside the post, or mend the name."
        )
        return "", b""
    if len(raw) > MAX_IMAGE_BYTES:
        megabytes = MAX_IMAGE_BYTES // 1_000_000
        problems.add(found.place, f"the image has more than {megabytes} MB.", "Make it smaller.")
        return "", b""
    try:
        drawn = draw(raw)
    except Refused as error:
        problems.add(found.place, f"{error}.", "A JPEG, PNG, WebP or GIF goes out redrawn.")
        return "", b""
    return f"images/{text.digest(drawn.body.hex())[:20]}.{drawn.suffix}", drawn.body


def _lies_within(folder: Path, name: str) -> bool:
    """Whether the name, links followed, stays in the folder; links in a circle do not."""
    try:
        return (folder / name).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False


# ---------------------------------------------------------------- Markdown


def html(markdown: str, line: int, problems: Problems) -> str:
    """Markdown as safe HTML, headings two levels down, below the post's own title.

    `line` is that on which the text begins. Links elsewhere than http(s) and mailto, and
    images in the text, are problems.
    """
    refused: list[str] = []
    parser = _parser(refused)
    clean = _FORBIDDEN.sub("", markdown)
    tokens = parser.parse(clean)
    for link in dict.fromkeys(refused):
        if re.search(r"!\[[^\]\n]*\]\(\s*<?" + re.escape(link), clean):
            problems.add(Place(line + _line_of(clean, link), ""), *_NO_IMAGE)
            continue
        problems.add(
            Place(line + _line_of(clean, link), ""),
            f"the link “{text.clean(link, 100)}” leads nowhere that readers can follow.",
            "Write the whole address: https://… or mailto:….",
        )
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        if _has_image(token.children or ()):
            problems.add(Place(line + (token.map or [0])[0], ""), *_NO_IMAGE)
    rendered: str = parser.renderer.render(tokens, parser.options, {})
    return rendered.strip()


_NO_IMAGE: Final = (
    "an image stands in the text.",
    "Name it above, as `image: name.jpg`; a post has one image.",
)


def _line_of(written: str, link: str) -> int:
    return written[: max(written.find(link), 0)].count("\n")


def _has_image(tokens: Sequence[Token]) -> bool:
    return any(token.type == "image" for token in tokens)


def _parser(refused: list[str]) -> MarkdownIt:
    """CommonMark without raw HTML; links that are refused are noted in `refused`."""
    from markdown_it import MarkdownIt

    def valid(link: str) -> bool:
        fine = bool(re.match(r"https?://[^/\s]|mailto:[^\s]", link, re.IGNORECASE))
        if not fine:
            refused.append(link)
        return fine

    class Parser(MarkdownIt):
        def validateLink(self, url: str) -> bool:  # noqa: N802  (the library's name)
            # An image's address is judged as an image, by the caller.
            return valid(url)

    return Parser("commonmark", {"html": False})
