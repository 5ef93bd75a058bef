"""The section `brief`: who gets the morning brief, when, and by which mail server."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from clipper import urls
from clipper.config.kinds import nearest, shown
from clipper.config.reader import Found, Problems
from clipper.translations import LANGUAGES

PASSWORD = "CLIPPER_MAIL_PASSWORD"  # noqa: S105  (a variable's name)
PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""How the connection is secured, and the port that goes with it (RFC 8314, RFC 6409)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefPlan:
    """The brief as configured. `recipients` are plain addresses with the names of the campaigns
    that each wants, none for all; `password` names the variable that holds it. `languages` are
    those of recipients, by address; `language` is that of a brief to nobody. `links` is the
    address of the desk, without a slash at the end, when the brief has links to decide by, which
    `editors` get."""

    sender: str
    host: str
    port: int
    security: str
    user: str
    password: str
    unsubscribe: str
    cutoff: time
    zone: str
    queued: bool
    recipients: tuple[tuple[str, tuple[str, ...]], ...]
    language: str = "en"
    languages: Mapping[str, str] = field(default_factory=dict)
    links: str = ""
    editors: tuple[str, ...] = ()


def brief(top: Found, problems: Problems) -> BriefPlan | None:
    """The plan, None when the file has no such section."""
    section = top["brief"]
    if not section.given:
        return None
    for name, example in (
        ("from", "Clips <clips@your-campaign.example>"),
        ("host", "mail.example"),
    ):
        if not section[name].stands:
            problems.add(section.place, f"{name} is missing.", f"Add `{name}: {example}`.")
    sender, host = section["from"].value or "", section["host"].value or ""
    security = _security(section["security"], host, problems)
    return BriefPlan(
        sender=sender,
        host=host,
        port=section["port"].value or PORTS.get(security, 587),
        security=security,
        user=section["user"].value or "",
        password=section["password"].value,
        unsubscribe=section["unsubscribe"].value or _plain(sender),
        cutoff=section["cutoff"].value,
        zone=section["zone"].value,
        queued=_include(section["include"], problems),
        recipients=_recipients(section["recipients"], top, problems),
        language=section["language"].value,
        languages=_languages(section, problems),
        links=_links(section, top["desk"]["url"], problems),
        editors=_editors(section["recipients"]),
    )


def _languages(section: Found, problems: Problems) -> Mapping[str, str]:
    """Each recipient's language, by plain address."""
    rows = [row for row in section["recipients"].some() if row["to"].value]
    for found in (section["language"], *(row["language"] for row in rows)):
        if found.value and found.value not in LANGUAGES:
            known = " and ".join(LANGUAGES)
            problems.add(found.place, f"there is no brief in {shown(found.value)}, only {known}.")
    usual = section["language"].value
    return {_plain(row["to"].value): row["language"].value or usual for row in rows}


def _editors(rows: Found) -> tuple[str, ...]:
    return tuple(
        _plain(row["to"].value) for row in rows.some() if row["to"].value and row["editor"].value
    )


def _links(section: Found, url: Found, problems: Problems) -> str:
    """The desk's address when links are wanted: encrypted, for a link is a key."""
    found, address = section["links"], url.value or ""
    if not found.value:
        return ""
    if not address:
        remedy = "Add `desk:` and below it `url: https://clips.your-campaign.example`."
        problems.add(found.place, "links need the address of the desk.", remedy)
    elif not address.startswith("https://") and not is_here(urls.host(address)):
        remedy = "Give the desk an address with https://."
        problems.add(url.place, "links to decide by would go unencrypted.", remedy)
    if not _editors(section["recipients"]):
        remedy = "Add `editor: true` to those who may decide."
        problems.add(found.place, "no recipient is an editor, so nobody gets links.", remedy)
    return address.rstrip("/")


def _security(found: Found, host: str, problems: Problems) -> str:
    value = str(found.value)
    if value not in PORTS:
        problems.add(found.place, f"{shown(value)} is none of {', '.join(PORTS)}.")
    elif value == "none" and not is_here(host):
        problems.add(
            found.place,
            "mail would go over the network unencrypted.",
            "Use starttls or tls; none is for a server on this machine.",
        )
    return value


def is_here(host: str) -> bool:
    """Whether a host is this machine by its very name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _include(found: Found, problems: Problems) -> bool:
    if found.value not in ("approved", "queued"):
        problems.add(found.place, f"{shown(str(found.value))} is neither approved nor queued.")
    return bool(found.value == "queued")


def _recipients(
    rows: Found, top: Found, problems: Problems
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    known = [row["name"].value for row in top["campaigns"].some() if row["name"].value]
    made: dict[str, tuple[str, ...]] = {}
    for row in rows.some():
        address = row["to"].value
        if address is None:
            continue
        if _plain(address) in made:
            problems.add(row.place, f"{shown(address)} is named twice.", "Keep one of the two.")
        wanted = [found.value for found in row["campaigns"].some()]
        for name in wanted:
            if name not in known:
                near = nearest(name, known)
                hint = f"Did you mean {shown(near)}?" if near else ""
                problems.add(row.place, f"no campaign is called {shown(name)}.", hint)
        made[_plain(address)] = tuple(wanted)
    return tuple(made.items())


def _plain(address: str) -> str:
    from email.utils import parseaddr

    return parseaddr(address)[1]
