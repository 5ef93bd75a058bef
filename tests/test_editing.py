"""Editing sources.yaml from the desk: only the value changes, all else stays as typed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipper.config import editing, load, template
from clipper.config.editing import ConfigChanged, Draft, Sheet
from clipper.errors import ConfigError, NotFound, Refused

FILE = """\
# Our press list: ask Ana before you change it.
contact: desk@example.org

outlets:
  - name: Daily Nexus          # the students' paper
    feed: 'https://nexus.example/feed/'   # found by hand
    # its archive is broken

  - name: Herald
    site: https://herald.example
  - {name: Brace, feed: "https://brace.example/rss"}   # between braces

# ---- what we look for
campaigns:
  - name: Prisons            # since 2019
    query: '"private prison*" OR jail'   # the long one
  - name: Detention
    queries:
      # the agency, not the ice
      - '{ICE} NEAR/20 detain*'
      - |   # in two lines
        immigra* AND
          detention
      # and in Spanish
      - "centro de detención"
  - {name: Short, query: 'calls'}

interval: 2 h    # polite
"""


def sheet(folder: Path, text: str = FILE) -> Sheet:
    path = folder / "sources.yaml"
    path.write_bytes(text.encode())
    return editing.read(path)


def lines_changed(before: str, after: str) -> list[str]:
    """The lines of `after` that `before` has not."""
    had = before.splitlines()
    return [line for line in after.splitlines() if line not in had]


def queries(draft: Draft, slug: str) -> list[str]:
    (found,) = (each for each in draft.config.campaigns if each.slug == slug)
    return [query.strip() for query in found.queries]


class TestQueries:
    def test_a_query_is_replaced_where_it_stands_and_its_comment_stays(self, tmp_path):
        before = sheet(tmp_path)
        draft = editing.queries_changed(before, "prisons", ["don't AND jail*"])
        assert lines_changed(FILE, draft.text) == ["    query: 'don''t AND jail*'   # the long one"]
        assert len(draft.text.splitlines()) == len(FILE.splitlines())

    def test_a_query_that_grows_to_several_lines_stands_under_a_bar(self, tmp_path):
        draft = editing.queries_changed(
            sheet(tmp_path), "prisons", ["jail\r\n  OR prison  \r\n\r\nOR x"]
        )
        assert lines_changed(FILE, draft.text) == [
            "    query: |   # the long one", "      jail", "        OR prison", "      OR x",
        ]  # fmt: skip
        assert queries(draft, "prisons") == ["jail\n  OR prison\n\nOR x"]

    def test_a_query_under_a_bar_stays_there_with_the_comments_round_it(self, tmp_path):
        draft = editing.queries_changed(
            sheet(tmp_path), "detention", ["{ICE} NEAR/20 detain*", "migra*", "centro de detención"]
        )
        assert lines_changed(FILE, draft.text) == ["        migra*"]
        assert "- |   # in two lines\n        migra*\n      # and in Spanish\n" in draft.text

    def test_an_empty_query_goes_with_its_line_and_further_ones_are_added(self, tmp_path):
        draft = editing.queries_changed(
            sheet(tmp_path),
            "detention",
            ["{ICE} NEAR/20 detain*", "", "centro de detención", "a OR\nb"],
        )
        assert "immigra" not in draft.text
        assert "# the agency, not the ice" in draft.text
        assert "# and in Spanish" in draft.text
        assert queries(draft, "detention")[-1] == "a OR\nb"

    def test_one_query_becomes_several_and_several_become_one(self, tmp_path):
        more = editing.queries_changed(sheet(tmp_path), "prisons", ["jail", "prison OR\nx"])
        assert "    queries:   # the long one\n      - 'jail'\n      - |\n" in more.text
        again = editing.queries_changed(editing.save(more), "prisons", ["", "prison"])
        assert queries(again, "prisons") == ["prison"]
        assert "# the long one" in again.text

    def test_between_braces_it_stays_between_braces(self, tmp_path):
        one = editing.queries_changed(sheet(tmp_path), "short", ["calls OR\nphone"])
        assert lines_changed(FILE, one.text) == ['  - {name: Short, query: "calls OR\\nphone"}']
        two = editing.queries_changed(sheet(tmp_path), "short", ["calls", "it's"])
        assert lines_changed(FILE, two.text) == ["  - {name: Short, queries: ['calls', 'it''s']}"]

    def test_what_was_not_touched_changes_nothing(self, tmp_path):
        same = ["{ICE} NEAR/20 detain*", "immigra* AND\r\n  detention\r\n", '"x"', ""]
        same[2] = "centro de detención"
        assert editing.queries_changed(sheet(tmp_path), "detention", same).text == FILE

    def test_a_query_that_cannot_be_read_is_refused_with_its_place(self, tmp_path):
        with pytest.raises(ConfigError) as caught:
            editing.queries_changed(sheet(tmp_path), "prisons", ['"jail'])
        assert caught.value.problems[0].path.startswith("campaigns[1]")

    def test_no_query_at_all_is_refused(self, tmp_path):
        with pytest.raises(Refused, match="no query"):
            editing.queries_changed(sheet(tmp_path), "prisons", [" \r\n"])

    def test_an_unknown_campaign_is_named(self, tmp_path):
        with pytest.raises(NotFound):
            editing.queries_changed(sheet(tmp_path), "nobody", ["jail"])

    def test_an_alias_is_never_changed_behind_its_back(self, tmp_path):
        text = FILE.replace("query: '\"private", "query: &q '\"private").replace(
            "{name: Short, query: 'calls'}", "{name: Short, query: *q}"
        )
        for campaign in ("prisons", "short"):
            with pytest.raises(Refused):
                editing.queries_changed(sheet(tmp_path, text), campaign, ["jail"])

    def test_a_query_that_looks_like_yaml_stays_one_text(self, tmp_path):
        nasty = "a: b # c - d ' \" {e} [f] *g &h"
        draft = editing.queries_changed(sheet(tmp_path), "prisons", [f"jail OR\ntitle:x {'y'}"])
        assert queries(draft, "prisons") == ["jail OR\ntitle:x y"]
        assert editing.layout.quoted(nasty).startswith("'")

    @given(st.text(min_size=1, max_size=60))
    def test_whatever_is_typed_only_that_query_changes_or_it_is_refused(
        self, tmp_path_factory, typed
    ):
        before = sheet(tmp_path_factory.mktemp("typed"))
        try:
            draft = editing.queries_changed(
                before, "detention", ["{ICE} NEAR/20 detain*", typed, "x"]
            )
        except (ConfigError, Refused):
            return
        others = [each for each in draft.config.campaigns if each.slug != "detention"]
        assert others == [each for each in before.config.campaigns if each.slug != "detention"]
        assert draft.config.outlets == before.config.outlets
        for line in FILE.splitlines():
            if "#" in line and "two lines" not in line:
                assert line in draft.text


class TestAdding:
    def test_an_outlet_comes_last_in_the_style_of_the_others(self, tmp_path):
        text = FILE.replace(
            '  - {name: Brace, feed: "https://brace.example/rss"}   # between braces\n', ""
        )
        draft = editing.outlet_added(
            sheet(tmp_path, text), "La Voz", "feed", "https://voz.example/rss"
        )
        assert (
            "    site: https://herald.example\n\n"
            "  - name: La Voz\n    feed: https://voz.example/rss\n"
        ) in draft.text
        assert draft.config.outlets[-1].slug == "la-voz"

    def test_after_a_row_between_braces_too(self, tmp_path):
        draft = editing.outlet_added(sheet(tmp_path), "It's: new", "site", "https://new.example")
        assert (
            "# between braces\n  - name: 'It''s: new'\n    site: https://new.example\n"
            in draft.text
        )

    def test_the_starter_takes_an_outlet_and_a_campaign(self, tmp_path):
        first = editing.outlet_added(
            sheet(tmp_path, template()), "New", "feed", "https://n.example/f"
        )
        second = editing.campaign_added(editing.save(first), "Calls", "jail AND\ncalls")
        assert second.config.campaigns[-1].queries == ("jail AND\ncalls\n",)
        assert [
            line for line in template().splitlines() if line not in second.text.splitlines()
        ] == []

    def test_the_first_campaign_makes_its_section(self, tmp_path):
        text = "outlets:\n- name: A\n  feed: https://a.example/f"
        draft = editing.campaign_added(sheet(tmp_path, text), "Calls", "jail")
        assert draft.text == text + "\n\ncampaigns:\n  - name: Calls\n    query: 'jail'\n"

    @pytest.mark.parametrize(
        ("outlet", "line"),
        [
            ("daily-nexus", "    feed: ['https://nexus.example/feed/', 'https://x.example/f']   # found by hand"),
            ("herald", "    feed: https://x.example/f"),
            ("brace", "  - {name: Brace, feed: ['https://brace.example/rss', 'https://x.example/f']}   # between braces"),
        ],
    )  # fmt: skip
    def test_an_outlet_gets_one_more_address_on_its_line(self, tmp_path, outlet, line):
        draft = editing.address_added(sheet(tmp_path), outlet, "feed", "https://x.example/f")
        assert lines_changed(FILE, draft.text) == [line]

    def test_an_address_that_stands_already_is_refused_with_its_line(self, tmp_path):
        with pytest.raises(ConfigError, match="on line"):
            editing.outlet_added(sheet(tmp_path), "Other", "feed", "https://nexus.example/feed/")

    def test_a_name_that_is_taken_is_refused(self, tmp_path):
        with pytest.raises(ConfigError, match="names an outlet"):
            editing.outlet_added(sheet(tmp_path), "herald", "feed", "https://h.example/feed/")

    def test_line_breaks_of_windows_and_a_byte_order_mark_stay(self, tmp_path):
        text = "\ufeff" + FILE.replace("\n", "\r\n")
        draft = editing.queries_changed(sheet(tmp_path, text), "prisons", ["jail OR\nx"])
        draft = editing.campaign_added(editing.save(draft), "New", "a OR\nb")
        assert draft.text.startswith("\ufeff#")
        assert "\n" not in draft.text.replace("\r\n", "")


class TestSaving:
    def test_the_file_is_replaced_whole_and_keeps_its_rights(self, tmp_path):
        before = sheet(tmp_path)
        before.path.chmod(0o640)
        after = editing.save(editing.queries_changed(before, "prisons", ["jail"]))
        assert load(before.path).campaigns[0].queries == ("jail",)
        assert before.path.stat().st_mode & 0o777 == 0o640
        assert [each.name for each in tmp_path.iterdir()] == ["sources.yaml"]
        assert editing.read(before.path) == after

    def test_a_file_that_somebody_saved_in_between_is_left_as_it_is(self, tmp_path):
        mine = editing.queries_changed(sheet(tmp_path), "prisons", ["mine"])
        theirs = FILE.replace("2 h", "3 h")
        mine.sheet.path.write_text(theirs)
        with pytest.raises(ConfigChanged):
            editing.save(mine)
        assert mine.sheet.path.read_text() == theirs

    def test_a_link_stays_a_link(self, tmp_path):
        real = sheet(tmp_path)
        link = tmp_path / "elsewhere.yaml"
        link.symlink_to(real.path)
        editing.save(editing.queries_changed(editing.read(link), "prisons", ["jail"]))
        assert link.is_symlink()
        assert "query: 'jail'" in real.path.read_text()

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_may_not_be_written_is_told(self, tmp_path):
        draft = editing.queries_changed(sheet(tmp_path), "prisons", ["jail"])
        tmp_path.chmod(0o500)
        with pytest.raises(Refused, match="could not be written"):
            editing.save(draft)

    @pytest.mark.parametrize("content", [b"outlets: [\xff]", b"\xff\xfeo\0", b"outlets: 3"])
    def test_a_file_that_is_not_valid_now_is_not_edited(self, tmp_path, content):
        path = tmp_path / "sources.yaml"
        path.write_bytes(content)
        with pytest.raises(ConfigError):
            editing.read(path)


def test_every_draft_of_the_starter_is_valid_as_a_whole(tmp_path: Path) -> None:
    """Each kind of change leaves a file that `clipper check` takes."""
    changes: list[Callable[[Sheet], Draft]] = [
        lambda s: editing.queries_changed(s, "prison-divestment", ["a OR b", "c"]),
        lambda s: editing.queries_changed(s, "immigration-detention", ["x"]),
        lambda s: editing.address_added(s, "stanford-daily", "feed", "https://s.example/f"),
        lambda s: editing.address_added(s, "stanford-daily", "feed", "https://s.example/g"),
        lambda s: editing.address_added(s, "the-guardian-us", "feed", "https://g.example/m"),
        lambda s: editing.campaign_added(s, "More", "x"),
    ]
    now = sheet(tmp_path, template())
    for change in changes:
        now = editing.save(change(now))
        assert load(now.path).campaigns
