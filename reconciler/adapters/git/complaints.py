"""What git complained of in, a word for machines and a sentence for people out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.adapters.git.program import Answer
from reconciler.errors import SourceUnreadable
from reconciler.messages import say

# Of a complaint nobody foresaw: the mirror may be the reason as well as the other side.
UNFORESEEN = "GitFailed"
# Ids of objects there are longer or shorter than here.
OTHER_FORMAT = "OtherFormat"
_CREDENTIALS = re.compile(r"://[^/\s@']*@")
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of complaint: how it is recognised, its word, and the key of its sentence."""

    pattern: re.Pattern[str]
    code: str
    key: str


def _kind(pattern: str, code: str, key: str) -> _Kind:
    return _Kind(re.compile(pattern, re.IGNORECASE), code, key)


# The first that fits counts: what names its cause stands before what only tells that it ended.
_KINDS = (
    _kind(r"No space left on device|Disk quota exceeded", "DiskFull", "disk-full"),
    _kind(r"died of signal (25|31)\b|File too large", "TooLarge", "too-large"),
    _kind(r"(Permission denied|Read-only file system)$", "MirrorUnusable", "unusable"),
    _kind(r"couldn't find remote ref", "BranchMissing", "branch-missing"),
    _kind(r"fsck error|hasDot|hasDotgit|fullPathname", "CommitUnreadable", "fsck"),
    _kind(r"Host key verification failed|host key is known", "HostKeyUnknown", "host-key"),
    _kind(
        r"Authentication failed|could not read (Username|Password)|Permission denied \(|Access denied"
        r"|returned error: 40[13]|HTTP Basic: ",
        "AccessDenied",
        "access-denied",
    ),
    _kind(r"mismatched algorithms", OTHER_FORMAT, "failed"),
    _kind(r"dubious ownership", "AccessDenied", "ownership"),
    _kind(
        r"unable to update url base from redirection|returned error: 30[12378]", "Redirected", "redirected"
    ),
    _kind(r"not appear to be a git repository|returned error: 404|not found", "RepositoryMissing", "missing"),
    _kind(
        r"index-pack failed|unpack-objects failed|bad object|corrupt|inflate|unresolved delta",
        UNFORESEEN,
        "failed",
    ),
    _kind(
        r"unable to access|Could not resolve|Connection (refused|timed out|reset|closed)|Operation timed out|^ssh: "
        r"|No route to host|Could not read from remote repository|hung up|early EOF|RPC failed|unexpected disconnect"
        r"|transport '.*' not allowed",
        "GitUnreachable",
        "unreachable",
    ),
)
_OTHER = _kind("", UNFORESEEN, "failed")


def told(answer: Answer, facts: Mapping[str, object]) -> SourceUnreadable:
    """Return what an answer that is none means."""
    lines = answer.err.decode(errors="replace").splitlines()
    kind = next((k for k in _KINDS if any(k.pattern.search(line.strip()) for line in lines)), _OTHER)
    return SourceUnreadable(kind.code, say(f"mirror.{kind.key}", why=shown(answer.said), **facts))


def shown(text: str) -> str:
    """Return what another program said as it may be repeated: short, and without what stands before an @ in a URL."""
    return _CREDENTIALS.sub("://***@", text)[:_LONGEST]
