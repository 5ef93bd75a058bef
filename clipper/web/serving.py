"""The server: waitress, bounded in what it takes and says."""

from __future__ import annotations

from typing import Any

from . import security
from .app import create_app
from .office import Office

THREADS = 8


def server(desk: Office, host: str, port: int) -> Any:
    """A waitress server for the desk, bound but not yet running: `.run()`, `.close()`.

    Port 0 takes a free one: `.effective_port`. Raises OSError when it can't be bound.
    """
    from waitress.server import create_server

    return create_server(create_app(desk), host=host, port=port, **_limits(desk))


def _limits(desk: Office) -> dict[str, Any]:
    proxied = {
        "trusted_proxy": desk.settings.proxy,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
    }
    return {
        "threads": THREADS,
        "ident": None,
        "max_request_body_size": security.MOST_OF_ALL,
        "max_request_header_size": 32_768,
        "connection_limit": 200,
        "channel_timeout": 30,
        "clear_untrusted_proxy_headers": not desk.settings.local,
        "url_scheme": "https" if desk.settings.secure else "http",
        **(proxied if desk.settings.proxy else {}),
    }


def serve(desk: Office, host: str, port: int) -> None:
    """Serve until interrupted."""
    running = server(desk, host, port)
    try:
        running.run()
    finally:
        running.close()
