"""An outlet's section `mailbox`: a folder of alerts and newsletters, as a source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from clipper.config.briefs import is_here
from clipper.config.kinds import shown
from clipper.config.reader import Found, Place, Problems

PORTS = {"tls": 993, "starttls": 143, "none": 143}
"""How the connection is secured, and the port that goes with it (RFC 8314, RFC 9051)."""


@dataclass(frozen=True, slots=True)
class Where:
    """A place where entries are looked for, and where in the file it stands."""

    kind: str
    address: str
    place: Place
    options: tuple[tuple[str, str], ...] = ()


def mailbox(row: Found, home: Path, problems: Problems) -> list[Where]:
    """The outlet's mailbox as a source, if it has one. `home` is the config's folder."""
    section = row["mailbox"]
    if not section.given:
        return []
    host, user = section["host"].value or "", section["user"].value or ""
    for name, value, example in (("host", host, "imap.example"), ("user", user, "clips")):
        if not value and not section[name].stands:
            problems.add(section.place, f"{name} is missing.", f"Add `{name}: {example}`.")
    if host and not re.fullmatch(r"[A-Za-z0-9.:-]+", host):
        problems.add(section["host"].place, f"{shown(host)} is no server's name.")
        return []
    security, password = section["security"].value, section["password"].value
    if security not in PORTS:
        told = f"{shown(str(security))} is none of {', '.join(PORTS)}."
        problems.add(section["security"].place, told)
    elif security == "none" and not is_here(host):
        problems.add(
            section["security"].place,
            "the password and the mail would go over the network unencrypted.",
            "Use tls or starttls; none is for a server on this machine.",
        )
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", password):
        # Its words are not repeated: they may be the password itself.
        problems.add(
            section["password"].place,
            "no environment variable is named here.",
            "Put the password into the environment, and its variable's name here: "
            "CLIPPER_MAILBOX_PASSWORD.",
        )
    if not host or not user:
        return []
    port = section["port"].value or PORTS.get(security, 993)
    named = f"[{host}]" if ":" in host else host
    scheme = "imaps" if security == "tls" else "imap"
    folder = quote(section["folder"].value, safe="")
    address = f"{scheme}://{quote(user, safe='')}@{named}:{port}/{folder}"
    options = {"password": password, "security": security}
    if section["ca_file"].value:
        options["ca_file"] = str((home / Path(section["ca_file"].value).expanduser()).resolve())
    return [Where("mailbox", address, section.place, tuple(options.items()))]
