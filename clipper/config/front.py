"""The front matter of a post of the campaign's own: YAML between two lines `---`."""

from __future__ import annotations

from typing import Final

from clipper.config import nodes
from clipper.config.reader import Found, Place, Problems, read
from clipper.config.schema import POST

_FENCE: Final = "---"


def front_matter(written: str, problems: Problems) -> tuple[Found | None, str, int]:
    """The front matter of a file, its text below, and the line on which that begins (from 1).

    None where it can't be read at all; whatever is wrong stands in `problems`.
    """
    lines = written.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != _FENCE:
        problems.add(Place(1, ""), "no front matter stands here.", _REMEDY)
        return None, "", 1
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), 0)
    if not end:
        problems.add(Place(1, ""), "the front matter does not end.", "Close it with a line ---.")
        return None, "", 1
    # A blank line stands for the fence, so that lines keep their numbers.
    above = "\n".join(["", *lines[1:end]]) + "\n"
    try:
        found = read(nodes.parse(above.encode("utf-8", "replace")), problems, POST)
    except nodes.YamlError as error:
        problems.add(Place(error.line, ""), error.text, error.remedy)
        return None, "", 1
    return found, "\n".join(lines[end + 1 :]), end + 2


_REMEDY: Final = (
    "Begin with a line ---, then `title: …` and `date: …`, then a line ---; "
    "'clipper post new' writes such a file."
)
