"""`clipper web`: serve the desk to browsers."""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from .acts import who
from .depots import connect
from .home import Home, now
from .words import put_json

if TYPE_CHECKING:
    from ..pipeline import Parts
    from ..store import Store
    from ..web import Office, Settings

PORT = 8765

METRICS = "CLIPPER_METRICS_TOKEN"
"""The variable with the token that /metrics is given for."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="The address to listen at.")  # fmt: skip
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535))
@click.option("--local", is_flag=True, help="One editor on this machine, without log-in.")
@click.option("--name", "names", multiple=True, metavar="HOST",
              help="A host name that people ask for; several times for several.")  # fmt: skip
@click.option("--proxied", is_flag=True,
              help="A reverse proxy with TLS stands before it; needs --name.")  # fmt: skip
@click.option("--proxy", default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="With --proxied: where the proxy speaks from.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the address as JSON.")
@click.pass_obj
def web(
    home: Home, host: str, port: int, local: bool, names: tuple[str, ...], proxied: bool,
    proxy: str, as_json: bool,
) -> None:  # fmt: skip
    """Serve the desk: judge the queue in a browser.

    People log in; 'clipper user add' makes accounts. As long as there is none, a link is
    printed that makes the first one. With --local, a single editor on this machine needs no
    account. Stop it with Ctrl-C.
    """
    opened = opened_desk(home, host, port, local, names, proxied, proxy, as_json=as_json)
    with opened as (_, server):
        server.run()


@contextmanager
def opened_desk(
    home: Home, host: str, port: int, local: bool, names: tuple[str, ...], proxied: bool,
    proxy: str, *, as_json: bool = False,
) -> Iterator[tuple[Store, Any]]:  # fmt: skip
    """The store, and the desk's server on it: bound, its address told, not yet running."""
    _check_options(host, local, names, proxied)
    home.config  # noqa: B018  (a config with problems must not leave a store behind)
    with home.open_store(create=True) as store:
        if local and store.people.have_accounts():
            raise click.UsageError("There are accounts here: log in, without --local.")
        token = "" if local or store.people.have_accounts() else secrets.token_urlsafe(32)
        settings = _settings(host, local, names, proxied, proxy, token)
        with closing(_bound(_office(home, store, settings), host, port)) as server:
            _tell(settings, host, server.effective_port, token, as_json=as_json)
            yield store, server


def _check_options(host: str, local: bool, names: tuple[str, ...], proxied: bool) -> None:
    if local and (proxied or names or not _is_loopback(host)):
        raise click.UsageError(
            "--local asks nobody who they are, so it serves this machine alone: "
            "leave out --host, --name and --proxied."
        )
    if proxied and not names:
        raise click.UsageError(
            "--proxied needs --name: the host name that people type, say desk.example.org."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _settings(
    host: str, local: bool, names: tuple[str, ...], proxied: bool, proxy: str, token: str
) -> Settings:
    from ..web import Settings, digest
    from ..web.office import LOOPBACK

    literal = f"[{host}]" if ":" in host else host
    return Settings(
        hosts=names if proxied else (*names, literal, *LOOPBACK),
        secure=proxied,
        local=who() if local else "",
        proxy=proxy if proxied else "",
        first=digest(token) if token else "",
        metrics=_metrics_token(),
    )


def _metrics_token() -> str:
    """The digest of the token for /metrics, "" where none is set. Raises ConfigError."""
    from ..config.secret import secret
    from ..web import digest

    is_set = any(os.environ.get(f"{METRICS}{suffix}") for suffix in ("", "_FILE"))
    return digest(secret(METRICS).value) if is_set else ""


def _office(home: Home, store: Store, settings: Settings) -> Office:
    from ..archive.shelf import Shelf
    from ..desk.links import key_in
    from ..web import ConfigKept, Office

    config = ConfigKept(home.config_path, lambda: _fresh(home).config)
    store.sources.sync(config().sources, config().outlets, now())
    return Office(
        store=store,
        config=config,
        now=now,
        token=partial(secrets.token_urlsafe, 32),
        hands=partial(_hands, home, store),
        archive=home.archive_path,
        shelf=Shelf(home.archive_path, connect(home, config)),
        link_key=partial(key_in, home.data),
        settings=settings,
    )


def _fresh(home: Home) -> Home:
    """The same home, its config to be read anew."""
    return Home(str(home.config_path), str(home.data))


def _hands(home: Home, store: Store) -> AbstractContextManager[Parts]:
    from .parts import assemble

    # A person waits for it: the next round has the archive stamped.
    return assemble(_fresh(home), store, stamping=False)


def _bound(desk: Office, host: str, port: int) -> Any:
    from ..web.serving import server

    try:
        return server(desk, host, port)
    except OSError as error:
        raise click.ClickException(
            f"{host} port {port} can't be listened at ({error.strerror}). Try another --port."
        ) from error


def _tell(settings: Settings, host: str, port: int, token: str, *, as_json: bool) -> None:
    literal = f"[{host}]" if ":" in host else host
    proxied = f"https://{settings.hosts[0]}"
    address = proxied if settings.proxy else f"http://{literal}:{port}"
    first = f"{address}/first/{token}" if token else ""
    if as_json:
        put_json({"address": address, "first": first, "port": port})
        return
    click.echo(f"The desk is at {address}/ (Ctrl-C stops it).")
    if first:
        click.echo("There is no account yet. Make the first one here; the link works once:")
        click.echo(f"  {first}")
    if not settings.proxy and not _is_loopback(host):
        click.echo(
            "Passwords travel in the clear on this network. Put a proxy with TLS before it: "
            "see docs/howto/put-it-on-a-server.md.",
            err=True,
        )
