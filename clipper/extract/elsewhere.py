"""Whether another page stands where the article should: the home page, or a "not found" page
that an outlet serves as if all were well (a soft 404).

Such a page is full of other stories' words: read as the article it would match queries that
the article never satisfied.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from clipper import text
from clipper.model import Entry, ExtractError, Page

NOT_FOUND = re.compile(
    r"(?:(?:error )?(?:404|410)(?: error)?(?: (?:page )?not found)?|"
    r"(?:sorry |oops )?(?:(?:the|this|that) )?(?:page|article|story|content|document|post)"
    r"(?: (?:you (?:are looking|were looking|requested|asked) ?(?:for)?|requested))?"
    r" (?:was |is |has been |can ?not be |could not be |can t be |couldn t be )?"
    r"(?:not found|found|removed|deleted|unavailable|no longer available|not available|"
    r"does not exist|doesn t exist|gone|missing)|"
    r"(?:page|file|article|nothing|content) not found|not found|"
    r"pagina no encontrada|(?:la )?(?:pagina|noticia|articulo) (?:solicitad[ao] )?"
    r"(?:no (?:existe|encontrad[ao]|se encuentra|disponible|esta disponible))|"
    r"(?:no se encontro|no encontramos) la pagina|"
    r"page (?:introuvable|non trouvee)|(?:cette )?page n existe (?:pas|plus)|"
    r"seite (?:nicht gefunden|existiert nicht)|pagina non trovata|pagina nao encontrada)"
)
"""A folded headline, or one part of a page's title, that says there is nothing here."""
PARTS = re.compile(r"\s+[|–—·»:-]\s+|:\s+")
"""What stands between the parts of a page's title."""
ALIKE = 0.5
"""The share of the entry's words in the page's headline from which they are one story's."""


def sent_home(page: Page) -> bool:
    """Whether an article's address led, by redirects, to a site's home page."""
    if not page.asked:
        return False
    asked, reached = urlsplit(page.asked), urlsplit(page.url)
    is_home = reached.path in ("", "/") and not reached.query and not reached.fragment
    return is_home and bool(asked.path.strip("/") or asked.query)


def says_not_found(headlines: tuple[str, ...], entry: Entry | None) -> bool:
    """Whether one of a page's headlines says, as a whole or in one part, that nothing is here.

    A story whose own headline in the feed reads like that ("404 Not Found: …") is believed.
    """
    told = [part for line in headlines for part in (line, *PARTS.split(line))]
    if not any(NOT_FOUND.fullmatch(_folded(part)) for part in told):
        return False
    return entry is None or not any(_alike(entry.title, line) for line in headlines)


def fault(page: Page, headlines: tuple[str, ...], entry: Entry | None) -> ExtractError | None:
    """What stands in the article's place, as an error of kind `home-page` or `not-found`; None
    when the article itself does."""
    if sent_home(page):
        return ExtractError(
            kind="home-page", text="The address leads to the outlet's home page, not to a story."
        )
    if says_not_found(headlines, entry):
        return ExtractError(
            kind="not-found", text="The outlet shows a page that says the story is not there."
        )
    return None


def _folded(line: str) -> str:
    return " ".join(text.words(text.fold(line)))


def _alike(wanted: str, line: str) -> bool:
    asked, found = set(text.words(text.fold(wanted))), set(text.words(text.fold(line)))
    return bool(asked) and len(asked & found) >= ALIKE * len(asked)
