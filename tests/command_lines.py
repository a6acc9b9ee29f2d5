"""A command line as an example has it in, what the tool does not know of it out."""

from __future__ import annotations

import click

from reconciler.cli import COMMANDS, cli


def command_of(name: str) -> click.Command:
    """The command itself, imported."""
    command = cli.get_command(click.Context(cli), name)  # type: ignore[attr-defined]
    assert command, name
    return command


def unknown(words: list[str]) -> list[str]:
    """What the tool does not know: the command, else options, and values of options that have a choice."""
    if words[0] not in COMMANDS:
        return [words[0]]
    command = command_of(words[0])
    if isinstance(command, click.Group):
        if words[1] not in command.commands:
            return [f"{words[0]} {words[1]}"]
        command = command.commands[words[1]]
    options = {o: p for p in command.params if isinstance(p, click.Option) for o in p.opts}
    found = []
    for number, word in enumerate(words):
        if not word.startswith("--"):
            continue
        name, equals, value = word.partition("=")
        if name not in options:
            found.append(f"{words[0]} {name}")
            continue
        kind = options[name].type
        given = value if equals else [*words, ""][number + 1]
        if isinstance(kind, click.Choice) and given not in kind.choices:
            found.append(f"{words[0]} {name}={given}")
    return found
