"""The sentences of taking a tenant in: what a tenant file can not say, and what became of files."""

ADOPT: dict[str, str] = {
    "adopt.unread": (
        "{tenant}: the list of its subscriptions could not be read ({why}), so no tenant file was made. Try again when "
        "it can be."
    ),
    "adopt.nameless": (
        "{tenant}: neither its default domain nor its id could be read ({why}), so no tenant file was made. Try again "
        "when one can be."
    ),
    "adopt.too-many": (
        "{tenant}: it has {count} subscriptions; a tenant file takes {most} declared and {most} unmanaged ones. Write "
        "the file by hand with those you want managed."
    ),
    "adopt.plan-unread": "its plan could not be read ({why})",
    "adopt.plan-unknown": "the catalogue {catalogue} knows no plan {plan}",
    "adopt.licenses-unread": "its number of licences could not be read ({why})",
    "adopt.no-licenses": "it has no licences, and a tenant file declares at least 1",
    "adopt.over-cap": "it has {licenses} licences, and {plan} takes at most {cap} in a tenant file",
    "adopt.switch-unread": "whether a switch is under way could not be read ({why})",
    "adopt.switching": "its switch is {state} (to {to}): import again when that has ended",
    "adopt.somewhere": "a plan not known",
    "take.which": "Name tenants by default domain, id, or the name the service knows, or say --all.",
    "take.all-or-some": "Name tenants or say --all; not both.",
    "take.nobody": "The service shows no tenants.",
    "take.not-listed": "The list of tenants could not be read, so nothing was made: {why}",
    "take.no-such-tenant": (
        "The service knows no tenant {word}, and it is neither a default domain nor a tenant id.{hint}"
    ),
    "take.nothing-read": "{tenant}: nothing could be read of it ({why}), so no live state was made.",
    "take.twice": "{name}: two of these tenants would have that name. Take one at a time, and rename the first file.",
    "take.exists": (
        "{file} is there already and says something else. Nothing was written to it; --overwrite replaces it."
    ),
    "take.no-report": (
        "{file} was not written: what is there is no report (a folder, a link, a device, or a YAML file). Name "
        "another file."
    ),
    "take.not-written": "{file} could not be written: {why}.",
    "take.not-read": "{file} can not be read: {why}.",
    "take.written": "{file}: written.",
    "take.replaced": "{file}: replaced.",
    "take.same": "{file}: is as it should be.",
    "take.reading": "reading",
    "take.no-service": "There is nothing to read: the embedded simulator ({file}) holds no tenants yet.",
    "fmt.changed": "{file}: formatted.",
    "fmt.would-change": "{file}: would change.",
    "fmt.done": "{changed} of {count} files {verb}.",
    "fmt.formatted": "formatted",
    "fmt.would": "would change",
}
