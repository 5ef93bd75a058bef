"""News pages as sites build them, made by dice: what `bench/serve.py` serves.

Pages are built like those of news sites in all that a reader of HTML pays for. Medians of 25
real ones, and of 40 of these, one an outlet:

| | real | here |
|---|---|---|
| KB, of them gzipped | 139, 31 | 138, 34 |
| elements; mean depth, greatest | 828; 9.6, 19 | 825; 9.1, 17 |
| attributes; KB of their values | 1436; 52 | 1964; 59 |
| characters that are shown; in paragraphs | 9,500; 5,700 | 9,000; 6,400 |
| KB of script, of JSON-LD, of style | 22, 2.3, 11 | 22, 2.0, 10 |

Outlets differ in size and weight as real ones do. Real pages are more various still: trafilatura
takes 13.7 ms for the median one (30 on average, 204 at most), 9.8 for the median one here.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

FUNCTION_WORDS = """the the the of of to to and and a a in in for on that said is was with at by
from as it its has had have were would will about after before which who their not but or an be been
more than over under into this these when while"""
SYLLABLES = """ba ber can dor el fen gar hol in jar ken lar mon nor os per quil ran sel tor un ver
wick yar zel bro cle dra fle gri plo ster tran chi shel thor ment ing ton ley ford"""
TOPIC = """The trustees voted to divest the endowment from private prison companies.
Students had asked for years that the fund sell its shares in for-profit prisons.
The pension board holds about nine million dollars in the stock of a private prison operator.
A spokesman for the company said that divestment would not change how prisons are run."""
FIRST_NAMES = "Ana Ben Carla Dev Elena Frank Grace Hugo Ines Jamal Kim Luis Maya Noor Omar Priya"
LAST_NAMES = "Alvarez Brooks Castillo Dunn Ellis Fontaine Garcia Hale Ito Jensen Kaur Lopez"
FIRST, LAST = FIRST_NAMES.split(), LAST_NAMES.split()


FUNCTION, SYLLABLE = FUNCTION_WORDS.split(), SYLLABLES.split()
# Words by rank, weighted by Zipf's law: a few are everywhere, most are rare, as in news. Were
# sentences put together from phrases, unrelated articles would pass for copies of each other.
WORDS = ["".join(random.Random(n).choices(SYLLABLE, k=2 + n % 2)) for n in range(8_000)]
WEIGHTS = list(accumulate(1 / (rank + 20) for rank in range(len(WORDS))))


@dataclass(frozen=True)
class Story:
    title: str
    author: str
    paragraphs: list[str]
    at: datetime


def sentence(dice: random.Random, least: int = 10, most: int = 30) -> str:
    count = dice.randint(least, most)
    rare = dice.choices(WORDS, cum_weights=WEIGHTS, k=count)
    common = dice.choices(FUNCTION, k=count)
    words = [common[n] if dice.random() < 0.45 else rare[n] for n in range(count)]
    return " ".join(words).capitalize() + "."


def story(dice: random.Random, at: datetime) -> Story:
    on_topic = dice.random() < 1 / 12
    paragraphs = [
        " ".join(sentence(dice) for _ in range(dice.choice((1, 1, 2, 2, 3))))
        for _ in range(dice.randint(14, 36))
    ]
    if on_topic:
        paragraphs[dice.randint(0, 3)] = " ".join(TOPIC.splitlines()[: dice.randint(2, 4)])
    title = sentence(dice, 6, 12).rstrip(".")
    return Story(title[:110], f"{dice.choice(FIRST)} {dice.choice(LAST)}", paragraphs, at)


# ---------------------------------------------------------------- what stands round a story

CLASS_WORDS = """wp-block site entry post is-layout has-text grid row col flex item card media
inner outer wrap content main primary module section block style margin padding desktop mobile
sticky theme color link button image title meta list menu"""
CLASS_PARTS = CLASS_WORDS.split()


@dataclass(frozen=True)
class Template:
    """What an outlet sets round each story: in the head, above and below."""

    head: str
    above: str
    below: str
    depth: int


def names(dice: random.Random, least: int = 1, most: int = 4) -> str:
    """A class attribute's value."""
    return " ".join(
        f"{dice.choice(CLASS_PARTS)}-{dice.choice(CLASS_PARTS)}"
        for _ in range(dice.randint(least, most))
    )


def address(dice: random.Random) -> str:
    """An absolute address of a story or picture, of the usual length."""
    words = "-".join(dice.choice(WORDS) for _ in range(dice.randint(3, 7)))
    return f"https://www.example.org/{dice.choice(WORDS)}/2025/{dice.randint(1, 12):02}/{words}/"


def extra(dice: random.Random) -> str:
    """What themes and scripts hang on an element beside its class, half of the time."""
    if dice.random() < 0.5:
        return ""
    return (
        f' data-id="{dice.randrange(16**7):07x}" data-{dice.choice(WORDS)}="{names(dice)}"'
        f' style="margin-top:{dice.randint(0, 40)}px;flex-basis:{dice.randint(0, 100)}%"'
    )


def nested(dice: random.Random, inner: str, depth: int) -> str:
    """`inner` in so many boxes, as page builders leave them."""
    for level in range(depth):
        pad = "\n" + " " * 2 * (depth - level)
        inner = f'{pad}<div class="{names(dice, 1, 5)}"{extra(dice)}>{inner}{pad}</div>'
    return inner


def picture(dice: random.Random) -> str:
    """An image; each third names its other sizes."""
    stem = address(dice).rstrip("/")
    widths = (300, 600, 768, 1024, 1536) if dice.random() < 0.35 else ()
    sizes = ", ".join(f"{stem}-{width}.jpg {width}w" for width in widths)
    several = f' srcset="{sizes}" sizes="(max-width: 768px) 100vw, 768px"' if sizes else ""
    return (
        f'<img width="768" height="512" src="{stem}.jpg" class="{names(dice)}" '
        f'alt="{sentence(dice, 3, 8)}" loading="lazy" decoding="async"{several}{extra(dice)}/>'
    )


def menu(dice: random.Random, count: int) -> str:
    """A list of links to sections."""
    rows = "".join(
        f'\n    <li id="menu-item-{dice.randrange(10**6)}" class="{names(dice, 2, 5)}">'
        f'<a href="https://www.example.org/{dice.choice(WORDS)}/{dice.choice(WORDS)}/" '
        f'class="{names(dice, 1, 2)}"{extra(dice)}>{dice.choice(WORDS).title()}</a></li>'
        for _ in range(count)
    )
    return f'\n  <ul class="{names(dice)}">{rows}\n  </ul>'


def teaser(dice: random.Random) -> str:
    """Another story's card: a picture at times, a headline, a section."""
    link = address(dice)
    shown = picture(dice) if dice.random() < 0.95 else ""
    return nested(
        dice,
        f'<a href="{link}" class="{names(dice, 1, 2)}" tabindex="-1">{shown}</a>'
        f'<h3 class="{names(dice, 1, 2)}"><a href="{link}">{sentence(dice, 5, 10)}</a></h3>'
        f'<span class="{names(dice, 1, 2)}">{dice.choice(WORDS).title()}</span>'
        f'<span class="{names(dice, 1, 2)}"{extra(dice)}><span>{dice.choice(LAST)}</span></span>',
        dice.randint(3, 7),
    )


def icon(dice: random.Random) -> str:
    """A link to a social network, with its drawing."""
    stroke = " ".join(f"{dice.random() * 24:.3f}" for _ in range(30))
    return (
        f'<li><a href="https://social.example/{dice.choice(WORDS)}" class="{names(dice)}" '
        f'rel="noopener" target="_blank"><svg width="24" height="24" viewBox="0 0 24 24">'
        f'<path d="M{stroke}"></path><path d="M{stroke[:60]}z"></path></svg>'
        f'<span class="screen-reader-text">{dice.choice(WORDS).title()}</span></a></li>'
    )


def script(dice: random.Random, room: int) -> str:
    """Inline script of about `room` characters."""
    lines = (
        f'(function(w){{w._q=w._q||[];w._q.push(["set","k{dice.randrange(16**8):08x}",'
        f'{dice.randrange(10**9)}]);if(w.m){{w.m({{slot:"{dice.randrange(16**12):012x}"}})}}'
        f"}})(window);\n"
        for _ in range(room // 110)
    )
    return f"<script>{''.join(lines)}</script>\n"


def style(dice: random.Random, room: int) -> str:
    """A style sheet of about `room` characters."""
    rules = (
        f".{names(dice, 1, 1)}-{dice.randrange(16**4):04x}{{margin:{dice.randint(0, 40)}px;"
        f"color:#{dice.randrange(16**6):06x};display:flex}}\n"
        for _ in range(room // 66)
    )
    return f"<style>{''.join(rules)}</style>\n"


def template(dice: random.Random, name: str) -> Template:
    """An outlet's template; templates differ in size and weight as those of real ones do."""
    scale = min(4.0, max(0.5, dice.lognormvariate(0.2, 0.42)))
    heavy = min(6.0, max(0.2, dice.lognormvariate(0.1, 0.9)))
    return Template(_head(dice, scale, heavy), _above(dice, name, scale), _below(dice, scale),
                    dice.randint(7, 13))  # fmt: skip


def _head(dice: random.Random, scale: float, heavy: float) -> str:
    links = "".join(
        f'<link rel="{dice.choice(("preload", "stylesheet", "dns-prefetch"))}" '
        f'href="{address(dice)}{n}.css?ver=6.{n}" media="all">\n'
        for n in range(int(18 * scale))
    )
    loaded = "".join(
        f'<script src="{address(dice)}{n}.js" async id="{names(dice, 1, 1)}-js"></script>\n'
        for n in range(int(11 * scale))
    )
    metas = "".join(
        f'<meta name="{dice.choice(WORDS)}:{n}" content="{sentence(dice, 3, 12)}">\n'
        for n in range(18)
    )
    inline = "".join(script(dice, int(1_900 * heavy)) for _ in range(11))
    return links + metas + loaded + style(dice, int(11_500 * heavy)) + inline


def _above(dice: random.Random, name: str, scale: float) -> str:
    menus = "".join(menu(dice, int(13 * scale)) for _ in range(5))
    social = f'<ul class="{names(dice)}">{"".join(icon(dice) for _ in range(int(5 * scale)))}</ul>'
    search = (
        '<form role="search" action="/"><input type="search" name="s"><input type="submit">'
        '<button class="search-toggle">Search</button></form>'
    )
    logo = f'<a href="/" class="site-logo">{picture(dice)}<span>{name}</span></a>'
    return (
        f"\n<!-- masthead -->\n<header>{nested(dice, logo, 5)}"
        f'<nav class="{names(dice)}">{nested(dice, menus, 7)}</nav>'
        f"{nested(dice, social + search, 3)}</header>\n"
    )


def _below(dice: random.Random, scale: float) -> str:
    lists = "".join(
        nested(
            dice,
            f'<h2 class="{names(dice)}">{dice.choice(WORDS).title()}</h2>'
            + "".join(f"\n<!-- slot {n} -->{teaser(dice)}" for n in range(int(9 * scale))),
            3,
        )
        for _ in range(2)
    )
    slots = "".join(
        nested(dice, f'<div id="ad-slot-{n}" class="{names(dice)}"></div>', 5)
        for n in range(int(12 * scale))
    )
    menus = "".join(menu(dice, int(5 * scale)) for _ in range(9))
    return (
        f'<aside class="{names(dice)}">{lists}</aside>{slots}'
        f"<footer>{nested(dice, menus, 6)}{nested(dice, '<p>&copy; 2025</p>', 2)}</footer>"
    )


# ---------------------------------------------------------------- a page


def linked_data(story: Story, name: str, url: str, dice: random.Random) -> str:
    """The page's JSON-LD as the common plug-ins write it: a graph, the nodes by reference."""
    home = "https://www.example.org"
    when = story.at.isoformat()
    author = {"@type": "Person", "@id": f"{home}/#/person/{story.author}", "name": story.author}
    graph = [
        {"@type": "NewsArticle", "@id": f"{url}#article", "headline": story.title,
         "datePublished": when, "dateModified": when, "mainEntityOfPage": {"@id": url},
         "author": [{"name": story.author, "@id": author["@id"]}],
         "publisher": {"@id": f"{home}/#organization"}, "thumbnailUrl": address(dice),
         "articleSection": ["News"], "inLanguage": "en-US"},
        {"@type": "WebPage", "@id": url, "url": url, "name": f"{story.title} - {name}",
         "isPartOf": {"@id": f"{home}/#website"}, "datePublished": when,
         "description": story.paragraphs[0][:150], "breadcrumb": {"@id": f"{url}#breadcrumb"}},
        {"@type": "BreadcrumbList", "@id": f"{url}#breadcrumb", "itemListElement": [
            {"@type": "ListItem", "position": 1, "name": "Home", "item": home},
            {"@type": "ListItem", "position": 2, "name": story.title}]},
        {"@type": "WebSite", "@id": f"{home}/#website", "url": home, "name": name},
        {"@type": "Organization", "@id": f"{home}/#organization", "name": name, "url": home,
         "logo": {"@type": "ImageObject", "url": address(dice), "width": 600, "height": 60}},
        author,
    ]  # fmt: skip
    return json.dumps({"@context": "https://schema.org", "@graph": graph})


def metas(story: Story, name: str, url: str, dice: random.Random) -> str:
    """The meta elements that sharing asks for."""
    told = {
        "og:title": story.title, "og:site_name": name, "og:url": url, "og:type": "article",
        "og:description": story.paragraphs[0][:150], "og:image": address(dice),
        "article:published_time": story.at.isoformat(), "twitter:card": "summary_large_image",
        "twitter:title": story.title, "viewport": "width=device-width", "robots": "index, follow",
        "article:modified_time": story.at.isoformat(), "og:locale": "en_US",
    }  # fmt: skip
    return "".join(f'<meta property="{key}" content="{value}">\n' for key, value in told.items())


def paragraph(dice: random.Random, words: str) -> str:
    """A paragraph; one in eight holds a link, one in twelve emphasis."""
    first, _, rest = words.partition(" ")
    if dice.random() < 1 / 8:
        return f'<p><a href="{address(dice)}">{first}</a> {rest}</p>'
    if dice.random() < 1 / 12:
        return f"<p><strong>{first}</strong> <span>{rest}</span></p>"
    return f"<p>{words}</p>"


def page(story: Story, name: str, url: str, around: Template, dice: random.Random) -> str:
    """One story's page in its outlet's template."""
    text = "\n".join(paragraph(dice, words) for words in story.paragraphs)
    shown = (
        f'<figure class="wp-block-image">{picture(dice)}'
        f"<figcaption>{sentence(dice, 6, 14)}</figcaption></figure>"
    )
    tags = "".join(f'<a rel="tag" href="/tag/{n}">{dice.choice(WORDS)}</a> ' for n in range(5))
    article = f"""<article class="post type-post"><h1 class="entry-title">{story.title}</h1>
<div class="entry-meta"><span class="byline">By <a rel="author" href="/author/{story.author}">\
{story.author}</a></span>
<time datetime="{story.at.isoformat()}">{story.at:%B %d, %Y}</time></div>
{shown}{nested(dice, text, 2)}<div class="tags">{tags}</div></article>"""
    return f"""<!DOCTYPE html>
<html lang="en-US"><head><meta charset="utf-8"><title>{story.title} - {name}</title>
<link rel="canonical" href="{url}">
{metas(story, name, url, dice)}
<script type="application/ld+json">{linked_data(story, name, url, dice)}</script>
{around.head}</head><body class="{names(dice)}">{around.above}
{nested(dice, f"<main>{article}</main>", around.depth)}{around.below}
<noscript><iframe src="https://tags.example/ns"></iframe></noscript></body></html>
"""
