"""What stops a tenant or a run; every error carries who, what, the numbers, where, and what to do next.

ReconcilerError
├── FilesBroken          tenant, live or configuration files with problems, all of them at once
├── RefUnreadable        a git ref, or what stood there, can not be read
├── RepositoryRefused    a word names no repository that is fetched from
├── SourceUnreadable     what is declared can not be fetched or taken anew; what held before still does
├── NotWritten           the service did certainly not take the write
│   ├── Refused          it said no, and why
│   ├── Moved            compare-and-set failed: somebody changed it since the look
│   └── Later            throttled or busy; try again after some seconds
├── AnswerLost           the write may or may not have been taken: unknown until settled
├── StateUnreadable      lock, journal or stop switch can not be read: nothing is written
├── Unsettled            an earlier write of this tenant may still take effect: no other one is recorded
├── LeaseLost            another run took this tenant over: this one writes nothing more
├── TenantHeld           another run holds this tenant
├── Braked               a brake was on when a write was about to be sent: it was not
│   ├── Stopped          the global stop
│   ├── Paused           the tenant's suspension
│   └── DaySpent         a limit of what may be changed in one day
├── PlanRefused          a saved change plan can not be honoured
└── HostTrouble          a code host (GitHub, GitLab, Azure DevOps) could not be asked or did not take a request
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model import Place


class ReconcilerError(Exception):
    """The root: a message a person can act on, never a traceback."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: a stable code, a sentence, where, the offending line, and a hint."""

    place: Place
    code: str
    message: str
    line_text: str = ""
    hint: str = ""


class FilesBroken(ReconcilerError):
    """Files have problems; ``problems`` holds all of them, in order of file, line and column."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.place, p.code)))
        count = len(self.problems)
        super().__init__(f"{count} problem{'' if count == 1 else 's'} in the files")


class RefUnreadable(ReconcilerError):
    """A git ref, or what stood there, can not be read: nothing is compared with it, and no policy taken from it."""


class RepositoryRefused(ReconcilerError):
    """A word names no repository that is fetched from; neither message nor hint repeats what may be a secret."""

    def __init__(self, message: str, hint: str) -> None:
        self.hint = hint
        super().__init__(message)


class SourceUnreadable(ReconcilerError):
    """A source can not be fetched, or what it has now is not taken; ``code`` is a word for machines.

    ``commit`` is the one that is not taken, if it is known.
    """

    def __init__(self, code: str, message: str, commit: str | None = None) -> None:
        self.code, self.commit = code, commit
        super().__init__(message)


class NotWritten(ReconcilerError):
    """The service did certainly not take this write."""


class Refused(NotWritten):
    """The service said no; ``code`` is its own word for why."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class Moved(NotWritten):
    """The version the write was based on is no longer the live one."""


class Later(NotWritten):
    """The service asks for patience; ``seconds`` is its Retry-After."""

    def __init__(self, message: str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(message)


class AnswerLost(ReconcilerError):
    """No answer came back: the write may have been taken."""


class StateUnreadable(ReconcilerError):
    """Our own state (journal, lease, stop switch) could not be read or written."""


class Unsettled(ReconcilerError):
    """An earlier write of the tenant is not settled, so no other one may be intended."""


class LeaseLost(ReconcilerError):
    """Our lease on the tenant ended or was taken over."""


class TenantHeld(ReconcilerError):
    """Another run works on the tenant; ``holder`` says who."""

    def __init__(self, tenant: str, holder: str) -> None:
        self.holder = holder
        super().__init__(f"{tenant} is held by {holder}")


class Braked(ReconcilerError):
    """A brake was on at the last moment before a write; the write was certainly not sent."""


class Stopped(Braked):
    """The global stop is on; ``reason`` is what its owner wrote."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the global stop is on: {reason}")


class Paused(Braked):
    """The tenant is suspended; ``reason`` is what its owner wrote."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the tenant is suspended: {reason}")


class DaySpent(Braked):
    """With this write more than ``most`` would be changed today; ``counted`` are, by all runs.

    ``what`` is "licenses", "switches" or "tenants".
    """

    def __init__(self, what: str, counted: int, most: int) -> None:
        self.what, self.counted, self.most = what, counted, most
        super().__init__(f"{counted} {what} were changed today, at most {most} may be")


class PlanRefused(ReconcilerError):
    """A saved change plan is used, expired, altered, or no longer what would happen."""


class HostTrouble(ReconcilerError):
    """A code host could not be asked, or did not take what was to be written there; never about a tenant."""
