"""The desk in a browser: what `clipper web` serves. The room's door is `create_app`.

    request -> security.guard (host, origin, CSRF, session, role) -> view -> template

A **view module** holds views of at most 15 lines and a literal table `ROUTES`; it is
named in `app.MODULES`, and that is all:

    from clipper.store import Role
    from .office import office
    from .routes import Route
    from .session import person, say

    def show(number: int) -> str:
        clipping = office().store.clippings.get(number)
        return render_template("judge.html", clipping=clipping)

    def approve(number: int) -> Response:
        desk.approve(office().store, number, who=person().name, now=office().now(), …)
        say(gettext("Approved."), undo=url_for("judging.undo"))
        return redirect(url_for("queue.show"))

    ROUTES = (
        Route("/clippings/<int:number>", show, Role.VIEWER),
        Route("/clippings/<int:number>/approve", approve, Role.EDITOR, methods=("POST",)),
    )

There is no decorator to forget: the role stands in the table, and what is in no table
is not served. The endpoint is `module.function`. A route with `nav=N_("Campaigns")`
stands in the navigation. GET never changes anything. Roles: a viewer reads, an editor
judges and clips by hand, an admin changes `sources.yaml`.

**What a view has.** `office()` is the `Office`: `.store` (one `Store`, safe from many
threads), `.config()` (the newest good config; re-read when the file changed),
`.now()`, `.hands()` (a context manager that gives `pipeline.Parts` to fetch with),
`.outlet(slug)`. `person()` is who asks. `say(text, undo=URL)` is told on the next page;
`undo` makes it a button that posts there. Raise errors of `clipper.errors`:
NotFound -> 404, Refused -> 409, QueryError and ConfigError -> 400, StoreBusy -> 503,
each a plain page (or, for htmx, words in the live region `#said`). Never build one
from foreign text and mark it safe: Jinja escapes everything, and `|safe` is not used.

**Templates** extend `base.html` (blocks `title`, `main`; `wide` = "wide" for the whole
width) and use the macros of `parts.html`: `{{ parts.csrf() }}` in every form that posts,
`parts.status(clipping.status)`, `parts.doubts(...)`. Globals: `csrf_token()`,
`person()`, `may("editor")`, `asset("desk.css")`, `_()`, `ngettext()`, `words_of(doubt)`,
`outlet_name(slug)`, `campaign_name(slug)`. Filters: `day`, `moment`, `ago`, `number`,
`percent`, `names`, `hostname`. Words for people are English in `_()`; their Spanish stands
in `clipper/web/locale/es/*.po`, one file a subject (make your own; no compiling).
Also from Python: `from .language import gettext, ngettext, N_`.

**htmx** is loaded on each page, without eval and inline script; each of its requests
carries the CSRF token by a header that `base.html` sets. `is_fragment()` (session) tells
that htmx asks: answer with a fragment template instead of the page. Put `id="said"`'s
words by an out-of-band swap with `{% include "said.html" %}`. Text of outlets stands in
an element with `hx-disable`. Scripts are files of `static/`, loaded in the block
`scripts` with `<script src="{{ asset('desk.js') }}" defer></script>`; the CSP knows no
inline script, style attribute or foreign host.

**The queue page**: rows are `[data-row]` with `data-judge` (the URL of the judging page);
checkboxes `name=story` belong to the form `#bulk` (`judge_bulk.html` is included there
when it exists, and lies within the form). The filter lives in the URL; `filters.asked()`
gives it as a `store.Filter`, `filters.address(filter)` as a query string again;
`store.queue.next(filter, number)` is the id of the following story in it. A link into
judging carries the filter's query string.

**CSS** (`static/desk.css`, the only stylesheet): custom properties `--ink --quiet --paper
--panel --line --accent --on-accent --good --bad --warn --mark --gap`; components `.panel`,
`.stack`, `.cluster`, `.two` (two columns, one on a phone), `.button` (`.primary .danger .quiet
.small`), `.field` (label + control + `.hint` + `.wrong`), `.chip`, `.badge`, `.meta`,
`.warnings`, `table.list`, `mark`, `kbd`, `.hidden-but-read`, `.said`, `details.more`.
Targets are at least 24 px, on touch 44 px.

**Tests**: `tests/desks.py` has `office_of(folder, …)`, `client_of(office, Role.EDITOR)`
(a logged-in Flask test client whose `.csrf` is the token and whose `send(path, **form)`
posts with it), `serving_desk(office)` (the real server on loopback). Browser tests in
`tests/browser/` have the fixtures `desk` (served, with clippings) and `page_of`
(`page_of(role, phone=False, dark=False, script=True)`: a page that is logged in and
fails the test on a console error or a request to another host) and `axe(page)`.
"""

from .app import create_app
from .office import ConfigKept, Office, Settings
from .routes import Route
from .serving import serve
from .session import digest

__all__ = ["ConfigKept", "Office", "Route", "Settings", "create_app", "digest", "serve"]
