"""What a server does, in Prometheus' text format (version 0.0.4).

Labels come from the config and from fixed words; their values are escaped all the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .. import __version__
from ..health import Finding, Level
from ..model import Status
from ..store.gauges import Gauges

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric with its samples: pairs of labels and a number."""

    name: str
    kind: str
    text: str
    samples: tuple[tuple[Mapping[str, str], float], ...]


def text_of(metrics: Iterable[Metric]) -> str:
    """The metrics in the text format; one without samples is left out."""
    lines: list[str] = []
    for metric in metrics:
        if metric.samples:
            lines.append(f"# HELP {metric.name} {_help(metric.text)}")
            lines.append(f"# TYPE {metric.name} {metric.kind}")
            lines += [_sample(metric.name, *sample) for sample in metric.samples]
    return "".join(f"{line}\n" for line in lines)


def _help(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _sample(name: str, labels: Mapping[str, str], number: float) -> str:
    inner = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels.items())
    return f"{name}{{{inner}}} {_number(number)}" if inner else f"{name} {_number(number)}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(number: float) -> str:
    if math.isfinite(number):
        return str(int(number)) if number == int(number) else repr(float(number))
    return "NaN" if math.isnan(number) else ("+Inf" if number > 0 else "-Inf")


# ---------------------------------------------------------------- ours


@dataclass(frozen=True, slots=True)
class Files:
    """Bytes on the disk: the archive's and its files' number, the store's, and what is free."""

    archive_bytes: int
    archive_files: int
    store_bytes: int
    free_bytes: int


def files(archive: Path, store: Path) -> Files:
    """What lies on the disk now; what is not there counts nothing."""
    import shutil

    sizes = [each.stat().st_size for each in archive.rglob("*") if each.is_file()]
    return Files(
        archive_bytes=sum(sizes),
        archive_files=len(sizes),
        store_bytes=store.stat().st_size if store.exists() else 0,
        free_bytes=shutil.disk_usage(store.parent).free if store.parent.exists() else 0,
    )


def metrics(
    gauges: Gauges, findings: Iterable[Finding], disk: Files, now: datetime
) -> tuple[Metric, ...]:
    """All that is told of a server."""
    return (*_work(gauges), *_rounds(gauges, now), *_health(gauges, findings), *_disk(disk))


def _one(name: str, kind: str, text: str, number: float) -> Metric:
    return Metric(f"clipper_{name}", kind, text, (({}, float(number)),))


def _many(name: str, text: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> Metric:
    return Metric(f"clipper_{name}", "gauge", text, tuple(samples))


def _work(gauges: Gauges) -> Iterator[Metric]:
    yield Metric(
        "clipper_build_info", "gauge", "Always 1; its label is clipper's version.",
        (({"version": __version__}, 1.0),),
    )  # fmt: skip
    yield _many(
        "clippings", "Clippings by status; queued ones wait for a decision.",
        (({"status": each.value}, gauges.clippings.get(each.value, 0)) for each in Status),
    )  # fmt: skip
    yield _one("entries_pending", "gauge", "Entries that wait for their page.", gauges.pending)
    yield _many(
        "outbox", "Updates to be sent that have no receipt; failed ones were tried.",
        (
            ({"state": state}, sum(n for (_, tried), n in gauges.outbox.items() if tried is failed))
            for state, failed in (("waiting", False), ("failed", True))
        ),
    )  # fmt: skip
    yield _many(
        "outbox_by_place", "The same by place, where anything waits.",
        (
            ({"place": place, "state": "failed" if failed else "waiting"}, number)
            for (place, failed), number in sorted(gauges.outbox.items())
        ),
    )  # fmt: skip
    yield _many(
        "brief_letters", "Letters of the morning brief by state.",
        (({"state": state}, number) for state, number in sorted(gauges.letters.items())),
    )  # fmt: skip


def _rounds(gauges: Gauges, now: datetime) -> Iterator[Metric]:
    yield _one("rounds_total", "counter", "Rounds begun since the store was made.", gauges.rounds)
    if gauges.last_round is None:
        return
    began, ended = gauges.last_round
    yield _one(
        "last_round_timestamp_seconds", "gauge", "When the latest finished round ended.",
        ended.timestamp(),
    )  # fmt: skip
    yield _one(
        "last_round_age_seconds", "gauge", "Seconds since the latest finished round ended.",
        (now - ended).total_seconds(),
    )  # fmt: skip
    yield _one(
        "last_round_duration_seconds", "gauge", "How long the latest finished round took.",
        (ended - began).total_seconds(),
    )  # fmt: skip


def _health(gauges: Gauges, findings: Iterable[Finding]) -> Iterator[Metric]:
    found = [each.level for each in findings]
    yield _many(
        "findings", "What clipper doctor finds of the sources and folders, by level.",
        (({"level": level.value}, found.count(level)) for level in Level),
    )  # fmt: skip
    yield _one("sources", "gauge", "Sources that the config names.", len(gauges.failures))
    yield _one("sources_gone", "gauge", "Sources that are gone for good.", gauges.gone)
    yield _many(
        "source_failures", "Looks that failed in a row.",
        (
            ({"outlet": outlet, "source": source}, number)
            for (outlet, source), number in sorted(gauges.failures.items())
        ),
    )  # fmt: skip
    for name, text, numbers in (
        ("looks_failed_last_day", "Looks that failed in the last 24 hours.", gauges.looks_failed),
        ("pages_failed_last_day", "Pages not had in the last 24 hours.", gauges.pages_failed),
    ):
        yield _many(
            f"outlet_{name}", text,
            (({"outlet": outlet}, number) for outlet, number in sorted(numbers.items())),
        )  # fmt: skip


def _disk(disk: Files) -> Iterator[Metric]:
    yield _one("archive_bytes", "gauge", "Size of the archive.", disk.archive_bytes)
    yield _one("archive_files", "gauge", "Files of the archive.", disk.archive_files)
    yield _one("store_bytes", "gauge", "Size of the store's file.", disk.store_bytes)
    yield _one("disk_free_bytes", "gauge", "Room where the store is.", disk.free_bytes)
