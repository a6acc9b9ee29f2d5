"""Words in, exit code out: the commands, and the one place that prints and ends the process.

The law of this folder: commands put adapters and core together and print what a renderer returned; they
judge nothing. Each command lives in a module that is imported when it is called, so ``--help`` stays quick.
Results go to stdout, all else to stderr.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Sequence
from contextlib import suppress
from keyword import iskeyword
from typing import TYPE_CHECKING

import click

from reconciler import __version__

if TYPE_CHECKING:
    from reconciler.errors import ReconcilerError

USAGE_ERROR = 64

# command: (module in this folder, first line of its help), in the order of a tenant's life
COMMANDS = {
    "validate": ("validate", "Check tenant files: no network, no credentials."),
    "plan": ("plan", "Show what would be done; writes nothing."),
    "show": ("show", "Print a saved change plan."),
    "apply": ("apply", "Plan, ask, and do it; or do exactly a saved change plan."),
    "run": ("run", "The periodic loop: report, or keep tenants as declared."),
    "worker": ("worker", "One of the workers of a fleet, beside `run --fleet`."),
    "reconcile": ("reconcile", "Ask the running loop for a pass over one tenant now."),
    "drift": ("drift", "What changed that no file asked for; writes to no tenant."),
    "comment": ("comment", "Show a change plan under a pull request, in one comment."),
    "approved": ("approved", "Print the digest that a review of the pull request approved."),
    "issues": ("comment", "Keep one issue for each cause of drift: opened, edited, closed."),
    "import": ("take", "Write the tenant files that declare what is there."),
    "snapshot": ("take", "Write the live state of tenants."),
    "fmt": ("fmt", "Format tenant files; changes nothing of what they say."),
    "status": ("status", "Where each tenant stands: sync, health, open hand-offs."),
    "doctor": ("doctor", "What stands in the way: network, sign-in, each right."),
    "sign-in": ("sign_in", "Let a person with MFA sign in at Microsoft, once."),
    "history": ("history", "What was done: who, when, before and after; verify and export it."),
    "explain": ("explain", "Why: a rule, a tenant, or a pair of plans."),
    "catalogue": ("explain", "Print the plans and the from/to matrix."),
    "handoff": ("handoff", "Support requests: what a person has to send."),
    "suspend": ("brakes", "Pause one tenant: reason, owner and end are required."),
    "resume": ("brakes", "End a pause."),
    "stop": ("brakes", "The global stop: no write to any tenant."),
    "resolve": ("resolve", "Settle a write whose outcome is not known, with evidence."),
    "db": ("db", "The state store: make or upgrade its tables, check, copy."),
    "simulator": ("simulator", "The embedded commerce service."),
    "schema": ("schema", "Print a JSON Schema."),
    "version": ("schema", "Print the version."),
}


class Commands(click.Group):
    """A group that imports a command's module when the command is called, not for ``--help``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of a tenant's life, not of the alphabet."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module that holds the command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"reconciler.cli.{COMMANDS[cmd_name][0]}")
        # A command may be called what no function can be called: `import`, `sign-in`.
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name.replace("-", "_")
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table alone, so that help imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say what was probably meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else " See `reconciler --help`."
            raise click.UsageError(f"There is no command `{args[0]}`.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reconciler")
def cli() -> None:
    """Bring Office 365 plans and licences to what your files declare, safely.

    One YAML file per tenant says which plan and how many licences are wanted. `plan` shows what would be done
    and what holds it back, `apply` does it. Licences are added, never removed: what only support can do becomes
    a request ready to send.
    """


def main(args: Sequence[str] | None = None) -> None:
    """Run a command and end the process with its exit code; no traceback for a user's mistake."""
    code = run(args)
    _let_go()
    # What is left holds no cycles worth looking for: the process ends, and its memory with it.
    gc.freeze()
    sys.exit(code)


def run(args: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    try:
        code = cli.main(args=args, prog_name="reconciler", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        error.show()
        return USAGE_ERROR
    except (click.Abort, KeyboardInterrupt):
        _tell("Interrupted; nothing was written.")
        return 130
    except click.ClickException as error:
        error.show()
        return 1
    except _our_errors() as error:
        return _complain(error)
    except BrokenPipeError:
        # The reader of our output went away (`| head`); there is nobody left to tell.
        sys.stdout = None
        return 1
    except OSError as error:
        return _untold(error)
    return code if isinstance(code, int) else 0


def _our_errors() -> type[ReconcilerError]:
    """Asked for only when something went wrong, so that ``--help`` does not pay for importing the core."""
    from reconciler.errors import ReconcilerError

    return ReconcilerError


def _complain(error: ReconcilerError) -> int:
    from reconciler.errors import FilesBroken

    if isinstance(error, FilesBroken):
        from reconciler.report.problems import problems_text

        _tell(problems_text(error.problems).removesuffix("\n"))
    else:
        from reconciler.report.lines import safe

        _tell(f"error: {safe(str(error))}")
    return 1


def _untold(error: OSError) -> int:
    """Say that a result could not be printed (a full disk behind ``>``), or which file was in the way."""
    from reconciler.messages import say
    from reconciler.report.lines import safe

    why = error.strerror or str(error)
    told = say("cli.not-told", why=why) if error.filename is None else f"{error.filename}: {why}"
    _tell(f"error: {safe(told)}")
    return 1


def _tell(text: str) -> None:
    """Say something on stderr; where that can not be written either, the exit code alone has to say it."""
    with suppress(OSError):
        click.echo(text, err=True)


def _let_go() -> None:
    """Drop what a stream could not take, so that the interpreter does not fail on it again and change the code."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            setattr(sys, name, None)
