"""`clipper sources`: what is looked at and how it fares; more of it added, taken in, handed on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import click

from .home import Home, NothingYet, now
from .sources_add import add
from .sources_lists import export, import_
from .words import ago, count, put_json

if TYPE_CHECKING:
    from ..health import Finding
    from ..model import Pulse, Source
    from ..store import SourceState


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def sources(context: click.Context, as_json: bool) -> None:
    """List the sources and how each fares, those in trouble first; add more."""
    if context.invoked_subcommand is None:
        _listed(context.obj, as_json)


sources.add_command(add)
sources.add_command(export)
sources.add_command(import_)


def _listed(home: Home, as_json: bool) -> None:
    states, findings, pulses = _known(home)
    at = now()
    rows = [
        (source, *_health(states.get(source.slug), findings.get(source.slug), at))
        for source in home.config.sources
    ]
    rows.sort(key=lambda row: (ORDER.index(row[1]), row[0].slug))
    if as_json:
        put_json(
            [
                _as_json(source, word, said) | _rhythm(states.get(source.slug), pulses)
                for source, word, said in rows
            ]
        )
        return
    names = {outlet.slug: outlet.name for outlet in home.config.outlets}
    for source, word, said in rows:
        state = states.get(source.slug)
        looked = ago(state.last_success_at if state else None, at)
        name = names[source.outlet]
        click.echo(f"{name}: {word} · {source.kind} {source.address} · read {looked}")
        if said:
            click.echo(f"  {said}")
        if state is not None and not state.gone:
            click.echo(f"  {_next(state, pulses.get(source.slug), at)}")
    well = sum(word == "well" for _, word, _ in rows)
    click.echo(f"{count(len(rows), 'source')}, {well:,} of them well.")
    if home.config.warcs:
        number = count(len(home.config.warcs), "folder")
        click.echo(f"And {number} of web archives: clipper archive folders")


def _rhythm(state: SourceState | None, pulses: Mapping[str, Pulse]) -> dict[str, str]:
    pulse = pulses.get(state.source.slug) if state else None
    due_at = state.due_at.isoformat() if state else ""
    return {"due_at": due_at, "why": pulse.why.value if pulse else ""}


def _as_json(source: Source, word: str, said: str) -> dict[str, str]:
    return {
        "source": source.slug,
        "outlet": source.outlet,
        "kind": source.kind,
        "address": source.address,
        "health": word,
        "said": said,
    }


def _next(state: SourceState, pulse: Pulse | None, at: datetime) -> str:
    """When a schedule looks at it next, and why then."""
    from ..sources.due import WORDS

    due_at = max(state.due_at, state.held_until or state.due_at)
    minutes = int((due_at - at).total_seconds() // 60)
    span = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
    when = "is due" if minutes < 1 else f"is due in {span}"
    return f"{when}: {WORDS[pulse.why]}" if pulse is not None else when


def _known(
    home: Home,
) -> tuple[dict[str, SourceState], dict[str, Finding], Mapping[str, Pulse]]:
    """How the sources fared, what their histories tell, and their rhythm; nothing before the
    first round."""
    from ..health import judge

    try:
        with home.open_store() as store:
            states = {state.source.slug: state for state in store.sources.list()}
            histories = store.histories.list(now())
            pulses = store.pulses.list()
    except NothingYet:
        return {}, {}, {}
    return states, {each.slug: found[0] for each in histories if (found := judge(each))}, pulses


ORDER = ("gone", "failing", "in doubt", "left alone", "not looked at yet", "well")


def _health(state: SourceState | None, finding: Finding | None, at: datetime) -> tuple[str, str]:
    """How a source fares, in a word, and what is to be said beside."""
    from ..health import STANDS

    if state is None or (state.last_polled_at is None and not state.failures):
        return "not looked at yet", ""
    if state.gone:
        said = "The outlet says that it is gone for good. It rests until you fetch it by name."
        return "gone", said
    if state.held_until is not None and state.held_until > at:
        return "left alone", state.error
    if finding is not None and finding.kind in STANDS:
        return "failing", f"{finding.text} {finding.remedy}"
    if state.failures:
        times = count(state.failures, "time")
        row = times if state.failures == 1 else f"{times} in a row"
        return "failing", f"{state.error} ({row})"
    if finding is not None:
        return "in doubt", f"{finding.text} {finding.remedy}"
    return "well", ""
