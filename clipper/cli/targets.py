"""The places to publish to, put together from the config."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .home import Home, now
from .parts import network_of
from .post import own_posts

if TYPE_CHECKING:
    from ..config import Config
    from ..config.places import OtherPlace, WordPressPlace
    from ..fetch import Sender
    from ..publishers.contract import Place
    from ..publishers.pages import SiteSettings
    from ..store import Store


@contextmanager
def targets(home: Home, store: Store) -> Iterator[tuple[Place, ...]]:
    """Every place that the config names, the site first; it is always one.

    Raises ConfigError for a secret that is not set, PublishError for a kind of place that no
    package brings.
    """
    from ..fetch import Sender

    config = home.config
    with Sender(network_of(config)) as sender:
        yield tuple(_places(home, store.updates.house(), sender))


def _places(home: Home, name: str, sender: Sender) -> Iterator[Place]:
    config = home.config
    yield _site(home)
    if config.places.markdown:
        from ..publishers.markdown import Markdown

        yield Markdown(config.places.markdown, name, config.places.theme)
    if config.places.wordpress:
        yield _wordpress(config, config.places.wordpress, name, sender)
    for other in config.places.others:
        yield _other(other, name, sender)


def _site(home: Home) -> Place:
    from ..publishers import site

    posts = own_posts(home).standing(now())
    return site.Site(home.config.site.folder, site_settings(home.config), posts)


def site_settings(config: Config) -> SiteSettings:
    """How the site looks, as the config has it."""
    from ..publishers import pages

    return pages.SiteSettings(
        title=config.site.title,
        url=config.site.url,
        description=config.site.description,
        language=config.site.language,
        per_page=config.site.per_page,
        theme=config.places.theme,
    )


def _wordpress(config: Config, told: WordPressPlace, name: str, sender: Sender) -> Place:
    from ..config import secret
    from ..publishers.wordpress import WordPress, WordPressSettings
    from ..publishers.wpapi import Api

    settings = WordPressSettings(
        house=name,
        status=told.status,
        author=told.author,
        campaigns=frozenset(campaign.name for campaign in config.campaigns),
        categories=told.categories,
        tags=told.tags,
        images=told.images,
        theme=config.places.theme,
    )
    return WordPress(Api(told.url, told.user, secret(told.password).value, sender.send), settings)


def _other(other: OtherPlace, name: str, sender: Sender) -> Place:
    from ..config import secret
    from ..publishers import third_party

    return third_party.opened(
        other.kind,
        third_party.Opening(
            name=other.name,
            options=other.options,
            house=name,
            send=sender.send,
            secret=lambda variable: secret(variable).value,
        ),
    )
