"""Certificates for tests, made anew in each run: an authority, and who it vouches for."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import trustme


@cache
def authority() -> trustme.CA:
    """The one authority of this run."""
    return trustme.CA()


@cache
def loopback() -> trustme.LeafCert:
    """A server on this machine that it vouches for."""
    return authority().issue_cert("localhost")


@cache
def authority_file() -> Path:
    """The authority as a file."""
    file = Path(mkdtemp(prefix="certificates-")) / "authority.pem"
    authority().cert_pem.write_to_path(str(file))
    return file


def written(folder: Path, name: str, made: trustme.LeafCert) -> None:
    """Write a certificate with its chain as ``name.pem``, and its key as ``name.key``."""
    for number, pem in enumerate(made.cert_chain_pems):
        pem.write_to_path(str(folder / f"{name}.pem"), append=number > 0)
    made.private_key_pem.write_to_path(str(folder / f"{name}.key"))
