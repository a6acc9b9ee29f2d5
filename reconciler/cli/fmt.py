"""``fmt PATH...``: tenant files in their usual form; what they say, and every comment, stays."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.adapters import files
from reconciler.cli.options import config_option, paths_argument
from reconciler.cli.problems import complain
from reconciler.cli.world import build_setting, load_fleet
from reconciler.desired import formatted
from reconciler.messages import say


@click.command()
@paths_argument
@click.option("--check", is_flag=True, help="Change nothing; exit 1 and name the files that would change.")
@config_option
def fmt(paths: tuple[Path, ...], check: bool, config: Path | None) -> int:
    """Format tenant files: indentation, line ends, order of the top members.

    What the files say, their comments and blank lines stay. A file with problems is reported and left alone.
    """
    problems = load_fleet(build_setting(paths, config, None), paths).problems
    broken = {problem.place.file for problem in problems}
    sources, _ = files.read_sources(paths)
    sound = [(file, text) for file, text in sources if file not in broken]
    changes = [(file, new) for file, text in sound if (new := formatted(text, file)) != text]
    for file, new in changes:
        if not check:
            files.write_whole(Path(file), new, replace=True)
        click.echo(say("fmt.would-change" if check else "fmt.changed", file=file))
    if problems:
        complain(problems)
    verb = say("fmt.would" if check else "fmt.formatted")
    click.echo(say("fmt.done", changed=len(changes), count=len(sound), verb=verb), err=True)
    return 1 if problems or (check and changes) else 0
