"""Every key of `sources.yaml`, as a table: name, shape, kind, default, meaning.

The reader, the reference page and the remedies for mistyped keys all come from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Shape(StrEnum):
    """How a key's value is written."""

    ONE = "one"
    """One text."""
    SOME = "some"
    """One text, or a list of texts."""
    SECTION = "section"
    """Keys of its own."""
    SECTIONS = "sections"
    """A list, each row with keys of its own."""
    TABLE = "table"
    """Labels of the user's choice, one text each."""
    LISTS = "lists"
    """Labels of the user's choice, a list of texts each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key. `default` is written as in the file, "" for none; `kind` names one of `KINDS`.

    `keys` are those of a section. `meaning` is what the reference says.
    """

    name: str
    meaning: str
    shape: Shape = Shape.ONE
    kind: str = ""
    default: str = ""
    required: bool = False
    keys: tuple[Key, ...] = ()


def _section(
    name: str, meaning: str, *keys: Key, shape: Shape = Shape.SECTION, required: bool = False
) -> Key:
    return Key(name=name, meaning=meaning, shape=shape, keys=keys, required=required)


_SOME = Shape.SOME

_TOTALS: Final = (
    Key(name="total_words", kind="words",
        meaning="Words at most of all that ever left of an article, whatever its excerpt was "
        "changed to. Without it, half as much again as `words`."),
    Key(name="total_share", kind="share",
        meaning="The part of the article, likewise. Without it, half as much again as `share`."),
)  # fmt: skip


def _figures(above: str) -> tuple[Key, ...]:
    return (
        Key(name="words", kind="words",
            meaning=f"Words of one excerpt at most. Without it, {above}."),
        Key(name="share", kind="share",
            meaning=f"Part of the article at most. Without it, {above}."),
        *_TOTALS,
    )  # fmt: skip


OUTLET: Final = (
    Key(name="name", kind="name", required=True,
        meaning="The outlet's name as readers know it: it is what stands after “Via”."),
    Key(name="site", kind="url",
        meaning="Its home page. With nothing below given, its feeds are looked for there."),
    Key(name="feed", kind="url", shape=_SOME,
        meaning="Its RSS, Atom or JSON feed, or a list of several."),
    Key(name="feeds", kind="url", shape=_SOME, meaning="The same as `feed`, for several."),
    Key(name="sitemap", kind="url", shape=_SOME,
        meaning="Its news sitemap, or a sitemap with dates, or an index of such."),
    Key(name="wordpress", kind="url", shape=_SOME,
        meaning="The address of its WordPress site, whose posts are asked for by its interface."),
    _section("listing", "A page that lists its stories, where there is no feed.",
        Key(name="url", kind="url", meaning="The page's address."),
        Key(name="links", kind="selector",
            meaning="A CSS selector of the stories' links, or of what holds them. Without it, "
            "they are told by their looks."),
        Key(name="pattern", kind="text",
            meaning="What the stories' addresses look like, with `*` for anything: `/news/*`.")),
    _section("search", "The outlet's own search page, asked for your words.",
        Key(name="url", kind="url",
            meaning="The address of its results, with `{query}` where the words stand."),
        Key(name="words", kind="text", shape=_SOME, meaning="What to search for: a list of words "
            "or phrases, each a search of its own, ten at most."),
        Key(name="campaigns", kind="name", shape=_SOME,
            meaning="Campaigns whose queries' phrases are searched for."),
        Key(name="as", kind="text", default="listing",
            meaning="`listing` for a page of results, `feed` where it answers with a feed."),
        Key(name="links", kind="selector", meaning="As in `listing`."),
        Key(name="pattern", kind="text", meaning="As in `listing`.")),
    _section("others", "Sources of kinds that other packages bring.",
        Key(name="kind", kind="text", required=True,
            meaning="The kind's name, as its package gives it."),
        Key(name="address", kind="url", required=True, meaning="The address to look at."),
        Key(name="options", shape=Shape.TABLE, kind="text",
            meaning="What the kind wants to know, in its own words."),
        shape=Shape.SECTIONS),
    _section("mailbox", "A folder of alerts and newsletters, read by IMAP. Nothing in it changes.",
        Key(name="host", kind="text", meaning="The mail server: `imap.your-campaign.example`."),
        Key(name="port", kind="port", meaning="Its port. Without it, 993 for tls, 143 else."),
        Key(name="security", kind="text", default="tls",
            meaning="`tls`, `starttls`, or `none` for a server on this machine."),
        Key(name="user", kind="text", meaning="The user to log in as."),
        Key(name="password", kind="text", default="CLIPPER_MAILBOX_PASSWORD",
            meaning="The environment variable that holds that user's password."),
        Key(name="folder", kind="text", default="INBOX", meaning="The folder, such as `Alerts`."),
        Key(name="ca_file", kind="path",
            meaning="A PEM file of certificate authorities to trust beside the usual ones.")),
    Key(name="aliases", kind="name", shape=_SOME,
        meaning="Other names by which `outlet:` in a query finds it."),
    Key(name="language", kind="language", meaning="Its language, where its pages do not say."),
    Key(name="gap", kind="gap",
        meaning="The pause between two pages from it. Without it, `network: gap:`."),
    Key(name="interval", kind="interval",
        meaning="The longest time between two looks at its feeds while it may publish. Without "
        "it, the file's `interval`."),
    Key(name="attribution", kind="template",
        meaning="A credit line of its own. Without it, the file's `attribution`."),
    Key(name="priority", kind="priority", default="0",
        meaning="Which copy is credited when several outlets ran the same: the highest."),
    Key(name="retain", kind="retain",
        meaning="For how long its pages may be kept in the archive, where its terms say so: "
        "`365 days`. `clipper archive forget --expired` removes what is older. Without it, for "
        "good."),
    Key(name="profile", kind="name",
        meaning="Which of the `profiles` holds for it. Without it, the file's `budget`."),
    _section("budget", "How much of its articles may be republished, where that is its own.",
        *_figures("the profile's"),
        Key(name="basis", kind="text",
            meaning="Why more is allowed: `licence`, `permission`, or `own-text` for what your "
            "campaign wrote itself (all of it, then, unless you give figures)."),
        Key(name="by", kind="text",
            meaning="Who granted it, and how: a name, a date, a letter. Needed for a licence or "
            "a permission."),
        Key(name="until", kind="date",
            meaning="The last day that it counts. After it, the profile holds again."),
        Key(name="agency", kind="yes", default="false",
            meaning="`true` where it covers copy of news agencies too, which is rarely the "
            "outlet's to grant.")),
    Key(name="slug", kind="name",
        meaning="Its short name for commands and the store. Made from `name` when not given; set "
        "it before you change a name, or the outlet counts as a new one."),
)  # fmt: skip

CAMPAIGN: Final = (
    Key(name="name", kind="name", required=True, meaning="The campaign's name; editors see it."),
    Key(name="query", kind="query", shape=_SOME, meaning="What to look for, or a list of several."),
    Key(name="queries", kind="query", shape=_SOME,
        meaning="The same as `query`, for several: an article that any of them finds is a match."),
    Key(name="slug", kind="name",
        meaning="Its short name for commands and pages. Made from `name` when not given."),
)  # fmt: skip

SITE: Final = (
    Key(name="title", kind="text", default="In the news", meaning="The page's title."),
    Key(name="folder", kind="path",
        meaning="Where the pages are written. Without it, `site` in the data folder."),
    Key(name="url", kind="url", meaning="The address under which readers will see it."),
    Key(name="description", kind="text", meaning="A line under the title."),
    Key(name="language", kind="language", default="en",
        meaning="The language of the page's own words."),
    Key(name="per_page", kind="per_page", default="50", meaning="Updates on one page."),
)  # fmt: skip

WORDPRESS: Final = (
    Key(name="url", kind="url",
        meaning="The site's address, as its front page has it. https, unless it is in your own "
        "network and `network: allow:` names that."),
    Key(name="user", kind="text", meaning="The WordPress user who posts."),
    Key(name="password", kind="text", default="CLIPPER_WORDPRESS_PASSWORD",
        meaning="The environment variable that holds an application password of that user."),
    Key(name="status", kind="text", default="draft",
        meaning="What a new post is: `draft`, for somebody to look at there, or `publish`."),
    Key(name="author", kind="text",
        meaning="The login name of the post's author. Without it, the user who posts."),
    Key(name="categories", shape=Shape.TABLE, kind="text",
        meaning="The category for a campaign's posts: `campaign: category`. Without it, one "
        "named like the campaign."),
    Key(name="tags", kind="text", shape=_SOME, meaning="WordPress tags that every post gets."),
    Key(name="images", shape=Shape.TABLE, kind="path",
        meaning="An image of your own for a campaign's posts: `campaign: path`. It becomes the "
        "featured image."),
)  # fmt: skip

PUBLISH: Final = (
    _section("site", "A static page of updates.", *SITE),
    _section("wordpress", "Posts on a WordPress site.", *WORDPRESS),
    _section("markdown", "Markdown files for Hugo, Jekyll or Eleventy.",
        Key(name="folder", kind="path",
            meaning="The folder for the files, such as `content/news`. Other files in it stay.")),
    _section("others", "Places of kinds that other packages bring.",
        Key(name="kind", kind="text", required=True,
            meaning="The kind's name, as its package gives it."),
        Key(name="name", kind="text",
            meaning="What to call the place. Without it, its kind. Never change it later."),
        Key(name="options", shape=Shape.TABLE, kind="text",
            meaning="What the kind wants to know, in its own words."),
        shape=Shape.SECTIONS),
    Key(name="posts", kind="path", default="posts",
        meaning="The folder with news of your own (Markdown files), which the site shows among "
        "the updates."),
    Key(name="theme", kind="path",
        meaning="A folder with templates and a style sheet of your own, which stand in for ours."),
)  # fmt: skip


def _telling(what: str) -> tuple[Key, ...]:
    """The keys that say what somebody is told; `what` is the default."""
    return (
        Key(name="what", kind="text", shape=_SOME,
            meaning="Any of `queued`, `spike`, `failing`, `well-again`, `approved`, `published`, "
            f"`withdrawn`. Without it: {what}."),
        Key(name="campaigns", kind="name", shape=_SOME,
            meaning="Only these campaigns, by name. Without it, all."),
        Key(name="outlets", kind="outlets", default="5",
            meaning="A spike: so many outlets on one story or one campaign …"),
        Key(name="within", kind="interval", default="6 h", meaning="… within so long."),
    )  # fmt: skip


FILE: Final = (
    _section("outlets", "The publications to follow.", *OUTLET,
        shape=Shape.SECTIONS),
    _section("campaigns", "What you look for in them.", *CAMPAIGN, shape=Shape.SECTIONS),
    Key(name="tags", shape=Shape.TABLE, kind="query",
        meaning="Labels that a clipping gets by itself: `label: query`."),
    Key(name="lists", shape=Shape.LISTS, kind="text",
        meaning="Terms that a query can name: with `lenders: [\"First Bank\", Acme]`, a query "
        "says `$lenders`."),
    Key(name="contact", kind="contact",
        meaning="How outlets can reach you. It is sent with every request, as good manners ask."),
    Key(name="interval", kind="interval", default="1 h",
        meaning="The longest time between two looks at a feed while its outlet may publish: so "
        "long after publication a story is found at the latest."),
    _section("rhythm", "How far a schedule may go from `interval`.",
        Key(name="shortest", kind="interval", default="10 min",
            meaning="The shortest time between two looks, when stories come so fast that they "
            "would slip by."),
        Key(name="longest", kind="interval", default="6 h",
            meaning="The longest time, at hours when an outlet does not publish by its own "
            "record, or when it has long been silent. The same as `interval` for no such rests.")),
    Key(name="attribution", kind="template",
        meaning="The credit line. Without it, `Via OUTLET | AUTHORS`."),
    _section("budget", "How much of an article may be republished: the lesser of both.",
        Key(name="words", kind="words", default="150", meaning="Words of one excerpt at most."),
        Key(name="share", kind="share", default="1/3",
            meaning="Part of the article at most. One sentence of a short one is never too much."),
        *_TOTALS),
    _section("profiles", "Other limits, by name, for outlets that say `profile:`. One named "
        "`wire` holds for copy of news agencies in every outlet; without it, 75 words and 1/5.",
        Key(name="name", kind="name", required=True, meaning="Its name."),
        *_figures("the file's `budget`"),
        shape=Shape.SECTIONS),
    _section("network", "Manners and limits on the network.",
        Key(name="gap", kind="gap", default="2 s",
            meaning="The pause between two pages from one outlet."),
        Key(name="deadline", kind="deadline", default="30 s",
            meaning="The time after which one fetch is given up."),
        Key(name="max_megabytes", kind="megabytes", default="10",
            meaning="The size past which a page is given up."),
        Key(name="parallel", kind="parallel", default="16",
            meaning="How many hosts are fetched from at once."),
        Key(name="allow", kind="network", shape=_SOME,
            meaning="Ranges of private addresses that may be fetched from, for an outlet in your "
            "own network. Without it, public addresses only."),
        Key(name="proxy", kind="url",
            meaning="A proxy that every request goes through: `http://host:port`. One set in "
            "the environment is never used."),
        Key(name="ca_file", kind="path",
            meaning="A PEM file of certificate authorities to trust beside the usual ones.")),
    _section("publish", "Where updates go.", *PUBLISH),
    _section("warcs", "Folders into which other crawlers, or colleagues, put web archives "
        "(`.warc`, `.warc.gz`, `.wacz`): each new file is taken in once, by itself.",
        Key(name="folder", kind="path", required=True,
            meaning="The folder. Those in it are looked through too, five deep."),
        Key(name="name", kind="name", meaning="What you call it. Without it, the folder's name."),
        Key(name="max_gigabytes", kind="gigabytes", default="4",
            meaning="The size past which a file is left alone, and you are told."),
        shape=Shape.SECTIONS),
    _section("brief", "The morning brief by e-mail.",
        Key(name="from", kind="mail",
            meaning="Who sends it: `Clips <clips@your-campaign.example>`."),
        Key(name="host", kind="text", meaning="The mail server that takes it."),
        Key(name="port", kind="port",
            meaning="Its port. Without it, 587 for starttls, 465 for tls, 25 for none."),
        Key(name="security", kind="text", default="starttls",
            meaning="`starttls`, `tls`, or `none` for a server on this machine."),
        Key(name="user", kind="text", meaning="The user to log in as. Without it, nobody."),
        Key(name="password", kind="text", default="CLIPPER_MAIL_PASSWORD",
            meaning="The environment variable that holds that user's password."),
        Key(name="cutoff", kind="hour", default="07:00",
            meaning="What is approved after this goes into the next day's brief."),
        Key(name="zone", kind="zone", default="UTC",
            meaning="The time zone of `cutoff`, such as America/Los_Angeles."),
        Key(name="include", kind="text", default="approved",
            meaning="`approved`, or `queued` for what waits for a decision too."),
        Key(name="language", kind="text", default="en",
            meaning="The brief's language: `en` or `es`."),
        Key(name="links", kind="yes", default="false",
            meaning="`true` gives recipients that are editors links to approve or reject what "
            "waits, without log-in. Needs `desk: url:`."),
        Key(name="unsubscribe", kind="mail",
            meaning="Where a wish to be left alone goes. Without it, the sender."),
        _section("recipients", "Who gets it.",
            Key(name="to", kind="mail", required=True, meaning="The address."),
            Key(name="campaigns", kind="name", shape=_SOME,
                meaning="Only these campaigns, by name. Without it, all."),
            Key(name="language", kind="text",
                meaning="This recipient's language. Without it, that of the brief."),
            Key(name="editor", kind="yes", default="false",
                meaning="`true`: with `links`, this recipient may approve and reject by mail."),
            shape=Shape.SECTIONS)),
    _section("desk", "The desk, as people reach it.",
        Key(name="url", kind="url",
            meaning="Its address, such as https://clips.your-campaign.example. Links in mails "
            "lead there.")),
    _section("notices", "Who is told at once, on a chat or phone service.",
        Key(name="name", kind="name", required=True,
            meaning="What you call it: `team-chat`. Never change it later."),
        Key(name="where", kind="text", required=True,
            meaning="The environment variable that holds the address, in apprise's notation."),
        *_telling("queued, spike, failing, well-again"),
        Key(name="quiet", kind="hours",
            meaning="Hours in which nothing is sent, such as 22:00-07:00; it is sent after them, "
            "in one message."),
        Key(name="zone", kind="zone", default="UTC",
            meaning="The time zone of `quiet`, such as America/Los_Angeles."),
        shape=Shape.SECTIONS),
    _section("webhook", "Programs that are told, by signed requests.",
        Key(name="name", kind="name", required=True,
            meaning="What you call it. Never change it later."),
        Key(name="url", kind="url", required=True, meaning="The address that is posted to."),
        Key(name="secret", kind="text", default="CLIPPER_WEBHOOK_SECRET",
            meaning="The environment variable that holds the key to sign with: `whsec_…`."),
        *_telling("queued, approved, published, withdrawn"),
        shape=Shape.SECTIONS),
    _section("archive", "The archive of pages.",
        _section("time_stamps", "A service that vouches for when sealed files and exported "
            "packages existed (RFC 3161).",
            Key(name="service", kind="url", meaning="Its address, as the service names it."),
            Key(name="certificates", kind="path",
                meaning="A PEM file with the service's root certificate, as the service "
                "publishes it. A stamp that does not lead to it is none.")),
        _section("elsewhere", "Where sealed files are kept beside, or instead of, here.",
            Key(name="place", kind="depot", required=True,
                meaning="`s3://bucket/folder` for Amazon S3 and what speaks like it, "
                "`file:///mnt/disk/folder` for a disk, or another place that fsspec knows. Each "
                "archive needs a folder of its own."),
            Key(name="endpoint", kind="url",
                meaning="The service's address, where it is not Amazon's."),
            Key(name="region", kind="text",
                meaning="Its region, where it wants one: `eu-central-1`."),
            Key(name="key", kind="text", default="CLIPPER_ARCHIVE_KEY",
                meaning="The environment variable that holds your key there, as `ACCESS:SECRET` "
                "(or `USER:PASSWORD`). Where it is not set, the machine's own credentials serve."),
            Key(name="keep_local", kind="yes", default="true",
                meaning="`false` removes a sealed file here once the copy there was read back and "
                "agrees with its digest."),
            Key(name="ca_file", kind="path",
                meaning="A PEM file of the certificate authorities to trust there, instead of the "
                "usual ones."),
            Key(name="options", shape=Shape.TABLE, kind="text",
                meaning="What else the place wants to know, in fsspec's words. No secrets."))),
    _section("witness", "Another archive that is asked to keep published pages too.",
        Key(name="service", kind="url", default="https://web.archive.org",
            meaning="Its address. The Internet Archive's, or one that answers like it."),
        Key(name="key", kind="text", default="CLIPPER_WITNESS_KEY",
            meaning="The environment variable that holds your key there, as `ACCESS:SECRET`.")),
)  # fmt: skip
"""The keys of the file, top level first."""

POST: Final = _section(
    "front matter", "What stands above a post of the campaign's own, between two lines `---`.",
    Key(name="title", kind="text", required=True, meaning="Write `title: 'What happened'`."),
    Key(name="date", kind="date", required=True,
        meaning="Write `date: 2026-11-27`, with the time if you like: `2026-11-27 18:30`."),
    Key(name="campaign", kind="name", shape=_SOME,
        meaning="The campaign that it belongs to, or a list of several."),
    Key(name="image", kind="path", meaning="An image of your own, beside the post."),
    Key(name="image_alt", kind="text", meaning="What the image shows, for those who can't see it."),
    Key(name="draft", kind="yes", default="false", meaning="`true` leaves it out."),
)  # fmt: skip
"""The keys above a post of one's own."""

TOP: Final = _section("", "", *FILE)
"""The file as a whole, read like any other section."""
