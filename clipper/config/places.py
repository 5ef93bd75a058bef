"""The places to publish to, as the config names them. Values only: no publisher is known here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from clipper.config.kinds import shown
from clipper.config.reader import Found, Problems

PASSWORD = "CLIPPER_WORDPRESS_PASSWORD"  # noqa: S105  (a variable's name)


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPressPlace:
    """A WordPress site. `password` is the name of the variable that holds the application
    password; `images` maps a campaign to an absolute path."""

    url: str
    user: str
    password: str = PASSWORD
    status: str = "draft"
    author: str = ""
    categories: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    images: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPlace:
    """A place of a kind that another package brings; `options` are in its own words."""

    kind: str
    name: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """All places beside the site, None where the file names none; paths are absolute.

    `theme` is the folder of the user's own templates, `posts` that of the campaign's own news.
    """

    theme: Path | None = None
    posts: Path | None = None
    wordpress: WordPressPlace | None = None
    markdown: Path | None = None
    others: tuple[OtherPlace, ...] = ()


def places(top: Found, home: Path, problems: Problems) -> Places:
    """The places; `home` is the config's folder."""
    publish = top["publish"]
    folder = publish["markdown"]["folder"].value
    theme = publish["theme"].value
    return Places(
        theme=_path(theme, home) if theme else None,
        posts=_path(publish["posts"].value, home),
        wordpress=_wordpress(publish["wordpress"], home, problems),
        markdown=_path(folder, home) if folder else None,
        others=_others(publish["others"], problems),
    )


def _wordpress(section: Found, home: Path, problems: Problems) -> WordPressPlace | None:
    if not section.stands:
        return None
    url, user = section["url"].value, section["user"].value
    for name, example in (("url", "https://your-group.example"), ("user", "clipper")):
        if not section[name].stands:
            problems.add(section.place, f"{name} is missing.", f"Add `{name}: {example}`.")
    status = section["status"].value
    if status not in ("draft", "publish"):
        problems.add(section["status"].place, f"{shown(status)} is neither draft nor publish.")
    return WordPressPlace(
        url=(url or "").rstrip("/"),
        user=user or "",
        password=section["password"].value,
        status=status,
        author=section["author"].value or "",
        categories=_table(section["categories"]),
        tags=tuple(found.value for found in section["tags"].some()),
        images={name: _path(file, home) for name, file in _table(section["images"]).items()},
    )


def _others(rows: Found, problems: Problems) -> tuple[OtherPlace, ...]:
    made: list[OtherPlace] = []
    for row in rows.some():
        kind = row["kind"].value
        if kind is None:
            continue
        name = row["name"].value or kind
        if name in {"site", "wordpress", "markdown", *(each.name for each in made)}:
            problems.add(row.place, f"{shown(name)} names a place already.", "Add `name: …`.")
        made.append(OtherPlace(kind=kind, name=name, options=_table(row["options"])))
    return tuple(made)


def _table(found: Found) -> Mapping[str, str]:
    rows = found.value or {}
    return MappingProxyType({label: each.value for label, each in rows.items()})


def _path(value: str, home: Path) -> Path:
    return (home / Path(value).expanduser()).resolve()
