"""Who may call what, and what the desk refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from clipper.model import Status
from clipper.store import Role
from clipper.web import Office, app, create_app, security
from clipper.web.routes import Route
from tests import desks, keeping

WHO = [None, Role.VIEWER, Role.EDITOR, Role.ADMIN]
ALL = app.routes_of_all()
EACH = [
    pytest.param(route, method, id=f"{method} {endpoint}")
    for endpoint, route in ALL
    for method in route.methods
]
CHANGING = [each for each in EACH if each.values[1] not in security.SAFE_METHODS]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = desks.office_of(tmp_path)
    desks.account(made, Role.ADMIN, "boss")
    keeping.queued(made.store, "1")
    with made.store:
        yield made


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[object, desks.Client]]:
    """A client of each role on one desk, to walk the routes with."""
    made = desks.office_of(tmp_path_factory.mktemp("walk"))
    desks.account(made, Role.ADMIN, "boss")
    keeping.queued(made.store, "1")
    with made.store:
        yield {who: _client(made, who) for who in WHO}


def _client(office: Office, who: Role | None) -> desks.Client:
    client = desks.client_of(office, who) if who else desks.stranger_of(office)
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    return client


def path_of(route: Route) -> str:
    """A path that the route takes, leading to nothing that is there."""
    found = route.path
    for kind in ("int", "string", "path"):
        found = found.replace(f"<{kind}:", "<")
    while "<" in found:
        start, rest = found.split("<", 1)
        name, end = rest.split(">", 1)
        numeric = f"<int:{name}>" in route.path
        found = f"{start}{'987654' if numeric else 'nobody'}{end}"
    return found


# ---------------------------------------------------------------- every route


@pytest.mark.parametrize(("route", "method"), EACH)
@pytest.mark.parametrize("who", WHO, ids=str)
def test_every_route_is_for_the_role_that_its_table_names(
    clients: dict[object, desks.Client], route: Route, method: str, who: Role | None
) -> None:
    """A lesser role gets 403, a stranger the log-in page; nobody else is turned away."""
    if route.path == "/logout":
        return  # it would end the session that this walk uses
    client = clients[who]
    headers = {"X-CSRF": client.csrf}
    answer = client.open(path_of(route), method=method, headers=headers)
    if route.role is None or (who is not None and who.covers(route.role)):
        assert answer.status_code != 403
        assert route.role is None or "/login" not in answer.headers.get("Location", "")
    elif who is None:
        assert (answer.status_code, answer.location.split("?")[0]) in (
            (303, "/login"),
            (302, "/login"),
        )
    else:
        assert answer.status_code == 403


@pytest.mark.parametrize(("route", "method"), CHANGING)
def test_whatever_changes_something_refuses_other_sites(
    clients: dict[object, desks.Client], route: Route, method: str
) -> None:
    """A form of another site, with our cookie, or without a token of the session, is refused."""
    client = clients[Role.ADMIN]
    token = {"X-CSRF": client.csrf}
    hostile = (
        token | {"Sec-Fetch-Site": "cross-site"},
        token | {"Sec-Fetch-Site": "same-site"},
        token | {"Sec-Fetch-Site": "none"},
        token | {"Origin": "https://evil.example"},
        token | {"Sec-Fetch-Site": "", "Origin": "null"},
        {},
        {"X-CSRF": "guessed"},
    )
    codes = {
        client.open(path_of(route), method=method, headers=each).status_code for each in hostile
    }
    assert codes == {403}


@pytest.mark.parametrize(("route", "method"), EACH)
def test_nothing_but_the_listed_methods_is_answered(
    clients: dict[object, desks.Client], route: Route, method: str
) -> None:
    """A route answers what its table says, and no page is served for TRACE or PUT."""
    token = {"X-CSRF": clients[Role.ADMIN].csrf}
    for other in ("PUT", "DELETE", "TRACE"):
        answer = clients[Role.ADMIN].open(path_of(route), method=other, headers=token)
        assert answer.status_code in (403, 405)


def test_there_is_no_route_beside_the_tables() -> None:
    """All that Flask serves stands in a module's `ROUTES`, static files apart."""
    assert set(_app_names()) - {"static"} == {endpoint for endpoint, _ in ALL}


def _app_names() -> list[str]:
    made = Flask("bare")
    for endpoint, route in ALL:
        made.add_url_rule(route.path, endpoint, route.view, methods=route.methods)
    return [rule.endpoint for rule in made.url_map.iter_rules()]


def test_the_app_serves_exactly_the_tables(office: Office) -> None:
    """`create_app` adds nothing that the tables do not name."""
    served = {rule.endpoint for rule in create_app(office).url_map.iter_rules()}
    assert served == {endpoint for endpoint, _ in ALL} | {"static"}


def test_get_changes_nothing(office: Office) -> None:
    """Every page may be looked at by an admin without anything being different after."""
    number = keeping.queued(office.store, "2")
    client = desks.client_of(office, Role.ADMIN)
    before = office.store.clippings.get(number)
    for _, route in ALL:
        if "GET" in route.methods:
            client.get(path_of(route).replace("987654", str(number)))
    assert office.store.clippings.get(number) == before


# ---------------------------------------------------------------- what every answer carries


@pytest.mark.parametrize("path", ["/", "/login", "/nothing", "/static/desk.css", "/?words=%22"])
def test_every_answer_carries_the_headers(office: Office, path: str) -> None:
    """CSP, nosniff, no-referrer, no framing: on pages, errors and files alike."""
    answer = desks.client_of(office).get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    if not path.startswith("/static"):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Cookie" in answer.headers["Vary"]


def test_no_page_has_inline_script_or_style(office: Office) -> None:
    """The CSP would stop it; so nothing of ours may need it."""
    client = desks.client_of(office, Role.ADMIN)
    for _, route in ALL:
        if "GET" in route.methods:
            page = client.get(path_of(route)).text
            assert " style=" not in page
            assert " onclick=" not in page
            assert "<script>" not in page
            # The one exception is the bookmarklet: it is dragged away, never run here.
            assert "javascript:" not in page.replace('href="javascript:location.href=', "")


def test_templates_mark_nothing_as_safe() -> None:
    """No template uses `|safe` or turns escaping off: foreign text can't become markup."""
    for path in (Path(app.__file__).parent / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "|safe" not in text.replace(" ", ""), path
        assert "autoescape" not in text, path


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}'


def test_what_outlets_write_is_shown_as_text(office: Office) -> None:
    """A title, author or outlet full of markup is escaped on the queue page."""
    read = keeping.reading(
        title=HOSTILE, authors=(HOSTILE,), wire=HOSTILE, language='"><script>',
        url="https://daily.example/news/x",
    )  # fmt: skip
    keeping.queued(office.store, "x", read=read)
    page = desks.client_of(office).get("/").text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "<img" not in page


@pytest.mark.parametrize(
    "path", [f"/?words={HOSTILE}", f"/?tag={HOSTILE}", f"/?outlet={HOSTILE}", f"/{HOSTILE}",
             f"/login?next={HOSTILE}", f"/?after={HOSTILE}", f"/?order={HOSTILE}"],
)  # fmt: skip
def test_what_the_address_says_is_shown_as_text(office: Office, path: str) -> None:
    """Nothing of a URL comes back as markup; an error page echoes nothing at all."""
    for client in (desks.client_of(office), desks.stranger_of(office)):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<img" not in page


def test_an_error_page_shows_no_inside(office: Office) -> None:
    """A bug is told of without a traceback, a path or a version."""
    made = create_app(office)
    made.test_client_class = desks.Client
    made.config["PROPAGATE_EXCEPTIONS"] = False
    office.store.close()
    answer = made.test_client().get("/login")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert ".py" not in answer.text
    assert "sqlite" not in answer.text.lower()


# ---------------------------------------------------------------- hosts, sizes, paths


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", ""]
)
def test_another_host_name_is_refused(office: Office, host: str) -> None:
    """Asked under a name that is not its own, the desk says 400 (DNS rebinding)."""
    assert desks.stranger_of(office).get("/login", headers={"Host": host}).status_code == 400


def test_no_address_is_made_from_the_host_header(office: Office) -> None:
    """Redirects are relative, whatever the proxy's or the browser's headers claim."""
    answer = desks.stranger_of(office).get("/", headers={"X-Forwarded-Host": "evil.example"})
    assert answer.location == "/login"


def test_a_large_request_is_refused(office: Office) -> None:
    """Past 256 KB nothing is read; an image may have more, and has a route of its own."""
    client = desks.client_of(office)
    assert client.send("/views", name="x", words="a" * 300_000).status_code == 413


def test_a_form_of_a_hundred_thousand_fields_does_no_harm(office: Office) -> None:
    """Such a form is refused or ignored, at once."""
    client = desks.client_of(office)
    body = "&".join(["a=1"] * 60_000)
    answer = client.post(
        "/views", data=body, content_type="application/x-www-form-urlencoded",
        headers={"X-CSRF": client.csrf},
    )  # fmt: skip
    assert answer.status_code in (400, 409, 413)


@pytest.mark.parametrize("path", [
    "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd",
    "/static/%00", "/static/vendor/..\\..\\app.py", "/static/", "/static/CON",
])  # fmt: skip
def test_static_files_are_served_from_their_folder_alone(office: Office, path: str) -> None:
    """No path leads out of `static/`."""
    answer = desks.stranger_of(office).get(path)
    assert answer.status_code in (308, 400, 404)
    assert "import" not in answer.text


@pytest.mark.parametrize("words", [
    '"', "a AND", "(", "*", "col:x", "-x", "(" * 1000, " OR ".join(["a"] * 900), "\x00", "a NEAR/0 b",
    "'; DROP TABLE person; --", "%", "_", "NEAR(", "^a", "{a b}", "a" * 5000,
])  # fmt: skip
def test_no_search_breaks_the_queue(office: Office, words: str) -> None:
    """Whatever is typed, the page comes: with rows, or with what is wrong."""
    answer = desks.client_of(office).get("/", query_string={"words": words})
    assert answer.status_code in (200, 400)
    assert "<h1>" in answer.text


@pytest.mark.parametrize("query", [
    "after=9223372036854775808", "after=-1", "after=1e9", "since=0000-00-00", "since=9999-12-31",
    "until=9999-12-31", "until=x", "status=x", "order=x", "tag=%25", "after=%D9%A3",
    "doubt=x", "assignee=x" * 50,
])  # fmt: skip
def test_no_filter_breaks_the_queue(office: Office, query: str) -> None:
    """Numbers out of range and days that there are not are as if they were not said."""
    assert desks.client_of(office).get(f"/?{query}").status_code == 200


# ---------------------------------------------------------------- onward


@pytest.mark.parametrize(("to", "leads"), [
    ("/?campaign=x", "/?campaign=x"), ("", "/"), ("//evil.example", "/"), ("/\\evil.example", "/"),
    ("https://evil.example", "/"), ("https:evil.example", "/"), ("/\t/evil.example", "/"),
    ("javascript:alert(1)", "/"), ("evil", "/"), ("\\\\evil", "/"), ("/%2f/evil", "/%2f/evil"),
])  # fmt: skip
def test_logging_in_leads_nowhere_else(office: Office, to: str, leads: str) -> None:
    """`next` is followed within the desk only."""
    name = desks.account(office, Role.EDITOR)
    answer = desks.stranger_of(office).post(
        "/login", data={"name": name, "password": desks.PASSWORD, "next": to}
    )
    assert answer.location == leads


# ---------------------------------------------------------------- --local


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Office]:
    made = desks.office_of(tmp_path, local="ana")
    keeping.queued(made.store, "1")
    with made.store:
        yield made


def test_the_local_editor_needs_no_log_in(local: Office) -> None:
    """The first page begins a session; its forms carry a token like any other's."""
    client = desks.stranger_of(local)
    page = client.get("/account").text
    assert "ana" in page
    client.csrf = desks.token_of(page)
    assert client.send("/views", name="mine", tag="x").status_code == 303
    assert client.post("/views", data={"name": "other"}).status_code == 403


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.3", "2001:db8::1", ""])
def test_the_local_desk_refuses_every_other_address(local: Office, address: str) -> None:
    """Only loopback is served, the static files too."""
    client = desks.stranger_of(local)
    for path in ("/", "/static/desk.css"):
        assert client.get(path, environ_base={"REMOTE_ADDR": address}).status_code == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_the_local_desk_refuses_a_proxy(local: Office, header: str) -> None:
    """Whoever put a proxy before it would open it to all."""
    assert desks.stranger_of(local).get("/", headers={header: "127.0.0.1"}).status_code == 403


def test_a_local_session_is_none_once_people_log_in(local: Office) -> None:
    """The cookie of `--local` opens nothing on a desk with accounts, nor the reverse."""
    from dataclasses import replace

    from clipper.web import Settings

    client = desks.stranger_of(local)
    client.get("/")
    cookie = client.get_cookie("clipper")
    assert cookie is not None
    opened = replace(local, settings=Settings())
    desks.account(opened, Role.ADMIN, "boss")
    other = desks.stranger_of(opened)
    other.set_cookie("clipper", cookie.value)
    assert other.get("/").location == "/login"


def test_a_decision_needs_a_person(office: Office) -> None:
    """Nobody becomes an editor by saying so in a form."""
    client = desks.client_of(office, Role.VIEWER)
    client.send("/views", name="x", tag="y", role="admin", who="boss")
    found = office.store.people.named("viewer")
    assert found is not None
    assert found.role is Role.VIEWER
    assert all(row.status is Status.QUEUED for row in office.store.clippings.list())
