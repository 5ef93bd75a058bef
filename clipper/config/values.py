"""What a config says, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clipper.config.briefs import BriefPlan
from clipper.config.kinds import nearest
from clipper.config.notices import NoticePlan
from clipper.config.places import Places
from clipper.config.warcs import WarcFolder
from clipper.errors import NotFound, Problem
from clipper.model import Bounds, Budget, Campaign, Outlet, Source
from clipper.text import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How clipper behaves on the network.

    `contact` is the mail address or web address named in the User-Agent, "" when none
    was set. `allow` are CIDR ranges that may be fetched from although they are not
    public. `deadline` bounds one fetch, in seconds; `max_bytes` its body. `proxy` is an
    `http://host:port` or "", `ca_file` a PEM file of further certificate authorities or
    "". `parallel` is the number of hosts that are fetched from at once.
    """

    contact: str = ""
    allow: tuple[str, ...] = ()
    deadline: float = 30.0
    max_bytes: int = 10_000_000
    proxy: str = ""
    ca_file: str = ""
    parallel: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The static page of updates.

    `url` is the address under which readers will see it, without a slash at the end,
    or "". `folder` is absolute.
    """

    folder: Path
    title: str = "In the news"
    url: str = ""
    description: str = ""
    language: str = "en"
    per_page: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessPlace:
    """Another archive: its address without a slash at the end, and the name of the variable
    that holds the key."""

    service: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StampPlace:
    """A time-stamping service: its address, and the absolute path of a PEM file with the
    certificates that its stamps must lead to."""

    service: str
    certificates: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotPlan:
    """Where sealed files of the archive are copied to, and whether the copies here stay.

    `address` has no slash at the end; `key` is the name of the variable that holds the key;
    `options` are in fsspec's words.
    """

    address: str
    endpoint: str = ""
    region: str = ""
    key: str = "CLIPPER_ARCHIVE_KEY"
    keep_local: bool = True
    ca_file: str = ""
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole and valid `sources.yaml`.

    `path` and `data` are absolute. Each `Source.outlet` is the slug of one of
    `outlets`. `tags` maps a label to the query that gives it, `lists` a name to the
    terms that `$name` stands for in a query. `attribution` is the house's template,
    "" for clipper's own. `places` are those to publish to beside the site, `depot` where
    the archive's sealed files are copied to, `witness` the other archive, `stamps` the
    time-stamping service and `brief` the morning brief, None when the file names none;
    `notices` are all who are told at once, by chat or webhook; `warcs` folders into which
    others put web archives. `desk` is the desk's address
    without a slash at the end, "" when none is named.
    `warnings` are doubts that do not stop anything.
    """

    path: Path
    data: Path
    outlets: tuple[Outlet, ...]
    sources: tuple[Source, ...]
    campaigns: tuple[Campaign, ...]
    site: Site
    tags: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    network: Network = field(default_factory=Network)
    places: Places = field(default_factory=Places)
    depot: DepotPlan | None = None
    witness: WitnessPlace | None = None
    stamps: StampPlace | None = None
    brief: BriefPlan | None = None
    notices: tuple[NoticePlan, ...] = ()
    warcs: tuple[WarcFolder, ...] = ()
    desk: str = ""
    rhythm: Bounds = field(default_factory=Bounds)
    attribution: str = ""
    budget: Budget = field(default_factory=Budget)
    warnings: tuple[Problem, ...] = ()

    def sources_named(self, names: Sequence[str]) -> tuple[str, ...]:
        """The slugs of the sources that `names` mean: slugs of sources, or slugs, names
        or aliases of outlets (then all of its sources). Raises `NotFound` with the nearest.
        """
        meant = self._meanings()
        found: dict[str, None] = {}
        for name in names:
            slugs = meant.get(fold(name))
            if slugs is None:
                near = nearest(fold(name), list(meant))
                hint = f" Did you mean {near!r}?" if near else ""
                raise NotFound(f"no source or outlet is called {name!r}.{hint}")
            found.update(dict.fromkeys(slugs))
        return tuple(found)

    def folders_named(self, names: Sequence[str]) -> tuple[tuple[WarcFolder, ...], tuple[str, ...]]:
        """The folders of web archives that `names` mean, and the names that mean none."""
        known = {fold(each.name): each for each in self.warcs}
        meant = {known[fold(name)].name: known[fold(name)] for name in names if fold(name) in known}
        return tuple(meant.values()), tuple(name for name in names if fold(name) not in known)

    def _meanings(self) -> dict[str, tuple[str, ...]]:
        meant: dict[str, tuple[str, ...]] = {}
        for outlet in self.outlets:
            slugs = tuple(source.slug for source in self.sources if source.outlet == outlet.slug)
            for name in (outlet.name, *outlet.aliases):
                meant[fold(name)] = slugs
        for source in self.sources:
            meant[source.slug] = (source.slug,)
        for outlet in self.outlets:
            slugs = tuple(source.slug for source in self.sources if source.outlet == outlet.slug)
            meant[outlet.slug] = slugs
        return meant
