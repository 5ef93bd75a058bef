"""WordPress's REST API: requests, and what its refusals mean in words.

Addresses are written with `?rest_route=`, which works whatever permalinks a site has.
Source: https://developer.wordpress.org/rest-api/
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from clipper import text
from clipper.fetch import Reply, SendError
from clipper.publishers.contract import Check, Failed

NAMESPACE = "/wp/v2/"


class Send(Protocol):
    """The hand that sends: `clipper.fetch.Sender.send`."""

    def __call__(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply | SendError: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A request that did not succeed. `code` is WordPress's own, "" when it gave none;
    `answered`: an answer came, so that the other end has finished with it; `term` is the
    number of a term that exists already."""

    failed: Failed
    code: str = ""
    status: int = 0
    answered: bool = True
    term: int = 0


_LOGIN = "Make a new application password in WordPress (Users, Profile) and set it again."
_ROLE = "Give the user a higher role in WordPress (Users), or let another user publish."

_CODES: Mapping[str, str] = {
    "incorrect_password": f"WordPress does not take the application password. {_LOGIN}",
    "invalid_username": "WordPress knows no user of that name. Check publish: wordpress: user.",
    "invalid_email": "WordPress knows no user of that name. Check publish: wordpress: user.",
    "rest_not_logged_in": (
        "WordPress did not take the log-in. The user name or the application password is wrong "
        "(the password for the log-in page does not serve here), application passwords are "
        "switched off, or the web server or a plugin takes the Authorization header away."
    ),
    "application_passwords_disabled": "Application passwords are switched off on that site.",
    "application_passwords_disabled_for_user": "This user may not use application passwords.",
    "rest_cannot_create": f"The user's role may not do this. {_ROLE}",
    "rest_cannot_publish": f"The user's role may write drafts but not publish. {_ROLE}",
    "rest_cannot_edit": f"The user's role may not change this post. {_ROLE}",
    "rest_cannot_delete": f"The user's role may not delete this post. {_ROLE}",
    "rest_cannot_assign_term": f"The user's role may not use this category. {_ROLE}",
    "rest_forbidden_context": f"The user's role may not read posts to edit them. {_ROLE}",
    "rest_forbidden_status": f"The user's role may not see drafts. {_ROLE}",
    "rest_no_route": (
        "The site is WordPress, but its REST routes for posts are switched off, most likely by "
        "a plugin. Allow the route /wp/v2/ in that plugin."
    ),
    "rest_login_required": "A plugin shuts the REST API for visitors. Allow /wp/v2/ in it.",
    "rest_trash_not_supported": "The site has no bin (EMPTY_TRASH_DAYS is 0). Delete it there.",
}
"""What WordPress's error codes mean to the person who set it up."""


_NO_DRAFTS = "rest_forbidden_status"


class Api:
    """One site's REST API for one user.

    `url` is the site's address; `password` the application password. They go to that
    address only, and over https only, unless the host is this machine or a private address
    (which the network's `allow` has to name).
    """

    def __init__(self, url: str, user: str, password: str, send: Send) -> None:
        self._url = url.rstrip("/")
        self._host = urlsplit(url).hostname or url
        self._send = send
        pair = f"{user}:{password}".encode()
        self._login = "Basic " + base64.b64encode(pair).decode("ascii")

    def read(self, path: str, asked: Mapping[str, str]) -> list[dict[str, Any]] | Refusal:
        """A list of things."""
        answer = self._request("GET", path, asked)
        if isinstance(answer, Refusal):
            return self._why(answer) if "status" in asked else answer
        if not isinstance(answer, list) or not all(isinstance(each, dict) for each in answer):
            return self._senseless()
        return answer

    def _why(self, refusal: Refusal) -> Refusal:
        """To somebody who may not see drafts WordPress says no more than "invalid parameter":
        the log-in tells whether the password or the role is the cause."""
        if refusal.code != "rest_invalid_param":
            return refusal
        user = self._request("GET", "users/me", {})
        return user if isinstance(user, Refusal) else _refusal(_CODES[_NO_DRAFTS], stop=True)

    def write(
        self,
        method: str,
        path: str,
        content: Mapping[str, Any] | None,
        asked: Mapping[str, str] | None = None,
    ) -> dict[str, Any] | Refusal:
        """Make, change or delete one thing; the thing as it stands then."""
        body = b"" if content is None else json.dumps(content).encode("ascii")
        headers = {"Content-Type": "application/json"} if body else {}
        answer = self._request(method, path, asked or {}, body, headers)
        return answer if isinstance(answer, Refusal) else self._thing(answer)

    def upload(self, path: str, name: str, body: bytes) -> dict[str, Any] | Refusal:
        """Send a file."""
        import mimetypes

        headers = {
            "Content-Type": mimetypes.guess_type(name)[0] or "application/octet-stream",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
        answer = self._request("POST", path, {}, body, headers)
        return answer if isinstance(answer, Refusal) else self._thing(answer)

    def _thing(self, answer: Any) -> dict[str, Any] | Refusal:
        if isinstance(answer, dict) and isinstance(answer.get("id", answer.get("deleted")), int):
            return answer
        return self._senseless()

    def _request(
        self,
        method: str,
        path: str,
        asked: Mapping[str, str],
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        if not _may_carry_a_password(self._url):
            return _refusal(
                f"{self._url} begins with http://, so that the password would travel in the "
                "open. Write https:// under publish: wordpress: url.",
                stop=True,
            )
        route = path if path.startswith("/") else NAMESPACE + path
        url = f"{self._url}/?{urlencode({'rest_route': route, **asked})}"
        sent = {"Authorization": self._login, "Accept": "application/json", **(headers or {})}
        answer = self._send(method, url, body, sent)
        if isinstance(answer, SendError):
            return self._unanswered(answer, writes=method != "GET")
        return self._answered(answer, writes=method != "GET")

    # ------------------------------------------------------------ what an answer means

    def _unanswered(self, error: SendError, *, writes: bool) -> Refusal:
        words = error.text
        if error.kind == "reset" and not error.maybe_sent and self._url.startswith("https:"):
            words += " That was while TLS was set up: perhaps the site has no https."
        failed = Failed(
            text=words,
            maybe_done=writes and error.maybe_sent,
            stop=not error.maybe_sent,
            lasting=not error.temporary,
        )
        return Refusal(failed=failed, answered=False, code=error.kind)

    def _answered(self, reply: Reply, *, writes: bool) -> Any:
        if 300 <= reply.status < 400:
            where = text.clean(reply.header("location").partition("?")[0], 200)
            return _refusal(
                f"{self._host} sends us on to {where or 'another address'}; the password is not "
                "sent there. Write the address that it ends at under publish: wordpress: url.",
                stop=True,
                status=reply.status,
            )
        found = _parsed(reply.body)
        if 200 <= reply.status < 300:
            return self._senseless(writes=writes) if found is None else found
        return self._refused(reply, found if isinstance(found, dict) else {}, writes=writes)

    def _refused(self, reply: Reply, found: Mapping[str, Any], *, writes: bool) -> Refusal:
        code = str(found.get("code", ""))[:100]
        said = text.clean(_unmarked(str(found.get("message", ""))[:2000]), 200)
        status = reply.status
        busy = status in (429, 503)
        failed = Failed(
            text=self._words(status, code, said),
            maybe_done=writes and status >= 500 and not busy,
            stop=busy or status in (401, 403, 407) or code == "rest_no_route",
            lasting=status < 500 and not busy,
            retry_after=_seconds(reply.header("retry-after")) if busy else None,
        )
        extra = found.get("data")
        term = extra.get("term_id", 0) if isinstance(extra, Mapping) else 0
        return Refusal(
            failed=failed, code=code, status=status, term=term if isinstance(term, int) else 0
        )

    def _words(self, status: int, code: str, said: str) -> str:
        if code in _CODES:
            return _CODES[code]
        if status == 429:
            return f"{self._host} asks us to come less often."
        told = f" It says: {said}" if said else ""
        if not code and status in (401, 403, 406):
            return (
                f"{self._host} shut us out before WordPress was asked ({status}): a firewall, a "
                f"security plugin or a password on the whole site stands before it.{told}"
            )
        if status >= 500:
            return f"{self._host} has trouble of its own ({status}).{told}"
        return f"{self._host} refuses the request ({status}{', ' + code if code else ''}).{told}"

    def _senseless(self, *, writes: bool = False) -> Refusal:
        return _refusal(
            f"{self._host} answered with something else than WordPress's REST API does (a log-in "
            "page, or words of a plugin before the answer).",
            maybe_done=writes,
        )

    # ------------------------------------------------------------ the preflight

    def check(self, needed: tuple[tuple[str, str], ...]) -> tuple[Check, ...]:
        """The site's REST API, the log-in, and the rights that are `needed`."""
        site = self._request("GET", "/", {"_fields": "name,namespaces,authentication"})
        if isinstance(site, Refusal):
            return (Check(ok=False, text=f"The site can't be reached: {site.failed.text}"),)
        names = site.get("namespaces") if isinstance(site, dict) else None
        if not isinstance(names, list) or "wp/v2" not in names:
            return (Check(ok=False, text=f"REST API: {_CODES['rest_no_route']}"),)
        found = [Check(ok=True, text=f"REST API: {self._url} answers.")]
        user = self._request("GET", "users/me", {"context": "edit"})
        if isinstance(user, Refusal) and user.code == "rest_forbidden_context":
            user = self._request("GET", "users/me", {})
        if isinstance(user, Refusal):
            off = not site.get("authentication")
            hint = " " + _CODES["application_passwords_disabled"] if off else ""
            return (*found, Check(ok=False, text=f"Log-in: {user.failed.text}{hint}"))
        return (*found, *_rights(user if isinstance(user, dict) else {}, needed))


def _rights(user: Mapping[str, Any], needed: tuple[tuple[str, str], ...]) -> tuple[Check, ...]:
    roles = ", ".join(map(str, user.get("roles") or ["unknown"]))
    name = text.clean(str(user.get("name", "")), 100)
    rights = user.get("capabilities")
    known = rights if isinstance(rights, Mapping) else {}
    missing = [what for right, what in needed if not known.get(right)]
    checks = [Check(ok=True, text=f"Log-in: as {name}, role {roles}.")]
    checks += [Check(ok=False, text=f"Role too low: the user may not {what}.") for what in missing]
    if not missing:
        checks.append(Check(ok=True, text="Rights: all that the settings need."))
    return tuple(checks)


def _refusal(
    words: str, *, stop: bool = False, status: int = 0, maybe_done: bool = False
) -> Refusal:
    failed = Failed(text=words, stop=stop, lasting=stop, maybe_done=maybe_done)
    return Refusal(failed=failed, status=status)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def _unmarked(value: str) -> str:
    import re

    return re.sub(r"<[^>]{0,300}>", "", value)


_LONGEST_WAIT = 86_400.0


def _seconds(header: str) -> float | None:
    """Retry-After in seconds, at most a day; a date or nothing counts as a minute."""
    value = header.strip()[:20]
    return min(float(value), _LONGEST_WAIT) if value.isascii() and value.isdigit() else 60.0


def _may_carry_a_password(url: str) -> bool:
    """Whether a password may travel to `url`: by https, or to a host that is not public."""
    import ipaddress

    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    host = parts.hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
