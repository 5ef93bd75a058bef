"""Check that the docs say what the code does.

Every command, option and exit is in `docs/reference/commands.md`; every key of the config
in `docs/reference/config.md`; every link between our own pages leads somewhere; every
`clipper …` command that a page names exists.

usage: python docs/check.py [--write]   (--write renews the generated pages)
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
NAMED = re.compile(r"(?:`|^\$ )clipper ((?!\.)[a-z][a-z-]*)", re.M)


def commands_page() -> str:
    """The reference of all commands, written from click's own help."""
    from clipper.cli.root import COMMANDS, root

    parts = [
        "# Commands\n",
        "Written from the commands' own help by `python docs/check.py --write`; do not edit.\n",
        "Exit codes: 0 all well · 1 something failed, and stderr says what · 2 wrong usage · "
        "3 a bug, with a report that can be pasted · 130 interrupted · 143 stopped (SIGTERM).\n",
    ]
    with click.Context(root, info_name="clipper") as context:
        parts.append(_help(root, context))
        for name in COMMANDS:
            command = root.get_command(context, name)
            assert command is not None
            parts += list(_pages(command, click.Context(command, info_name=name, parent=context)))
    return "\n".join(parts)


def _pages(command: click.Command, context: click.Context) -> Iterator[str]:
    yield _help(command, context)
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        yield from _pages(below, click.Context(below, info_name=name, parent=context))


def _help(command: click.Command, context: click.Context) -> str:
    context.max_content_width = context.terminal_width = 100
    return f"## {context.command_path}\n\n```\n{command.get_help(context)}\n```\n"


def generated() -> dict[Path, str]:
    """The pages that are written by code, with what they should hold."""
    from clipper.config import reference

    return {
        ROOT / "docs/reference/commands.md": commands_page(),
        ROOT / "docs/reference/config.md": reference(),
    }


def pages() -> list[Path]:
    """All our Markdown pages."""
    return [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


def broken_links() -> Iterator[str]:
    """Links to files that do not exist."""
    for page in pages():
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            ours = "://" not in target and not target.startswith("mailto:")
            if ours and not (page.parent / target).exists():
                yield f"{page.relative_to(ROOT)}: the link {target} leads nowhere"


def unknown_commands() -> Iterator[str]:
    """Commands that a page names and that do not exist."""
    from clipper.cli.root import COMMANDS

    for page in pages():
        for name in NAMED.findall(page.read_text(encoding="utf-8")):
            if name not in COMMANDS:
                yield f"{page.relative_to(ROOT)}: there is no command 'clipper {name}'"


def stale_pages() -> Iterator[str]:
    """Generated pages that are not what the code would write."""
    for path, text in generated().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield f"{path.relative_to(ROOT)} is stale: run python docs/check.py --write"


def main(arguments: list[str]) -> int:
    """Print every fault; returns 1 if there is one."""
    if "--write" in arguments:
        for path, text in generated().items():
            path.write_text(text, encoding="utf-8")
    faults = [*stale_pages(), *broken_links(), *unknown_commands()]
    for fault in faults:
        print(fault)
    print(f"docs: {len(pages())} pages, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
