"""The sentences about where declarations come from: what holds a tenant, what stops all, why a commit is not taken."""

from __future__ import annotations

SOURCE: dict[str, str] = {
    "source.held.broken": (
        "{tenant} is held: its file is broken at {place}: {problem} What it last declared stands, and nothing is "
        "written for it until that is mended."
    ),
    "source.held.unknown": (
        "{tenant} is held: its file is broken at {place}: {problem} Nothing sound is known of it, so nothing is "
        "planned or written for it."
    ),
    "source.held.missing": (
        "{tenant} is held: {file} no longer declares it, and other files are broken, so it may be missing by mistake. "
        "What it last declared stands, and nothing is written for it until they are mended."
    ),
    "source.held.contested": (
        "{tenant} is held: what it declares now may also be declared by the broken file of {other}. Nothing is "
        "written for it until that is mended."
    ),
    "source.stopped.none": (
        'No tenant is declared at all. That is never taken as "nothing to do": nothing is written until there are '
        "tenants again."
    ),
    "source.stopped.broken": (
        "No tenant is soundly declared ({count} problems in the files). Nothing is written until some are mended."
    ),
    "source.stopped.shrunk": (
        "The last whole reading had {before} tenants, now there are {now}: more than {most} % fewer "
        "(maxFleetShrinkPercent, under `limits` in reconciler.yaml). Nothing is written. If that is meant, say so "
        "with --fleet-size {now}."
    ),
    "source.stopped.unread": "Nothing was read yet, so nothing is written. {why}",
    "repository.option": (
        "The address of the repository is empty, or begins with a dash, so that git would take it for an option."
    ),
    "repository.option.hint": "Write a URL (https://host/path.git), host:path for ssh, or the path of a folder.",
    "repository.unseen": (
        "The address of the repository holds characters that are not shown on a screen, or more than {most} of them."
    ),
    "repository.unseen.hint": "Write it anew by hand.",
    "repository.way": "A repository is not fetched by {way}.",
    "repository.way.hint": "Write https://host/path.git, ssh://user@host/path.git, user@host:path.git, or a folder.",
    "repository.credentials": "The address of the repository holds a name or a password; it is not repeated here.",
    "repository.credentials.hint": (
        "Take everything before the @ out of it (for ssh, the password), and name where the secret is: source.token "
        "with an environment variable or a file, or source.sshKey. What stood in it should be made invalid."
    ),
    "repository.query": "The address of the repository holds a ? or a #, behind which a secret may stand.",
    "repository.query.hint": "Write it without, and name where the secret is with source.token.",
    "repository.host": "The address of the repository names no host, or no path on it.",
    "repository.host.hint": "Write https://host/path.git, ssh://user@host/path.git, or user@host:path.git.",
    "repository.http": "Over http anybody on the way could change what is declared, so it is not fetched that way.",
    "repository.http.hint": "Write https. Only from this machine itself (localhost) is http taken.",
    # The mirror of a repository
    "mirror.no-program": "{url} can not be fetched: there is no git program here. Install git.",
    "mirror.too-slow": (
        "{url} did not answer within {seconds} seconds, and was left. What held before still does; it is asked again."
    ),
    "mirror.failed": "{url} could not be fetched: {why}",
    "mirror.unreachable": "{url} could not be reached: {why}. What held before still does; it is asked again.",
    "mirror.access-denied": (
        "{url} lets nobody in with what it was shown: {why}. Look at source.token or source.sshKey, whether it still "
        "holds, and whether it may read."
    ),
    "mirror.ownership": (
        "{url} belongs to somebody else on this machine, and git does not read it: {why}. Trust it with `git config "
        "--global --add safe.directory PATH`, for the account that runs this."
    ),
    "mirror.host-key": (
        "The host of {url} showed a key that is not known: {why}. Compare it with what its owner publishes, and put it "
        "into the file of source.knownHosts."
    ),
    "mirror.redirected": (
        "{url} leads elsewhere ({why}). A token is not shown to another place: write the address as the host gives it, "
        "most often with .git behind it."
    ),
    "mirror.missing": "There is no repository {url}, or none for whoever asks: {why}. Correct source.git.",
    "mirror.branch-missing": (
        "{url} has no branch {branch}. What held before still does. If it was renamed, write its new name as "
        "source.branch."
    ),
    "mirror.bad-branch": "{branch!r} is not the name of a branch.",
    "mirror.fsck": "What {url} sends is not as git makes it, and is not taken: {why}",
    "mirror.too-large": (
        "{url} sends more than {most} MiB for the branch {branch}, and was left. Keep the declarations in a repository "
        "of their own, without large files."
    ),
    "mirror.disk-full": "{url} could not be fetched, since the disk is full: {why}",
    "mirror.unusable": "{url} could not be fetched, since a file here can not be read or written: {why}",
    "mirror.not-written": "{path} can not be written: {why}.",
    "mirror.interrupted": "git was fetching {url} when this process was asked to end.",
    "mirror.busy": "Another process works on the mirror {path}; it is asked again.",
    "mirror.unsigned": (
        "Commit {commit} is not signed, and only signed ones are taken. What held before still does. Sign it, or a "
        "later one."
    ),
    "mirror.badly-signed": (
        "The signature of commit {commit} does not count: {why}. What held before still does. Whoever may sign stands "
        "in what source.requireSignature names."
    ),
    "mirror.no-signers": (
        "{file} is not there, so nobody can tell whose signature counts. Correct source.requireSignature."
    ),
    "mirror.token-unfit": (
        "{where} holds no token: it is empty, longer than {most} characters, or holds some that are not shown on a "
        "screen. Correct it, or source.token."
    ),
    "mirror.file-unreadable": "{file} can not be read: {why}.",
    # Why something newer is not taken, or is and was not expected
    "source.folder": "{where} can not be gone through: {why}. Nothing is written until it can be.",
    "source.not-forward": (
        "Commit {commit} of {branch} does not descend from {last}, the last one taken, and only such are taken "
        "(source.onlyForward). What held before still does. If the branch was rewritten on purpose, set it to false "
        "until the new commit is taken."
    ),
    "source.rewritten": (
        "Commit {commit} of {branch} does not descend from {last}, the last one taken: the branch was rewritten. It is "
        "taken all the same; source.onlyForward would refuse it."
    ),
    "source.unreadable": "Commit {commit} can not be read, and is not taken: {why} What held before still does.",
    "source.too-large": (
        "The tenant files of this commit hold {size} MiB; at most {most} are read. What held before still does."
    ),
    "source.repository": "of the repository",
    "source.one-repository": "Name one repository, or files and folders; not both, and not two repositories.",
    "source.nowhere": (
        "Name the tenant files or a repository, or write `tenants:` or `source:` in reconciler.yaml."
    ),
}
