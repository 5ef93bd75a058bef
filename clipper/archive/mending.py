"""What a kill or a power failure left at the end of a file, set aside.

Only what was never acknowledged can be torn: it stands beyond what was synced. An event of
which not all records are there goes aside as a whole; its page is fetched again.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import ArchiveError
from . import agreeing
from .checking import Seen, read_through
from .disk import DISK, Disk


def mend(path: Path, synced: int | None, disk: Disk = DISK) -> int:
    """Set aside what is no whole event at the end of a WARC file; its size then.

    `synced` is up to where it was synced at least, None when that is not known. What is cut
    is kept beside the file as `NAME.OFFSET.torn`. Raises ArchiveError when the file is
    shorter than what was synced: then records that were acknowledged are gone.
    """
    size, start = path.stat().st_size, synced or 0
    if size < start:
        raise ArchiveError(
            f"{path} is {start - size} bytes shorter than what was written to it. Records "
            "are missing. Put back a copy of the file from a backup; if there is none, "
            "'clipper archive repair' lets new pages be kept, and names what is lost."
        )
    if size == start:
        return size
    whole = _whole_until(path, start, is_known=synced is not None)
    if whole < size:
        disk.cut(path, whole)
    return whole


def _whole_until(path: Path, start: int, *, is_known: bool) -> int:
    """Where the last whole event ends.

    Beyond what is known to have been synced, nothing counts that follows a damage. Where
    that is not known, a damage may be older, and what follows it is no torn tail.
    """
    seen: list[Seen] = []
    for each in read_through(path, start):
        if isinstance(each, Seen):
            seen.append(each)
        elif is_known:
            break
    groups, _ = agreeing.grouped(path.name, seen)
    ends = [start, *(each.offset + each.length for each in seen if each.kind == "warcinfo")]
    ends += [
        last.offset + last.length
        for group in groups
        if not group.main.is_hop and not any(agreeing.gaps(group))
        for last in [(group.main, *group.beside)[-1]]
    ]
    return max(ends)
