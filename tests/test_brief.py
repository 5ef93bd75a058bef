"""The morning brief: what it says, whom it reaches, and that it reaches them once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import html5lib
import pytest
from babel.messages.extract import extract_from_dir

from clipper import mail, translations
from clipper.cli import main
from clipper.desk import briefing
from clipper.desk.briefing import BriefRules, Recipient
from clipper.health import SENTENCES
from clipper.mail import MailServer
from clipper.model import PollError, Receipt, Status
from clipper.reports.brief import Brief, Correction, Story, cutoff_before, subject
from clipper.reports.letter import letter, page, plain
from clipper.reports.words import LOCALE
from clipper.store import Store
from clipper.store.publishing import Proof

from . import keeping, smtp_server
from .smtp_server import PASSWORD, TLS, USER, Post

DAY = timedelta(days=1)
NOW = keeping.NOW + timedelta(hours=20)
ANA, BO = "ana@press.example", "bo@press.example"
HOSTILE = (
    "A\r\nBcc: x@evil.example\r\n\r\nB",
    "A\u0085B\u2028C\u2029D\x0bE\x0cF\x1cG",
    "\ud800 surrogate \udfff",
    "x" * 1_000_000,
    "\u202ertl\u202c العربية 😀 中文",
    "=?utf-8?q?Bcc=3A_x?=",
    "<script>alert(1)</script>{{ 7*7 }}",
    "",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "data" / "clipper.db") as made:
        yield keeping.synced(made)


@pytest.fixture
def post() -> Iterator[Post]:
    with smtp_server.serving() as server:
        yield server


def rules(*recipients: Recipient, **fields: object) -> BriefRules:
    told = {
        "outlets": keeping.OUTLETS,
        "campaigns": {"prison-divestment": "Prison divestment", "water": "Water"},
        "recipients": recipients or (Recipient(address=ANA),),
        "sender": "Clips <clips@campaign.example>",
        "unsubscribe": "clips@campaign.example",
        "cutoff": time(7),
    }
    return BriefRules(**(told | fields))


def approved(
    store: Store, key: str, *, at: datetime = keeping.NOW, title: str = "", **fields: object
) -> int:
    url = f"https://daily.example/news/{key}"
    read = keeping.reading(
        text=f"Story {key}. {keeping.TEXT}", url=url, title=title or f"Title {key}"
    )
    number = keeping.queued(store, key, read=read, url=url, now=at, **fields)
    store.clippings.move(number, Status.APPROVED, who="ana", reason="", now=at)
    return number


def to(post: Post) -> partial[mail.Unsent | None]:
    server = MailServer(host="127.0.0.1", port=post.port, security="none", seconds=10)
    return partial(mail.send, server)


# ---------------------------------------------------------------- when


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        ("2026-03-02T07:00", "UTC", "2026-03-02T07:00"),
        ("2026-03-02T06:59", "UTC", "2026-03-01T07:00"),
        ("2026-07-01T14:00", "America/Los_Angeles", "2026-07-01T14:00"),
        ("2026-07-01T13:59", "America/Los_Angeles", "2026-06-30T14:00"),
        ("2026-12-01T15:00", "America/Los_Angeles", "2026-12-01T15:00"),
    ],
)
def test_the_cut_off_is_by_the_clock_on_the_wall(now: str, zone: str, expected: str) -> None:
    found = cutoff_before(datetime.fromisoformat(now).replace(tzinfo=UTC), time(7), zone)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("cutoff", [time(1, 30), time(2, 30), time(3)])
@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Europe/Berlin", "2026-03-27"), ("Europe/Berlin", "2026-10-23"),
        ("America/New_York", "2026-03-06"), ("America/New_York", "2026-10-30"),
    ],
)  # fmt: skip
def test_each_day_has_one_cut_off_also_when_the_clocks_change(
    cutoff: time, zone: str, first: str
) -> None:
    begin = datetime.fromisoformat(first).replace(tzinfo=UTC, hour=12)
    looks = [begin + n * timedelta(minutes=10) for n in range(5 * 144)]
    found = list(dict.fromkeys(cutoff_before(now, cutoff, zone) for now in looks))
    days = [briefing.day_of(each, zone) for each in found]
    assert days == [days[0] + n * DAY for n in range(6)]
    assert found == sorted(found)


# ---------------------------------------------------------------- what


def test_the_brief_tells_stories_by_campaign_with_top_stories_first(store: Store) -> None:
    numbers = [
        approved(store, key, at=keeping.NOW + n * keeping.HOUR) for n, key in enumerate("123")
    ]
    briefing.pick(store, numbers[0], "The board votes on Friday", who="ana", now=NOW)
    found = briefing.gather(store, rules(), Recipient(address=ANA), NOW, NOW)
    assert [story.headline for story in found.top] == ["Title 1"]
    ((name, stories),) = found.sections
    assert name == "Prison divestment"
    assert [story.headline for story in stories] == ["Title 3", "Title 2"]
    assert subject(found) == "Clips – 2 Mar – 3 stories"
    told = plain(found)
    assert "Why: The board votes on Friday" in told
    assert "Via The Daily" in told
    assert "https://daily.example/news/1" in told
    briefing.pick(store, numbers[0], "", who="ana", now=NOW)
    assert briefing.gather(store, rules(), Recipient(address=ANA), NOW, NOW).top == ()


def test_at_most_three_stories_are_at_the_top(store: Store) -> None:
    for n, key in enumerate("12345"):
        number = approved(store, key)
        briefing.pick(store, number, "Because", who="ana", now=keeping.NOW + n * keeping.HOUR)
    found = briefing.gather(store, rules(), Recipient(address=ANA), NOW, NOW)
    assert {story.headline for story in found.top} == {"Title 3", "Title 4", "Title 5"}


def test_a_topic_of_ones_own_and_what_nobody_approved(store: Store) -> None:
    approved(store, "1")
    keeping.queued(store, "2", read=keeping.reading(text="Another story entirely, told at length."))
    nobody = Recipient(address=ANA, campaigns=("Water",))
    assert briefing.gather(store, rules(), nobody, NOW, NOW).stories == ()
    found = briefing.gather(store, rules(queued=True), Recipient(address=ANA), NOW, NOW)
    assert sorted(story.waits for story in found.stories) == [False, True]


def test_nothing_found_is_told_apart_from_nobody_looked(store: Store) -> None:
    ask = partial(briefing.gather, store, rules(), Recipient(address=ANA))
    assert "no outlet has been fetched yet" in ask(NOW, NOW).verdict
    for source in (keeping.DAILY, keeping.HERALD):
        store.note_poll(source, keeping.polled(), keeping.NOW, keeping.NOW + keeping.HOUR)
    assert ask(NOW, NOW).verdict == "No significant coverage. All 2 outlets were looked at."
    error = PollError(kind="dns", text="The name herald.example was not found.")
    store.note_poll_error(keeping.HERALD, error, keeping.NOW, NOW)
    found = ask(NOW, NOW)
    assert "1 could not be looked at" in found.verdict
    assert any("Herald: could not be looked at since 1 Mar 2026" in t for t in found.troubles)
    assert subject(found) == "Clips – 2 Mar – nothing found, some outlets not seen"
    store.note_poll_error(keeping.DAILY, error, keeping.NOW, NOW)
    found = ask(NOW, NOW)
    assert "Whether there was coverage is not known" in found.verdict
    assert subject(found) == "Clips – 2 Mar – whether there was coverage is not known"


def test_quiet_since_nobody_looked_is_not_called_no_coverage(store: Store) -> None:
    for source in (keeping.DAILY, keeping.HERALD):
        store.note_poll(source, keeping.polled(), keeping.NOW, keeping.NOW + keeping.HOUR)
    store.ledger.close(store.ledger.open(keeping.NOW), keeping.NOW)
    ask = partial(briefing.gather, store, rules(), Recipient(address=ANA))
    assert ask(NOW, NOW).verdict == "No significant coverage. All 2 outlets were looked at."
    found = ask(NOW + 2 * DAY, NOW + 2 * DAY)
    assert found.verdict == (
        "No round has run since 1 Mar 2026. Whether there was coverage since is not known."
    )
    assert "not known" in subject(found)


def test_a_brief_is_valid_html_whatever_its_stories_say() -> None:
    stories = tuple(
        Story(clipping=n, headline=words[:3000], attribution=words[:3000],
              url="https://daily.example/?a=1&b=%22", paragraphs=(words[:3000],), why=words[:200],
              campaigns=(words[:200],), also_in=n)
        for n, words in enumerate(HOSTILE) if "\ud800" not in words and "\x0b" not in words
    )  # fmt: skip
    found = Brief(
        day=date(2026, 3, 2), stories=stories, outlets=1,
        corrections=(Correction(headline=HOSTILE[6], text=HOSTILE[6]),), troubles=(HOSTILE[6],),
    )  # fmt: skip
    written = page(found)
    html5lib.HTMLParser(strict=True).parse(written)
    assert "<script" not in written
    assert "{{ 7*7 }}" in written


@pytest.mark.parametrize("words", HOSTILE)
def test_a_hostile_headline_is_mailed_and_injects_nothing(
    store: Store, post: Post, words: str
) -> None:
    number = approved(store, "1")
    store.clippings.reword(
        number, who="ana", now=keeping.NOW, headline=words[:500].encode("utf-8", "replace").decode()
    )
    briefing.pick(store, number, words, who="ana", now=NOW)
    (sent,) = briefing.send(store, rules(), to(post), now=NOW)
    assert sent.state == "sent", sent.text
    (message,) = post.messages
    assert message["Bcc"] is None
    assert post.taken[0][1] == [ANA]
    assert max(map(len, post.taken[0][2].split(b"\r\n"))) <= 998
    assert message["Subject"] == "Clips – 2 Mar – 1 story"


def test_the_letter_says_who_sends_it_and_how_to_be_left_alone() -> None:
    found = letter(
        Brief(day=date(2026, 3, 2)), sender="Clips – Campaña\r\nX: y <clips@campaign.example>",
        recipient=ANA, number="1@campaign.example", unsubscribe="stop@campaign.example", now=NOW,
    )  # fmt: skip
    raw = found.as_bytes().decode("ascii")
    assert "List-Unsubscribe: <mailto:stop@campaign.example?subject=unsubscribe>" in raw
    assert "\nX: y" not in raw
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]


def test_all_words_of_the_brief_are_there_in_spanish() -> None:
    keywords = {"_": None, "ngettext": (1, 2), "say": None, "number": (1, 2)}
    found = {
        words if isinstance(words, str) else words[0]
        for folder in ("reports", "desk", "templates/mail")
        for _, _, words, _, _ in extract_from_dir(
            Path(mail.__file__).parent / folder,
            method_map=[("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")],
            options_map={"**": {"trim_blocks": "true", "newstyle_gettext": "true"}},
            keywords=keywords,
        )
    }
    spanish = translations.catalogue("es", LOCALE)
    missing = [each for each in (*found, *SENTENCES) if spanish.gettext(each) == each]
    assert missing == []
    assert len(found) > 30, "the words were found at all"


def test_a_reader_of_spanish_gets_the_brief_in_spanish(store: Store, post: Post) -> None:
    number = approved(store, "1")
    briefing.pick(store, number, "La junta vota el viernes", who="ana", now=NOW)
    error = PollError(kind="dns", text="The name herald.example was not found.")
    for hour in range(3):
        store.note_poll_error(keeping.HERALD, error, keeping.NOW + hour * keeping.HOUR, NOW)
    told = rules(Recipient(address=ANA, language="es"), Recipient(address=BO))
    list(briefing.send(store, told, to(post), now=NOW))
    spanish, english = post.messages
    assert spanish["Subject"] == "Recortes – 2 mar – 1 noticia"
    assert english["Subject"] == "Clips – 2 Mar – 1 story"
    words = spanish.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert "LO PRINCIPAL\n============\n" in words
    assert "Por qué: La junta vota el viernes" in words
    assert "las últimas 3 consultas fallaron" in words
    assert '<html lang="es">' in spanish.get_body(("html",)).get_content()
    assert "Top stories" not in spanish.as_string()


# ---------------------------------------------------------------- to whom, and once


def test_each_recipient_gets_a_letter_of_their_own_and_gets_it_once(
    store: Store, post: Post
) -> None:
    approved(store, "1")
    told = rules(Recipient(address=ANA), Recipient(address=BO, campaigns=("Prison divestment",)))
    first = list(briefing.send(store, told, to(post), now=NOW))
    assert [each.state for each in first] == ["sent", "sent"]
    assert [recipients for _, recipients, _ in post.taken] == [[ANA], [BO]]
    assert BO.encode() not in post.taken[0][2]
    again = list(briefing.send(store, told, to(post), now=NOW + keeping.HOUR))
    assert [each.state for each in again] == ["before", "before"]
    assert len(post.taken) == 2
    approved(store, "2", at=NOW)
    briefs = list(briefing.send(store, told, to(post), now=NOW + DAY))
    assert [each.stories for each in briefs] == [1, 1], "what an earlier brief held is left out"
    assert "Title 1" not in post.messages[-1].get_body(("plain",)).get_content()
    numbers = [message["Message-ID"] for message in post.messages]
    assert len(set(numbers)) == 4


def test_what_is_approved_after_the_cut_off_waits_for_the_next_brief(
    store: Store, post: Post
) -> None:
    approved(store, "1", at=datetime(2026, 3, 2, 7, 1, tzinfo=UTC))
    (sent,) = briefing.send(store, rules(), to(post), now=NOW)
    assert (sent.state, sent.stories) == ("sent", 0)
    (sent,) = briefing.send(store, rules(), to(post), now=NOW + DAY)
    assert sent.stories == 1


@pytest.mark.parametrize("answer", ["550 No such user", "451 Try later", "552 Too much"])
def test_a_refusal_concerns_one_recipient_and_is_told(
    store: Store, post: Post, answer: str
) -> None:
    approved(store, "1")
    post.refuses[ANA] = answer
    told = rules(Recipient(address=ANA), Recipient(address=BO))
    found = list(briefing.send(store, told, to(post), now=NOW))
    assert [each.state for each in found] == ["refused", "sent"]
    assert answer in found[0].text
    post.refuses.clear()
    found = list(briefing.send(store, told, to(post), now=NOW))
    assert [each.state for each in found] == ["sent", "before"]


def test_the_servers_verdict_on_the_content_is_told(store: Store, post: Post) -> None:
    approved(store, "1")
    post.verdict = "452 The disk is full"
    (found,) = briefing.send(store, rules(), to(post), now=NOW)
    assert found.state == "refused"
    assert "452 The disk is full" in found.text


@pytest.mark.parametrize("farewell", ["421 Too busy to say goodbye", "500 What?"])
def test_what_goes_wrong_after_the_server_took_a_letter_does_not_send_it_twice(
    store: Store, post: Post, farewell: str
) -> None:
    approved(store, "1")
    post.farewell = farewell
    (found,) = briefing.send(store, rules(), to(post), now=NOW)
    assert found.state == "sent", found.text
    (found,) = briefing.send(store, rules(), to(post), now=NOW)
    assert (found.state, len(post.taken)) == ("before", 1)


@pytest.mark.parametrize(("answer", "temporary"), [("451 Try later", True), ("550 No", False)])
def test_whether_a_later_try_can_help_is_told(
    store: Store, post: Post, answer: str, temporary: bool
) -> None:
    post.refuses[ANA] = answer
    post.farewell = "421 Too busy to say goodbye"
    (found,) = briefing.send(store, rules(), to(post), now=NOW)
    assert (found.state, found.temporary) == ("refused", temporary)
    assert answer in found.text


def test_an_answer_that_was_lost_is_not_sent_again_before_a_person_says_so(
    store: Store, post: Post
) -> None:
    approved(store, "1")
    post.verdict = ""
    (found,) = briefing.send(store, rules(), to(post), now=NOW)
    assert found.state == "doubt"
    post.verdict = "250 OK"
    (found,) = briefing.send(store, rules(), to(post), now=NOW)
    assert (found.state, len(post.taken)) == ("doubt", 1)
    (found,) = briefing.send(store, rules(), to(post), now=NOW, again=True)
    assert (found.state, len(post.taken)) == ("sent", 2)
    first, second = post.messages
    assert first["Message-ID"] == second["Message-ID"]


def test_a_connection_that_ends_before_the_content_is_no_doubt(store: Store, post: Post) -> None:
    approved(store, "1")
    post.drops_at_data = True
    (found,) = briefing.send(store, rules(), to(post), now=NOW)
    assert (found.state, found.temporary) == ("refused", True)
    assert "ended the connection" in found.text
    post.drops_at_data = False
    (found,) = briefing.send(store, rules(), to(post), now=NOW)
    assert (found.state, found.stories, len(post.taken)) == ("sent", 1, 1)


def test_lines_that_begin_with_a_dot_arrive_as_they_are(post: Post) -> None:
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content("a\n.\n..b\n.c\n", cte="7bit")
    assert to(post)(message, "c@campaign.example", ANA) is None
    assert post.messages[-1].get_content().splitlines() == ["a", ".", "..b", ".c"]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (6, ""),
        (20, "The last brief to you was that of 2 Mar 2026; this has what came since."),
        (90, "The last brief to you was that of 2 Mar 2026; this has what came since 1 Apr 2026."),
    ],
)
def test_who_got_no_brief_for_long_gets_what_they_missed(
    store: Store, post: Post, days: int, words: str
) -> None:
    list(briefing.send(store, rules(), to(post), now=NOW))
    approved(store, "soon", at=NOW + DAY)
    approved(store, "late", at=NOW + (days - 1) * DAY)
    at = NOW + days * DAY
    found = briefing.gather(store, rules(), Recipient(address=ANA), at, at)
    told = {story.headline for story in found.stories}
    assert told == ({"Title late"} if days == 90 else {"Title soon", "Title late"})
    assert found.reach == words
    assert words in " ".join(plain(found).split())
    nobody = briefing.gather(store, rules(), Recipient(address=BO), at, at)
    assert nobody.reach == ""


def test_a_brief_has_a_bound_and_says_what_it_left_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(briefing, "MOST", 2)
    for n, key in enumerate("1234"):
        approved(store, key, at=keeping.NOW + n * keeping.HOUR)
    found = briefing.gather(store, rules(), Recipient(address=ANA), NOW, NOW)
    assert [story.headline for story in found.stories] == ["Title 4", "Title 3"]
    assert "2 older stories are left out; the desk has them." in page(found)


def test_a_story_of_two_campaigns_stands_under_the_one_that_was_asked_for(store: Store) -> None:
    number = approved(store, "1")
    tags = ("prison-divestment", "water")
    store.clippings.reword(number, who="ana", now=keeping.NOW, tags=tags)
    for wanted, names in ((("Water",), ["Water"]), ((), ["Prison divestment"])):
        recipient = Recipient(address=ANA, campaigns=wanted)
        found = briefing.gather(store, rules(), recipient, NOW, NOW)
        assert [name for name, _ in found.sections] == names


def test_what_health_finds_is_told_with_its_remedy(store: Store) -> None:
    error = PollError(kind="dns", text="The name herald.example was not found.")
    for hour in range(3):
        store.note_poll_error(keeping.HERALD, error, keeping.NOW + hour * keeping.HOUR, NOW)
    (told,) = briefing.gather(store, rules(), Recipient(address=ANA), NOW, NOW).troubles
    assert told.startswith("Herald: the last 3 looks failed: The name herald.example")
    assert "Look whether the outlet has a new domain" in told


def test_a_doubt_is_told_until_a_person_settles_it(store: Store, post: Post) -> None:
    approved(store, "1")
    post.verdict = ""
    list(briefing.send(store, rules(), to(post), now=NOW))
    post.verdict = "250 OK"
    approved(store, "2", at=NOW)
    older, today = briefing.send(store, rules(), to(post), now=NOW + DAY)
    assert (older.state, older.day) == ("doubt", date(2026, 3, 2))
    assert (today.state, today.stories) == ("sent", 1)
    told = list(briefing.send(store, rules(), to(post), now=NOW + 2 * DAY))
    assert [each.state for each in told] == ["doubt", "sent"]
    (settled,) = briefing.arrived(store, now=NOW + 2 * DAY)
    assert (settled.day, settled.recipient, settled.state) == (older.day, ANA, "sent")
    (later,) = briefing.send(store, rules(), to(post), now=NOW + 3 * DAY)
    assert (later.state, later.stories) == ("sent", 0), "it was settled: held back for good"


def test_what_an_earlier_lost_brief_held_goes_into_the_next_when_a_person_says_so(
    store: Store, post: Post
) -> None:
    approved(store, "1")
    post.verdict = ""
    list(briefing.send(store, rules(), to(post), now=NOW))
    post.verdict = "250 OK"
    (found,) = briefing.send(store, rules(), to(post), now=NOW + DAY, again=True)
    assert (found.state, found.stories) == ("sent", 1)
    assert "Title 1" in post.messages[-1].get_body(("plain",)).get_content()


def test_a_kill_between_the_sending_and_its_end_is_a_doubt(store: Store, post: Post) -> None:
    approved(store, "1")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(briefing.send(store, rules(), killed, now=NOW))
    (found,) = briefing.send(store, rules(), to(post), now=NOW)
    assert (found.state, post.taken) == ("doubt", [])


def test_corrections_of_earlier_clips_are_told(store: Store, post: Post) -> None:
    number = approved(store, "1")
    list(briefing.send(store, rules(), to(post), now=NOW))
    store.looks.add(number, ["headline"], NOW + keeping.HOUR, title="New", text="New")
    found = briefing.gather(store, rules(), Recipient(address=ANA), NOW + DAY, NOW + DAY)
    assert [(each.headline, each.text) for each in found.corrections] == [
        ("Title 1", "the outlet changed it, or it is gone; see the desk.")
    ]


@pytest.mark.parametrize(("act", "words"), [("amend", "corrected"), ("withdraw", "took it down")])
@pytest.mark.parametrize("hours", [1, 13], ids=["before the sending", "after it"])
def test_what_we_changed_between_two_cut_offs_is_told_once(
    store: Store, post: Post, act: str, words: str, hours: int
) -> None:
    """The brief of 07:00 may be sent late: what is changed in between must not fall out."""
    number = approved(store, "1")
    cutoff = datetime(2026, 3, 2, 7, tzinfo=UTC)
    _publish(store, number, "1", cutoff + timedelta(minutes=5), "create")
    late = cutoff + 12 * keeping.HOUR
    list(briefing.send(store, rules(), to(post), now=late))
    _publish(store, number, "2", cutoff + hours * keeping.HOUR, act)
    found = briefing.gather(store, rules(), Recipient(address=ANA), cutoff + DAY, late)
    (correction,) = found.corrections
    assert words in correction.text
    list(briefing.send(store, rules(), to(post), now=cutoff + DAY))
    after = briefing.gather(store, rules(), Recipient(address=ANA), cutoff + 2 * DAY, late)
    assert after.corrections == ()


def _publish(store: Store, number: int, revision: str, at: datetime, act: str) -> None:
    key = f"clipping-{number}"
    if act == "withdraw":
        store.receipts.remove("site", key, at)
        return
    where = "https://campaign.example/1"
    receipt = Receipt(publisher="site", key=key, revision=revision, where=where, sent_at=at)
    store.receipts.keep("site", Proof(receipt=receipt, ref="1", seal=""), revision, act)


# ---------------------------------------------------------------- the server


def test_the_connection_is_secured_before_anybody_logs_in() -> None:
    with smtp_server.serving(secure=True) as post:
        server = MailServer(
            host="127.0.0.1", port=post.port, user=USER, password=PASSWORD,
            ca_file=str(TLS / "ca.pem"), seconds=10,
        )  # fmt: skip
        message = letter(
            Brief(day=date(2026, 3, 2)), sender="clips@campaign.example", recipient=ANA,
            number="1@x.example", unsubscribe="a@b.example", now=NOW,
        )  # fmt: skip
        assert mail.send(server, message, "clips@campaign.example", ANA) is None
        assert post.was_secure == [True]
        wrong = mail.send(replace(server, password="guess"), message, "c@campaign.example", ANA)
        assert wrong is not None
        assert "does not accept the user and password" in wrong.text
        assert not wrong.maybe_sent
        stranger = mail.send(replace(server, ca_file=""), message, "c@campaign.example", ANA)
        assert stranger is not None
        assert "could not be secured" in stranger.text


def test_no_encryption_means_no_mail(post: Post) -> None:
    server = MailServer(host="127.0.0.1", port=post.port, user=USER, password=PASSWORD, seconds=10)
    message = letter(
        Brief(day=date(2026, 3, 2)), sender="c@campaign.example", recipient=ANA,
        number="1@x.example", unsubscribe="a@b.example", now=NOW,
    )  # fmt: skip
    found = mail.send(server, message, "c@campaign.example", ANA)
    assert found is not None
    assert "offers no STARTTLS" in found.text
    assert post.taken == []


# ---------------------------------------------------------------- the command


CONFIG = """
outlets:
  - name: The Daily
    slug: daily
    feed: https://daily.example/feed
campaigns:
  - name: Prison divestment
    query: '"prison shares"'
brief:
  from: Clips <clips@campaign.example>
  host: 127.0.0.1
  port: {port}
  security: none
  recipients:
    - to: ana@press.example
    - to: bo@press.example
      campaigns: Prison divestment
"""


def test_the_command_prints_picks_and_sends(
    store: Store, post: Post, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    number = approved(store, "1", at=now - 2 * DAY)
    config = tmp_path / "sources.yaml"
    config.write_text(CONFIG.format(port=post.port))
    told = ["--config", str(config)]
    assert main([*told, "brief", "--pick", str(number), "--why", "It is the vote"]) == 0
    assert main([*told, "brief"]) == 0
    said = capsys.readouterr().out
    assert "TOP STORIES" in said
    assert main([*told, "brief", "--html", str(tmp_path / "brief.html")]) == 0
    assert "It is the vote" in (tmp_path / "brief.html").read_text()
    assert main([*told, "brief", "--send"]) == 0
    said = capsys.readouterr().out
    assert "ana@press.example: sent (1 story)" in said
    assert len(post.taken) == 2
    assert main([*told, "brief", "--send"]) == 0
    assert "was sent before" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("security: none", "security: ssl", "none of starttls, tls, none"),
        ("host: 127.0.0.1", "host: mail.example", "unencrypted"),
        ("from: Clips <clips@campaign.example>", "from: nobody", "no mail address"),
        ("port: 25", "port: 0", "1"),
        ("      campaigns: Prison divestment", "      campaigns: Prison divestmnt", "Did you mean “Prison divestment”"),
        ("bo@press.example", "ana@press.example", "named twice"),
        ("  port: 25", "  zone: Europe/Berlln", "Did you mean Europe/Berlin?"),
        ("  port: 25", "  cutoff: seven", "no time of day"),
        ("  port: 25", "  language: fr", "only en and es"),
        ("      campaigns: Prison divestment", "      language: de", "only en and es"),
    ],
)  # fmt: skip
def test_a_config_that_cannot_work_is_refused_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    config = tmp_path / "sources.yaml"
    text = CONFIG.format(port=25)
    assert old in text
    config.write_text(text.replace(old, new))
    assert main(["--config", str(config), "check"]) == 1
    said = capsys.readouterr()
    assert words in said.out + said.err
