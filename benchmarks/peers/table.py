"""The peers that are measured: Python tools of the package index that do a comparable pass without any service.

Left out, since only another kind of program or a service has it: Puppet, CFEngine, Terraform, Argo CD and Flux.
"""

from __future__ import annotations

from benchmarks.peers import checkers, intunecd, octodns, pyinfra, salt

PEERS = (octodns.PEER, intunecd.JSON, intunecd.YAML, salt.PEER, pyinfra.PEER, checkers.SCHEMA, checkers.LINT)
