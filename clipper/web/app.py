"""The application: the tables of routes put together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from pathlib import Path

from flask import Flask, url_for

from . import faults, keys, language, security, session, shown
from .office import Office
from .routes import Route

MODULES: tuple[str, ...] = (
    "queue",
    "judging",
    "illustrating",
    "afterwards",
    "captures",
    "bulk",
    "keys",
    "campaigns",
    "sources",
    "byhand",
    "accounts",
    "links",
    "health",
    "metrics",
)
"""The view modules, in the order of the navigation. Each has a table `ROUTES`."""

_STATIC = Path(__file__).parent / "static"


def create_app(desk: Office) -> Flask:
    """The desk as a WSGI application on the parts of `desk`."""
    app = Flask("clipper.web", root_path=str(Path(__file__).parent))
    app.extensions["clipper"] = desk
    app.config.update(
        TRUSTED_HOSTS=list(desk.settings.hosts),
        MAX_CONTENT_LENGTH=security.MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=security.MOST_BYTES,
        MAX_FORM_PARTS=500,
        PREFERRED_URL_SCHEME="https" if desk.settings.secure else "http",
    )
    routes = dict(routes_of_all())
    for endpoint, route in routes.items():
        app.add_url_rule(
            route.path,
            endpoint=endpoint,
            view_func=route.view,
            methods=route.methods,
            provide_automatic_options=False,
        )
    security.protect(app, routes)
    faults.answer(app)
    _prepare_templates(app, routes)
    return app


def routes_of_all() -> list[tuple[str, Route]]:
    """Every row of every module's table, with its endpoint `module.view`."""
    return [
        (f"{module}.{route.view.__name__}", route)
        for module in MODULES
        for route in import_module(f".{module}", __package__).ROUTES
    ]


def _prepare_templates(app: Flask, routes: dict[str, Route]) -> None:
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    jinja = app.jinja_env
    jinja.add_extension("jinja2.ext.i18n")
    install: Callable[..., None] = jinja.install_gettext_callables  # type: ignore[attr-defined]
    install(language.gettext, language.ngettext, newstyle=True)
    links = [(endpoint, route) for endpoint, route in routes.items() if route.nav]
    jinja.globals.update(
        asset=_asset,
        csrf_token=session.csrf_token,
        language=language.language,
        languages=language.LANGUAGES,
        own_keys=keys.keys,
        navigation=partial(shown.navigation, links),
        served=app.view_functions.__contains__,
        told=session.told,
        **shown.GLOBALS,
    )
    jinja.filters.update(shown.FILTERS)


def _asset(name: str) -> str:
    """The address of a static file; another content has another address."""
    return url_for("static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def reload_assets() -> None:
    """Look at the static files anew (they were changed while the desk ran)."""
    _version.cache_clear()
