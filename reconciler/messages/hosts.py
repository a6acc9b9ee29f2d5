"""Sentences about code hosts: the comment under a change, the issues about drift, and what stands in the way."""

from __future__ import annotations

HOSTS: dict[str, str] = {
    "hosts.comment.create": "comment created",
    "hosts.comment.update": "comment edited",
    "hosts.comment.keep": "comment already says this",
    "hosts.issue.create": "issue opened",
    "hosts.issue.update": "issue edited",
    "hosts.issue.close": "issue closed",
    "hosts.issue.keep": "issue already says this",
    "hosts.issue.hold": "issue left open, since not every tenant it names was seen without doubt",
    "hosts.did": "{what}: {where}",
    "hosts.did-key": "{what} ({key}): {where}",
    "hosts.no-drift": "No drift, and no issue about any is open.",
    "hosts.superseded": "Superseded: the change plan is in the first comment of this tool here.",
    "hosts.issue-same": "Closed: number {number} is about the same.",
    "hosts.issue-gone": "Closed: the last look shows none of it any more. It was put right, or a file adopted it.",
    "hosts.issue-unseen": "Not seen in the last look, so still named: {names}",
    "hosts.issue-title": "Drift: {what}",
    "hosts.cause.outside": "Changed outside, and no file asked for it: **{what}**",
    "hosts.cause.service": "Changed by the service itself: **{what}**",
    "hosts.cause.wanted": "Wanted by the files: **{what}**",
    "hosts.issue-in": "* {tenant}: {what}; first seen {first}",
    "hosts.issue-in-undated": "* {tenant}: {what}",
    "hosts.issue-more": "* and in {count} more tenants",
    "hosts.issue-next": "What to do: {advice}",
    "hosts.issue-closes": "This issue is kept up to date, and closed when a look shows that it is over.",
    "hosts.not-drift": "{file} is not what `reconciler drift --format json` prints: {why}. Nothing was written.",
    "hosts.not-drift-json": "it is not JSON",
    "hosts.not-drift-member": "`{member}` is missing, or not of the kind it should be",
    "hosts.not-drift-major": "its format version {found} is not one this version reads (1.x)",
    "hosts.from-snapshot": (
        "{file} was made from snapshots (--live), and they confirm no drift: no issue was opened or closed. "
        "Leave --live out."
    ),
    "hosts.no-file": "{file} can not be read: {why}.",
    "hosts.says-nothing": "{file} is empty, so there is nothing to say. Was the plan written to it?",
    "hosts.too-long": (
        "The text has {size} characters and {host} takes {most}. Nothing was written. `reconciler plan --format "
        "markdown` keeps to what fits."
    ),
    "hosts.bad-name": "{text}: a name is up to 32 small letters, digits and hyphens.",
    "hosts.bad-digest": "{text} is no digest of a change plan; one reads sha256: and 64 digits and letters a to f.",
    "hosts.bad-variable": "{text} is no name of an environment variable. Name the variable, never the token itself.",
    "hosts.no-issues": "Azure DevOps: issues are kept on github and gitlab only. `drift --output` writes a report.",
    "hosts.only-github": "Approvals are read from github only; elsewhere give the digest by hand.",
    "hosts.missing": (
        "{host}: the environment does not say where to write. Missing: {names}. {host} sets them in its jobs."
    ),
    "hosts.missing-token": (
        "{host}: the environment variable {name} holds no token. Map one to it for this step, or name another "
        "variable with --token-env."
    ),
    "hosts.odd-token": "The environment variable {name} holds something that can be no token (blanks or line ends).",
    "hosts.odd-value": "{name} is {value}, which is not {wanted}.",
    "hosts.wanted.repository": "OWNER/REPOSITORY",
    "hosts.wanted.number": "a number",
    "hosts.wanted.address": "an https address without a user name in it (http only to this very machine)",
    "hosts.no-number": (
        "{host}: this run is about no pull or merge request, as far as {where} says. Name it with --number."
    ),
    "hosts.bad-event": "The event file {file} can not be read: {why}.",
    "hosts.who": (
        "{host} has written this as {author}, while the comments of {me} were looked through, so the next run would "
        "not find it and write another. Say --author {author}."
    ),
    "hosts.unreachable": "{host} could not be reached at {base}: {why}.{perhaps}",
    "hosts.certificate": "The certificate of {base} is not trusted: {why}. Nothing was sent.",
    "hosts.slow": "{host} did not answer in {seconds} s ({what}).{perhaps}",
    "hosts.perhaps": " Whether it was taken is not known; the next run finds it and edits it.",
    "hosts.moved": (
        "{host} says that {what} has moved (status {status}), and a redirect is not followed with a token. "
        "Was the repository renamed?"
    ),
    "hosts.status.401": "{host} does not accept the token in {token} (401). Is it still good?{said}",
    "hosts.status.403": "The token in {token} may not do this at {host} (403): {what}. {rights}{said}",
    "hosts.status.404": (
        "{host} shows nothing there (404): {what}. Wrong place, or the token in {token} may not see it.{said}"
    ),
    "hosts.status.422": "{host} did not take the text (422): {what}.{said}",
    "hosts.status.other": "{host} answered with status {status}: {what}.{said}",
    "hosts.status.busy": "{host} is not well (status {status}): {what}. Try again later.{said}{perhaps}",
    "hosts.limited": (
        "{host} asks to slow down (status {status}): {what} was not done. Try again in {seconds} s."
    ),
    "hosts.limited-untimed": "{host} asks to slow down (status {status}): {what} was not done. Try again later.",
    "hosts.said": " It says: {words}",
    "hosts.not-json": "{host} answered something that is not JSON: {what}. Is {base} the address of its API?{perhaps}",
    "hosts.not-understood": "{host} answered something this version does not understand: {what}: {why}.{perhaps}",
    "hosts.why.member": "`{member}` is missing, or not of the kind it should be",
    "hosts.why.big": "more than {most} MB",
    "hosts.why.pages": "more than {most} pages",
    "hosts.why.elsewhere": "the next page is said to be at another address",
    "hosts.rights.github": "A job needs `pull-requests: write` for the comment, `issues: write` for issues.",
    "hosts.rights.gitlab": "It needs the scope `api` and the role Reporter; a job token can not write comments.",
    "hosts.rights.azure-devops": "The build service needs the right `Contribute to pull requests`.",
    "hosts.approved-none": (
        "Pull request {number} has no comment of {me} with a digest, so nothing was approved. Nothing was written."
    ),
    "hosts.approved-nobody": (
        "Nobody who may has approved the change plan {digest} of pull request {number} as it stands: an approval "
        "counts when it is for the last commit ({head}), given after the last edit of that comment ({edited}), by "
        "somebody of the repository, and nobody of them still asks for changes."
    ),
    "hosts.approved-by": "{digest} is approved by {who}.",
}
