"""The group of commands. Each command's module is imported when it is called, and no sooner:
`clipper --version` should not pay for what only `clipper fetch` needs."""

from __future__ import annotations

from importlib import import_module

import click

from .. import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("setup:init", "Write a commented sources.yaml to start from."),
    "check": ("setup:check", "Read the config and list every problem."),
    "fetch": ("fetch:fetch", "Look at the outlets and queue what concerns your campaigns."),
    "sources": ("sources:sources", "List the sources and how they fare; find and add more."),
    "queue": ("queue:queue", "List the clippings that wait for a decision."),
    "show": ("show:show", "Show one clipping: the article, why it matched, its copies."),
    "approve": ("acts:approve", "Approve clippings for publishing."),
    "reword": ("acts:reword", "Change a clipping's headline, excerpt, or note to readers."),
    "illustrate": ("illustrate:illustrate", "Give a clipping an image of your own."),
    "reject": ("acts:reject", "Reject clippings, with a reason."),
    "requeue": ("acts:requeue", "Put judged clippings back into the queue."),
    "publish": ("publish:publish", "Bring every place to the approved state."),
    "post": ("post:post", "Write news of your own for the site."),
    "withdraw": ("publish:withdraw", "Take a published clipping down, everywhere."),
    "brief": ("brief:brief", "Print or send the morning brief."),
    "notices": ("notices:notices", "Tell chats, phones and webhooks of what is new."),
    "recheck": ("recheck:recheck", "Look again at published articles: corrected? gone?"),
    "report": ("report:report", "Tell how many of the pages that you clipped still stand."),
    "witness": ("witness:witness", "Have another archive keep published pages too."),
    "recall": ("recall:recall", "Estimate how much of what outlets published was found."),
    "completeness": ("completeness:completeness", "Say what “no coverage” is worth."),
    "archive": ("archive:archive", "Show what pages said when they were clipped, and hand it on."),
    "backup": ("backup:backup", "Copy everything to a folder while it runs, or put it back."),
    "doctor": ("doctor:doctor", "Look whether all is well, and say what to do."),
    "metrics": ("metrics:metrics", "Print numbers for Prometheus."),
    "publishers": ("publishers:publishers", "Show the places to publish to, and check them."),
    "search": ("search:search", "Search all articles that were kept."),
    "run": ("run:run", "Do everything by itself: rounds, daily jobs and the desk, in one."),
    "schedule": ("run:schedule", "Look at the outlets by itself, whenever they are due."),
    "web": ("web:web", "Serve the desk: judge the queue in a browser."),
    "user": ("user:user", "Make and change the accounts of those who use the desk."),
    "query": ("query:query", "Try queries on the articles kept, and ask why or why not."),
    "rematch": ("rematch:rematch", "Have the clippings follow queries that were edited."),
    "story": ("story:story", "Show which articles carry the same copy; merge and split."),
    "stories": ("story:stories", "Place all articles in stories anew."),
    "demo": ("demo:demo", "Try the whole job on made-up outlets, without the internet."),
}
"""Every command: where it lives (`module:function`), and its one line of help."""


class Commands(click.Group):
    """A group that knows its commands' names and help without importing them."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name][0].split(":")
        command = getattr(import_module(f".{module}", __package__), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Like click's, but a mistyped command is answered with the nearest one."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean 'clipper {near[0]}'?" if near else ""
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", context)
        return super().resolve_command(context, args)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="clipper %(version)s")
@click.option("--config", metavar="FILE", help="The config. [default: sources.yaml here]")
@click.option("--data", metavar="FOLDER", help="Where all is kept. [default: data/ beside it]")
@click.pass_context
def root(context: click.Context, config: str | None, data: str | None) -> None:
    """clipper follows the press for your campaigns.

    It looks at the outlets in sources.yaml, finds what your campaigns' queries ask for,
    queues it for your decision, and publishes what you approve, with credit.
    """
    from .home import Home

    context.obj = Home(config, data)
    if context.invoked_subcommand is None:
        from .next import advice

        click.echo(advice(context.obj))
