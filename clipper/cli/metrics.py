"""`clipper metrics`: the numbers that the desk serves at /metrics, for a text file collector."""

from __future__ import annotations

import click

from .home import Home, now


@click.command()
@click.pass_obj
def metrics(home: Home) -> None:
    """Print the numbers that Prometheus asks the desk for.

    For a server without the desk: have them written to a file, of another name first, in
    the folder of node_exporter's textfile collector.
    """
    from ..health import findings, of_folders
    from ..reports import metrics as exposition

    at = now()
    with home.open_store() as store:
        gauges, found = (
            store.gauges(at),
            (*findings(store.histories.list(at)), *of_folders(store.warcs.folders())),
        )
    disk = exposition.files(home.archive_path, home.store_path)
    click.echo(exposition.text_of(exposition.metrics(gauges, found, disk, at)), nl=False)
