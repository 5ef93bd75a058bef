"""An image of the campaign's own, given and shown in the desk."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from clipper.store import Role
from clipper.web import Office, security

from . import desks
from .keeping import queued


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = desks.office_of(tmp_path)
    with made.store:
        yield made


def give(client: desks.Client, number: int, body: bytes, **form: str) -> Any:
    """Send an image as a browser does; in one piece, so that no file of the test's is left open."""
    told = {"csrf": client.csrf, "version": "1", "alt": "A red square"} | form
    parts = [f'Content-Disposition: form-data; name="{k}"\r\n\r\n{v}' for k, v in told.items()]
    head = 'Content-Disposition: form-data; name="image"; filename="any.txt"\r\n\r\n'
    fields = "".join(f"--line\r\n{part}\r\n" for part in parts)
    sent = f"{fields}--line\r\n{head}".encode() + body + b"\r\n--line--\r\n"
    kind = "multipart/form-data; boundary=line"
    return client.post(f"/clippings/{number}/illustrate", data=sent, content_type=kind)


def test_an_image_is_given_shown_and_taken_away(office: Office) -> None:
    image = pytest.importorskip("PIL.Image", reason="images are an extra")
    out = BytesIO()
    image.effect_noise((900, 900), 90).save(out, format="PNG")
    assert len(out.getvalue()) > security.MOST_BYTES
    number = queued(office.store)
    client = desks.client_of(office)
    assert client.get(f"/clippings/{number}/image").status_code == 404
    answer = give(client, number, out.getvalue())
    assert answer.status_code == 303
    assert answer.location.endswith(f"/clippings/{number}#image")
    page = html.fromstring(client.get(f"/clippings/{number}").text)
    (shown,) = page.xpath("//*[@id='preview']//img")
    assert shown.get("alt") == "A red square"
    got = client.get(shown.get("src"))
    assert (got.status_code, got.mimetype) == (200, "image/png")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert client.send(f"/clippings/{number}/illustrate", version="2", away="1").status_code == 303
    assert office.store.clippings.get(number).image == ""


@pytest.mark.parametrize(
    ("body", "form", "said"),
    [
        (b"", {}, "choose an image first"),
        (b"<svg/>", {"alt": ""}, "say in a few words what the image shows"),
        (b"<svg/>", {"version": "9"}, "image"),
    ],
)
def test_what_can_not_be_is_refused_in_words(
    office: Office, body: bytes, form: dict[str, str], said: str
) -> None:
    number = queued(office.store)
    client = desks.client_of(office)
    assert give(client, number, body, **form).status_code == 303
    assert said in client.get(f"/clippings/{number}").text
    assert office.store.clippings.get(number).image == ""


def test_no_more_is_read_than_an_image_has_and_of_none_but_editors(office: Office) -> None:
    number = queued(office.store)
    large = b"a" * (security.MOST_BYTES + 1)
    too_large = b"a" * (security.MOST_OF_ALL + 1)
    assert give(desks.client_of(office), number, too_large).status_code == 413
    assert give(desks.client_of(office, Role.VIEWER), number, large).status_code == 403
    stranger = desks.stranger_of(office)
    assert give(stranger, number, large).location == "/login"
