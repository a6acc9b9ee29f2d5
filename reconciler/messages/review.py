"""The sentences of a review: what stands at a ref, what changed since, what does not count yet, what was approved."""

from __future__ import annotations

REVIEW: dict[str, str] = {
    "git.bad-ref": (
        "{ref!r} is not the name of a commit. Write a branch, a tag or a commit, for example origin/main; a name does "
        "not begin with a dash."
    ),
    "git.no-program": (
        "Nothing can be read at {ref}: there is no git program here. Install git, or plan without a ref."
    ),
    "git.no-repository": (
        "{path} is in no git repository that can be read, so nothing is known of {ref} ({why}). Go to a clone, or plan "
        "without a ref."
    ),
    "git.no-folder": "no folder above it holds .git",
    "git.outside": "{path} is not in the git repository {root}, so it has no state at {ref}.",
    "git.leads-out": "{path} leads out of the git repository {root}, so it has no state at {ref}; it is not followed.",
    "git.unknown-ref": (
        "There is no commit {ref} in this clone. Bring it with `git fetch {remote}`, or correct the name."
    ),
    "git.unknown-ref-shallow": (
        "There is no commit {ref} in this clone, which is shallow. Bring it with `git fetch --depth=100 {remote}`, or "
        "the whole history with `git fetch --unshallow`; or correct the name."
    ),
    "git.no-base": (
        "{ref} and HEAD have no commit in common, so nothing tells what changed since. Name the branch that this one "
        "began with."
    ),
    "git.no-base-shallow": (
        "This clone is shallow, and its history does not reach back to where {ref} and HEAD part. Bring more of it "
        "with `git fetch --depth=1000 {remote}`, or all with `git fetch --unshallow`."
    ),
    "git.incomplete": (
        "{path} at {ref} (commit {commit}) is not in this clone. Nothing is fetched by itself: bring it with `git "
        "fetch --refetch`, or clone without a filter."
    ),
    "git.too-slow": "git did not answer within {seconds} seconds about {ref}. Nothing was planned; try again.",
    "git.too-much": "git lists more than {most} MiB at {ref}, so it was not heard to the end. Nothing was planned.",
    "git.failed": "git can not tell what stands at {ref}: {why}",
    "git.broken-policy": (
        "The policy is read at {ref} (commit {commit}), and so nothing was planned: mend it there, or leave "
        "--policy-from out."
    ),
    "policy.waiver": "the waiver of {rule} until {until} ({owner}) does not count until it stands at {ref}",
    "policy.windows": "its change windows are wider than at {ref}; those of {ref} count until then",
    "policy.limits": "{limit} is {most} at {ref}, which counts until it is higher there",
    "policy.backup": "a back-up may be {days} days old at {ref}, which counts and not {found}, until it does there",
    "report.since": (
        "Only what changed since {ref} (commit {commit}): {changed} of {all} tenants. The others are not in this "
        "change plan."
    ),
    "report.since-selected": (
        "Only what changed since {ref} (commit {commit}), and of that only what was selected. The others are not in "
        "this change plan."
    ),
    "report.partial": "Only the tenants that were selected; the others are not in this change plan.",
    "report.since-gone": "no longer declared since {ref}: {name} (nothing changes live)",
    "report.since-gone-more": "no longer declared since {ref}: {count} more (--verbose names them)",
    "report.since-renamed": "since {ref} {before} is called {now} (nothing changes live)",
    "report.since-moved": "since {ref} {tenant} is declared in {now}, before in {before} (nothing changes live)",
    "report.since-unread": (
        "{file} could not be read at {ref}, so every tenant of it counts as changed: {why}"
    ),
    "report.policy": "Policy (configuration and catalogue) from {ref} (commit {commit}).",
    "report.not-counted": "warning, {tenant}: {message}",
    "report.snapshot-old-one": "Planned from a snapshot more than an hour old: {ages}.",
    "report.snapshot-old": "Planned from snapshots, {count} of them more than an hour old, the oldest first: {ages}.",
    "report.snapshot-age": "{tenant} {age}",
    "report.snapshot-more": "{ages} and {count} more",
    "report.hours": "{hours} h",
    "report.days": "{days} d {hours} h",
    "approved.malformed": (
        "{text!r} is not a digest; write it as it is printed: sha256: and 64 digits, 0 to 9 and a to f."
    ),
    "approved.other": (
        "Nothing was written: what would be done now has the digest {found}, and {approved} was approved. "
        "`reconciler plan {paths} --out FILE` shows and saves what it is now; where the change plan that was approved "
        "is at hand, `apply --plan FILE --approved-digest DIGEST` names what moved. Have the new one approved."
    ),
    "approved.not-this": (
        "Nothing was written: {file} is the change plan {found}, and {approved} was approved. Have this one approved, "
        "or find the file that was."
    ),
    "approved.used": (
        "The digest {digest} was used on {when}. An approval counts once: plan again, and have the new change plan "
        "approved; should it have the same digest again, save it and use `apply --plan FILE`."
    ),
}
