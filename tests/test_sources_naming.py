"""What an outlet is called, from its home page's head: a case table."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipper.sources.home import read_home

TABLE = Path(__file__).parent / "data" / "site_names.tsv"
CASES = [line.split("\t") for line in TABLE.read_text().splitlines() if line and line[0] != "#"]


@pytest.mark.parametrize(("host", "head", "name"), CASES)
def test_an_outlet_is_called_what_its_page_says(host: str, head: str, name: str) -> None:
    page = f"<!doctype html><html><head>{head}</head><body><p>Words.</p></body></html>"
    assert read_home(page.encode(), "text/html; charset=utf-8", f"https://{host}/").name == name
