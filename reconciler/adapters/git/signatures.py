"""A commit in, nothing out if somebody who may has signed it; else why not.

Either signatures of ssh keys count, named in a file of allowed signers, or those of OpenPGP keys in a keyring of their
own; never what the account that runs this happens to trust.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.adapters.git.complaints import shown
from reconciler.adapters.git.program import Answer
from reconciler.adapters.git.tree import SHORT
from reconciler.errors import SourceUnreadable
from reconciler.messages import say

# What is run in place of a program that must not be asked.
_NOBODY = "false"


@dataclass(frozen=True, slots=True)
class Signers:
    """Whose signatures count: a file of allowed signers (ssh), or a folder with a keyring (gpg). One of both."""

    allowed: Path | None = None
    gpg_home: Path | None = None


Ask = Callable[[tuple[str, ...], Mapping[str, str]], Answer]


def verify(ask: Ask, commit: str, signers: Signers) -> None:
    """Raise SourceUnreadable unless the commit has a signature that counts; ``ask`` runs git on the repository."""
    words, variables = _trusting(signers)
    answer = ask((*words, "verify-commit", "--raw", commit), variables)
    if answer.code == 0:
        return
    complaint = answer.err.decode(errors="replace").strip()
    facts = {"commit": commit[:SHORT], "why": shown(_telling(complaint))}
    raise SourceUnreadable(
        "SignatureInvalid", say("mirror.badly-signed" if complaint else "mirror.unsigned", **facts), commit
    )


def _trusting(signers: Signers) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """The words and variables with which git asks the one program, and trusts the one place, that was named."""
    off = ("-c", f"gpg.x509.program={_NOBODY}")
    if signers.gpg_home is not None:
        _must_be(signers.gpg_home, signers.gpg_home.is_dir())
        ssh_off = ("-c", f"gpg.ssh.program={_NOBODY}", "-c", f"gpg.ssh.allowedSignersFile={os.devnull}")
        return (*off, *ssh_off), {"GNUPGHOME": os.path.abspath(signers.gpg_home)}
    assert signers.allowed is not None
    _must_be(signers.allowed, signers.allowed.is_file())
    allowed = f"gpg.ssh.allowedSignersFile={os.path.abspath(signers.allowed)}"
    gpg_off = ("-c", f"gpg.program={_NOBODY}", "-c", f"gpg.openpgp.program={_NOBODY}")
    return (*off, *gpg_off, "-c", allowed), {}


def _must_be(path: Path, there: bool) -> None:
    if not there:
        raise SourceUnreadable("SignersUnreadable", say("mirror.no-signers", file=path))


def _telling(complaint: str) -> str:
    """The lines that tell most: of gpg those for machines, which begin with a mark, are left out where others are."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    plain = [line for line in lines if not line.startswith("[GNUPG:]")]
    return "; ".join(plain or [line.removeprefix("[GNUPG:] ") for line in lines])
