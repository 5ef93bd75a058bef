"""The config: valid as a whole, or refused with every problem in its place."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipper import config
from clipper.config.kinds import KINDS, KindError
from clipper.config.reference import reference
from clipper.config.schema import FILE, Key
from clipper.errors import ConfigError, NotFound, QueryError
from clipper.model import WHOLE

HERE = Path(__file__).parent
CONFIGS = HERE / "data" / "configs"
ROOT = HERE.parent


def rows(path: Path) -> list[list[str]]:
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return [[*line.split("\t"), "", "", ""][:4] for line in lines if line]


def problems(text: str | bytes, tmp_path: Path) -> tuple[config.Problem, ...]:
    path = tmp_path / "sources.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as caught:
        config.load(path, env={})
    return caught.value.problems


SHORT = """\
outlets:
  - name: Stanford Daily
    site: https://stanforddaily.com        # its feed is discovered
  - name: Daily Nexus
    feed: https://dailynexus.com/feed/
campaigns:
  - name: Prison divestment
    query: '"private prison*" OR "for-profit prison*" OR (divest* NEAR/10 prison*)'
"""


@pytest.mark.parametrize(
    "name",
    sorted(path.name.removesuffix(".problems.tsv") for path in CONFIGS.glob("*.problems.tsv")),
)
def test_every_problem_is_told_with_line_place_and_remedy(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(CONFIGS / f"{name}.yaml", env={})
    found = caught.value.problems
    expected = rows(CONFIGS / f"{name}.problems.tsv")
    assert [(str(p.line), p.path) for p in found] == [(line, path) for line, path, *_ in expected]
    for problem, (_, _, text, remedy) in zip(found, expected, strict=True):
        assert text in problem.text
        assert remedy in problem.remedy
        assert problem.file == f"{name}.yaml"


@pytest.mark.parametrize(("kind", "text", "expected"), [r[:3] for r in rows(CONFIGS / "kinds.tsv")])
def test_a_value_is_read_as_its_key_asks_and_never_guessed(
    kind: str, text: str, expected: str
) -> None:
    if expected.startswith("!"):
        with pytest.raises(KindError) as caught:
            KINDS[kind].read(text)
        assert expected[1:] in f"{caught.value.text} {caught.value.remedy}"
    else:
        assert str(KINDS[kind].read(text)) == expected


def test_a_short_file_will_do() -> None:
    made = config.loads(SHORT, env={})
    assert [(source.slug, source.kind) for source in made.sources] == [
        ("stanford-daily", "site"),
        ("daily-nexus", "feed"),
    ]
    assert made.outlets[0].gap == 2.0
    assert made.budget.words == 150
    assert made.campaigns[0].slug == "prison-divestment"
    assert made.warnings == ()


def test_every_key_reaches_the_config() -> None:
    made = config.load(CONFIGS / "whole.yaml", env={})
    expected = json.loads((CONFIGS / "whole.expected.json").read_text(encoding="utf-8"))
    outlets = [
        [o.slug, o.name, o.site, list(o.aliases), o.language, o.gap,
         [o.budget.words, o.budget.share], o.attribution, o.priority]
        for o in made.outlets
    ]  # fmt: skip
    assert outlets == expected["outlets"]
    assert [[s.slug, s.kind, s.address, s.outlet, s.interval] for s in made.sources] == expected[
        "sources"
    ]
    assert [[c.slug, c.name, list(c.queries)] for c in made.campaigns] == expected["campaigns"]
    assert dict(made.tags) == expected["tags"]
    assert {name: list(terms) for name, terms in made.lists.items()} == expected["lists"]
    network = made.network
    assert [network.contact, list(network.allow), *astuple(network)[2:]] == expected["network"]
    assert made.attribution == expected["attribution"]
    assert [made.budget.words, made.budget.share] == expected["budget"]
    assert made.site.folder == (HERE / "data" / "public pages").resolve()
    assert made.site.url == "https://group.example/news"


def test_the_sources_of_the_project_are_valid_and_more_than_twenty_outlets() -> None:
    made = config.load(ROOT / "sources.yaml", env={})
    assert len(made.outlets) >= 24
    assert made.campaigns[0].name == "Prison divestment"
    assert len(made.campaigns) >= 3
    assert made.warnings == ()


def test_what_init_writes_is_valid_as_it_is() -> None:
    made = config.loads(config.template(), env={})
    assert made.outlets
    assert made.campaigns
    assert made.warnings == ()


def test_the_notes_that_init_writes_are_valid_when_the_number_sign_is_taken_away() -> None:
    text = config.template()
    cut = text.index("# interval: 1 h")
    body = text[cut:].replace("# Passwords never stand in this file.", "")
    opened = "\n".join(line.removeprefix("# ") for line in body.splitlines())
    made = config.loads(text[:cut] + opened, env={})
    assert made.tags
    assert made.lists["lenders"]


# ---------------------------------------------------------------- hostile files

BOMB = "a: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"b{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)
HOSTILE: dict[str, bytes] = {
    "alias bomb": BOMB.encode(),
    "self anchor": b"outlets: &a\n  - *a\n",
    "5000 brackets": b"[" * 5000,
    "5000 braces": b"{a: " * 5000,
    "5000 dashes": b"- " * 5000,
    "10 MB": b"outlets:\n" + b"  - name: A\n" * 900_000,
    "half a megabyte of rows": b"- a\n" * 130_000,
    "10 MB of brackets": b"[" * 10_000_000,
    "binary": bytes(range(256)) * 40,
    "utf-16": SHORT.encode("utf-16"),
    "utf-16 without mark": SHORT.encode("utf-16-le"),
    "latin-1": SHORT.replace("Stanford", "Peña").encode("latin-1"),
    "escape character": b"outlets:\n  - name: A\x1b[31m\n",
    "merge keys": b"x: &x {name: A}\noutlets:\n  - <<: *x\n",
    "python object": b"outlets: !!python/object/apply:os.system ['true']\n",
    "long name": b"outlets:\n  - {name: '" + b"x" * 5000 + b"', site: https://a.example}\n",
    "nul by escape": b'outlets:\n  - {name: "a\\0b", site: "https://a.example"}\n',
    "surrogate by escape": b'outlets:\n  - {name: "a\\ud800b", site: "https://a.example"}\n',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_at_once(name: str, tmp_path: Path) -> None:
    begun = time.process_time()
    found = problems(HOSTILE[name], tmp_path)
    # Alone it is under 1 s; the bound leaves room for coverage and a busy machine.
    assert time.process_time() - begun < 8
    for problem in found:
        assert str(problem).isprintable() or "\n" in str(problem)
        assert "\x1b" not in str(problem)
        assert len(str(problem)) < 600


def test_a_byte_order_mark_of_utf_8_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_bytes(SHORT.replace("\n", "\r\n").encode("utf-8-sig"))
    assert len(config.load(path, env={}).outlets) == 2


def test_anchors_may_be_used_to_save_typing() -> None:
    text = SHORT.replace("query: '", "query: &q '") + "  - {name: Again, query: *q}\n"
    first, second = config.loads(text, env={}).campaigns
    assert first.queries == second.queries


def test_at_most_two_hundred_problems_are_told() -> None:
    text = "".join(f"key{i}: 1\n" for i in range(500))
    with pytest.raises(ConfigError) as caught:
        config.loads(text, env={})
    assert len(caught.value.problems) == 201
    assert "problems more" in caught.value.problems[-1].text


@given(st.binary(max_size=300))
def test_any_bytes_give_a_config_or_a_config_error(raw: bytes) -> None:
    with suppress(ConfigError):
        config.loads(raw.decode("utf-8", "replace"), env={})


YAMLISH = st.text(alphabet="outlescampign:-[]{}'\"#&*!|>? \n\t01,x", max_size=120)


@given(YAMLISH)
def test_any_text_that_looks_like_yaml_gives_a_config_or_a_config_error(text: str) -> None:
    with suppress(ConfigError):
        config.loads(text, env={})


@given(st.sampled_from(sorted(KINDS)), st.text(max_size=60))
@example("gigabytes", "0\x1f")
def test_a_value_of_any_kind_is_read_or_refused(kind: str, text: str) -> None:
    with suppress(KindError):
        KINDS[kind].read(text)


# ---------------------------------------------------------------- queries and templates


def test_a_faulty_query_is_shown_with_a_caret_under_the_place() -> None:
    def check(query: str, lists: object) -> None:
        at = query.index("wrong")
        raise QueryError("not so.", query=query, start=at, end=at + 5, remedy="So.")

    text = "outlets: [{name: A, site: https://a.example}]\ncampaigns:\n  - name: B\n    query: 'is wrong'\n"
    with pytest.raises(ConfigError) as caught:
        config.loads(text, env={}, check_query=check)
    assert str(caught.value) == (
        "sources.yaml:4: campaigns[1].query: not so. So.\n    is wrong\n       ^^^^^"
    )


def test_templates_are_judged_by_the_check_that_is_passed_in() -> None:
    text = SHORT + "attribution: x\n"
    with pytest.raises(ConfigError, match="attribution: never"):
        config.loads(text, env={}, check_template=lambda template: "never")
    assert config.loads(text, env={}, check_template=lambda template: "").attribution == "x"


def test_without_campaigns_there_is_a_warning_and_no_error() -> None:
    made = config.loads(SHORT[: SHORT.index("campaigns:")], env={})
    assert "nothing will be put before you" in made.warnings[0].text


# ---------------------------------------------------------------- files and folders


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such file.*clipper init"):
        config.load(tmp_path / "none.yaml", env={})


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this is a folder"):
        config.load(tmp_path, env={})


def test_the_data_folder_is_the_argument_else_the_variable_else_beside_the_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a folder" / "sources.yaml"
    path.parent.mkdir()
    path.write_text(SHORT)
    env = {"CLIPPER_DATA": str(tmp_path / "env")}
    assert config.load(path, env=env, data=tmp_path / "arg").data == tmp_path / "arg"
    assert config.load(path, env=env).data == tmp_path / "env"
    made = config.load(path, env={})
    assert made.data == path.parent / "data"
    assert made.site.folder == path.parent / "data" / "site"


def test_a_file_in_the_place_of_the_data_folder_is_told(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(SHORT)
    with pytest.raises(ConfigError, match=r"the data folder .* is no folder.* --data"):
        config.load(path, env={}, data=path)
    with pytest.raises(ConfigError, match=r"can't be used: .* is no folder"):
        config.load(path, env={}, data=path / "below" / "it")


@pytest.mark.parametrize("folder", [".", "..", "/", "data"])
def test_the_page_is_never_written_over_a_folder_that_holds_more(
    folder: str, tmp_path: Path
) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(SHORT + f"publish: {{site: {{folder: {folder}}}}}\n")
    with pytest.raises(ConfigError, match="holds more than the pages"):
        config.load(path, env={})


# ---------------------------------------------------------------- naming sources


def test_sources_are_named_by_slug_or_by_their_outlets_name() -> None:
    made = config.load(CONFIGS / "whole.yaml", env={})
    assert made.sources_named([]) == ()
    section = "two-feeds-section-news-feed"
    assert made.sources_named([section]) == (section,)
    assert len(made.sources_named(["two feeds"])) == 2
    assert made.sources_named(["Ten", "010"]) == ("010",)
    with pytest.raises(NotFound, match="Did you mean 'two-feeds'"):
        made.sources_named(["two-fees"])


def test_a_sources_slug_does_not_change_when_the_list_is_reordered() -> None:
    urls = [f"https://a.example/{part}/feed" for part in ("news", "sport", "arts")]

    def slugs(order: list[str]) -> dict[str, str]:
        text = f"outlets:\n  - name: A\n    feeds: [{', '.join(order)}]\n"
        return {source.address: source.slug for source in config.loads(text, env={}).sources}

    assert slugs(urls)[urls[1]] == slugs([urls[0], urls[2], urls[1]])[urls[1]] == "a-sport-feed"


# ---------------------------------------------------------------- secrets


def test_a_secret_comes_from_the_environment_and_is_never_shown() -> None:
    made = config.secret("CLIPPER_SMTP_PASSWORD", {"CLIPPER_SMTP_PASSWORD": "hunter2"})
    assert made.value == "hunter2"
    assert "hunter2" not in f"{made}{made!r}"


def test_a_secret_may_stand_in_a_file_and_a_readable_one_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("hunter2\n")
    path.chmod(0o600)
    made = config.secret("A", {"A_FILE": str(path)})
    assert (made.value, made.warning) == ("hunter2", "")
    path.chmod(0o644)
    assert "chmod 600" in config.secret("A", {"A_FILE": str(path)}).warning


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, "the environment variable TOKEN, or TOKEN_FILE"),
        ({"TOKEN": "x", "TOKEN_FILE": "y"}, "are both set"),
        ({"TOKEN_FILE": "/does/not/exist"}, "TOKEN_FILE names"),
        ({"TOKEN_FILE": "/"}, "which is no file"),
    ],
)
def test_a_secret_that_is_missing_is_named(env: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        config.secret("TOKEN", env)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\x00", b"x" * 70_000])
def test_a_secret_file_that_cannot_serve_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="TOKEN_FILE"):
        config.secret("TOKEN", {"TOKEN_FILE": str(path)})


def test_a_secret_in_the_file_is_refused_and_not_repeated() -> None:
    text = SHORT + "smtp_password: hunter2\n" + "network: {token: hunter2}\n"
    text += "contact: https://jane:hunter2@group.example/\n"
    with pytest.raises(ConfigError) as caught:
        config.loads(text, env={})
    assert len(caught.value.problems) == 3
    assert "hunter2" not in str(caught.value)


# ---------------------------------------------------------------- the reference


def test_the_reference_page_is_the_one_made_from_the_schema() -> None:
    page = (ROOT / "docs" / "reference" / "config.md").read_text(encoding="utf-8")
    assert page == reference(), "python -m clipper.config > docs/reference/config.md"


def _keys(keys: tuple[Key, ...]) -> list[Key]:
    return [key for one in keys for key in (one, *_keys(one.keys))]


@pytest.mark.parametrize(
    "key", [key for key in _keys(FILE) if key.default], ids=lambda key: key.name
)
def test_a_documented_default_is_one_that_could_be_written(key: Key) -> None:
    assert KINDS[key.kind].read(key.default) is not None


QUOTING = """
budget: {words: 120}
profiles:
  - {name: wire, words: 40}
  - {name: brief, words: 60, total_words: 70}
outlets:
  - {name: House, site: https://a.example}
  - {name: Brief, site: https://b.example, profile: brief}
  - name: Licensed
    site: https://c.example
    profile: brief
    budget: {words: 400, share: 1, basis: licence, by: Jo Doe, until: 2027-01-31}
  - {name: Ours, site: https://d.example, budget: {basis: own-text}}
campaigns: [{name: A, query: a}]
"""


def test_profiles_and_grants_reach_the_outlets() -> None:
    made = config.loads(QUOTING, env={})
    house, brief, licensed, ours = (outlet.budget for outlet in made.outlets)
    assert (house.words, house.all_words, house.profile) == (120, 180, "")
    assert (brief.words, brief.all_words, brief.profile) == (60, 70, "brief")
    assert {each.wire.words for each in (house, brief, licensed, ours) if each.wire} == {40}
    assert licensed.words == 60, "it holds again when the licence has ended"
    assert licensed.grant is not None
    assert (licensed.grant.figures.words, licensed.grant.figures.all_words) == (400, 600)
    assert (licensed.grant.by, f"{licensed.grant.until}") == ("Jo Doe", "2027-01-31")
    assert ours.grant is not None
    assert ours.grant.figures == WHOLE
    assert made.warnings == ()


def test_who_may_quote_more_without_a_basis_is_asked_for_it() -> None:
    text = SHORT.replace("outlets:", "outlets:\n  - {name: Z, site: https://z.example, "
                         "budget: {words: 900}}")  # fmt: skip
    (told,) = config.loads(text, env={}).warnings
    assert "“Z”" in told.text
    assert "basis: licence" in told.remedy
