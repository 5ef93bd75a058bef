"""The reference page of all keys, made from the schema."""

from __future__ import annotations

from collections.abc import Iterator

from clipper.config.kinds import KINDS
from clipper.config.schema import FILE, Key, Shape

_HEAD = """\
# sources.yaml: all keys

<!-- Made from the schema by: python -m clipper.config > docs/reference/config.md -->

One file says what clipper follows and looks for. It is `sources.yaml` in the folder
where clipper runs, or the file named by `--config` or the environment variable
`CLIPPER_CONFIG`. What clipper keeps goes to `data` beside it, or to the folder named by
`--data` or `CLIPPER_DATA`.

`clipper check` reads the file and lists every problem with its line and the remedy. A file
with a problem is refused as a whole. In a problem's place rows are counted from 1:
`outlets[2].feed` is the feed of the second outlet.

The file is YAML, with these differences: a value is always the text that you typed (`no`,
`010` and `2024-01-01` are fine as names), tags (`!…`) are refused, and a key may stand only
once. It may have 512 KB.

Passwords and other secrets never stand in the file. They come from environment variables,
or from a file named by the variable with `_FILE` added.
"""


def reference() -> str:
    """The page as Markdown."""
    return "\n".join([_HEAD, *_sections("", FILE)]).rstrip("\n") + "\n"


def _sections(path: str, keys: tuple[Key, ...]) -> Iterator[str]:
    yield f"## {'`' + path + '`' if path else 'The file'}\n"
    yield "| key | what it is | default | what it holds |"
    yield "|---|---|---|---|"
    for key in keys:
        yield _row(key)
    yield ""
    for key in keys:
        if key.keys:
            yield from _sections(f"{path}.{key.name}" if path else key.name, key.keys)


def _row(key: Key) -> str:
    default = "required" if key.required else (f"`{key.default}`" if key.default else "")
    return f"| `{key.name}` | {key.meaning} | {default} | {_holds(key)} |"


def _holds(key: Key) -> str:
    kind = KINDS[key.kind].doc if key.kind else ""
    if key.shape is Shape.SECTIONS:
        return "a list; each row has the keys below"
    return {
        Shape.ONE: kind,
        Shape.SOME: f"{kind}; or a list of several",
        Shape.SECTION: "the keys below",
        Shape.TABLE: f"labels of yours; for each {kind}",
        Shape.LISTS: "names of yours; for each a list of terms",
    }[key.shape]
