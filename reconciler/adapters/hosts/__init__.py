"""Where a run stands and what to write there in, comments and issues of GitHub, GitLab and Azure DevOps out.

The law of this folder: it speaks to code hosts and to nothing else, through their documented REST endpoints. It
decides nothing: what is ours and what should be said is decided by ``conversation``. A write is sent once, a token
is read from the one environment variable the caller named and is shown nowhere.
"""

from __future__ import annotations

from reconciler.adapters.hosts.azure import AzureDevOps
from reconciler.adapters.hosts.calling import Calls, Patience
from reconciler.adapters.hosts.github import GitHub
from reconciler.adapters.hosts.gitlab import GitLab
from reconciler.adapters.hosts.places import Host, Spot, spot_of

Client = GitHub | GitLab | AzureDevOps

__all__ = [
    "AzureDevOps",
    "Calls",
    "Client",
    "GitHub",
    "GitLab",
    "Host",
    "Patience",
    "Spot",
    "client_at",
    "spot_of",
]

CLIENTS: dict[Host, type[GitHub] | type[GitLab] | type[AzureDevOps]] = {
    Host.GITHUB: GitHub,
    Host.GITLAB: GitLab,
    Host.AZURE_DEVOPS: AzureDevOps,
}


def client_at(spot: Spot, patience: Patience = Patience()) -> Client:  # noqa: B008 - frozen
    """Return a client for the place a run is about; nothing is asked of the host yet."""
    return CLIENTS[spot.host](spot, patience)
