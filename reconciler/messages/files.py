"""The sentences about files: ``files.<code>``, its hint, and hints for single members.

A problem's hint is ``files.<code>.<member>.hint`` if that stands here, else ``files.<code>.hint``, if any.
"""

FILES: dict[str, str] = {
    "files.the-document": "the document",
    "files.a-collection": "a list or a mapping",
    "files.none": "none",
    "files.and": " and ",
    "files.or": " or ",
    "files.environment": "environment variable {name}",
    # The text
    "files.too-large": "The file holds {size} bytes or characters; at most {most} are read.",
    "files.too-large.hint": "Split it into several files; a tenant takes about one kilobyte.",
    "files.not-utf-8": "The file is not UTF-8: byte {byte} can not be read as text here.",
    "files.not-utf-8.utf-8.hint": "Save the file as UTF-8.",
    "files.not-utf-8.utf-16.hint": "The file looks like UTF-16. Save it as UTF-8.",
    "files.control-character": "The character {character} is not shown on a screen and is not allowed in a file.",
    "files.control-character.hint": "Delete it. It may have come with a copy from a web page or a word processor.",
    "files.empty-file": "The file holds nothing but comments or white space.",
    "files.empty-file.hint": 'Write in it what it is for, or delete it. Nothing is never taken as "nothing to do".',
    "files.directive": "The directive {word} is not allowed.",
    "files.directive.hint": "Delete the line. Files are read as YAML 1.2 without tags.",
    "files.syntax": "This is not valid YAML: {what}{around}.",
    "files.syntax.around": " ({context})",
    "files.syntax:mapping values are not allowed": "Is there a second `: ` in the line, or is it indented too far?",
    "files.syntax:could not find expected ':'": "A `:` with a space after the key is missing, in this line or above.",
    "files.syntax:did not find expected key": "Look at the indentation: lines of one level begin in one column.",
    "files.syntax:did not find expected '-' indicator": (
        "Look at the indentation: all `- ` of a list are in one column."
    ),
    "files.syntax:found character that cannot start any token": (
        "Indent with spaces, not tabs, and put text with special characters in quotes."
    ),
    "files.syntax:found a tab character": "Indent with spaces, not tabs.",
    "files.syntax:unexpected end of stream": "A quote that was opened is not closed.",
    "files.syntax:did not find expected ',' or ']'": "A `]` or a comma is missing, in this line or above.",
    "files.syntax:did not find expected ',' or '}'": "A `}}` or a comma is missing, in this line or above.",
    "files.syntax:did not find expected node content": "A value is missing here, or a bracket is not closed.",
    "files.syntax:did not find expected <document start>": "Begin another document of the file with a line `---`.",
    "files.syntax:undefined alias": "Text that begins with `*` goes in quotes.",
    "files.more-problems": "There are more problems in this file; the first {most} are shown.",
    "files.more-problems.hint": "Mend these first.",
    "files.too-deep": "Lists and mappings are nested more than {most} deep here.",
    "files.too-deep.hint": "Is a bracket left open? No file of ours nests more than a few deep.",
    "files.too-many-nodes": "The file holds more than {most} values.",
    "files.too-many-nodes.hint": "Split it into several files.",
    "files.alias": "The alias *{word} is not allowed: what a reviewer reads must be what is declared.",
    "files.alias.hint": "Write the value out. Text that begins with `*` goes in quotes.",
    "files.anchor": "The anchor &{word} is not allowed: what a reviewer reads must be what is declared.",
    "files.anchor.hint": (
        "Delete it and write the value out where it is used. Text that begins with `&` goes in quotes."
    ),
    "files.tag": "The tag {tag} is not allowed.",
    "files.tag.hint": "Delete it. Text that begins with `!` goes in quotes.",
    "files.merge-key": "The merge key << is not allowed: what a reviewer reads must be what is declared.",
    "files.merge-key.hint": "Write the members out.",
    "files.key-not-text": "A key must be text, and {key} is not.",
    "files.key-not-text.hint": 'If this word is meant as a name, put it in quotes: "{key}".',
    "files.key-not-text.collection.hint": "Write one word as the key. Text in brackets goes in quotes.",
    "files.odd-key": "This key is empty, holds characters that are not shown, or is longer than {most} characters.",
    "files.duplicate-key": "{key} stands here a second time; the first is at {first}.",
    "files.duplicate-key.hint": "Keep one of the two. Which one would count is nothing to guess.",
    # The kind of document
    "files.not-a-mapping": "A document must be a mapping (lines of `key: value`), and {found}.",
    "files.not-ours": "This document has neither `apiVersion` nor `kind`; it does not look like a {wanted} file.",
    "files.not-ours.hint": "Begin with `apiVersion: reconciler/v1` and `kind: {wanted}`, or move the file elsewhere.",
    "files.wrong-kind": "This is a document of kind {found}; a {wanted} is expected here.",
    "files.wrong-kind.hint": "Move it out of the paths given, or correct `kind`.",
    "files.wrong-version": "apiVersion is {found}; this version of the tool reads reconciler/v1 only.",
    "files.wrong-version.hint": "Write `apiVersion: reconciler/v1`.",
    "files.several-documents": "A configuration is one document, and this is number {count}.",
    "files.several-documents.hint": "Keep one.",
    # What a schema finds
    "files.unknown-member": "{parent} has no member {name}.",
    "files.unknown-member.near": "Did you mean {near}?",
    "files.unknown-member.home": "{name} belongs under {home}; look at the indentation.",
    "files.unknown-member.known": "Known here: {known}.",
    "files.unknown-member.nothing": "Nothing more may stand here.",
    "files.unknown-member.windows.hint": (
        "This version knows no windows in the configuration and would ignore them, so it does not accept them."
    ),
    "files.missing-member": "{parent} lacks {missing}: {meaning}",
    "files.missing-member.hint": "For example `{missing}: {example}`.",
    "files.missing-name": "{member} has no name, which only a single subscription may leave out.",
    "files.missing-name.hint": "Give each subscription a name of its own; messages and the journal call it by that.",
    "files.wrong-type": "{member} must be {wanted}, and {found}.",
    "files.found.null": "it is empty",
    "files.found.text": '"{word}" is text here',
    "files.found.long-number": "{word} is a number of {digits} digits",
    "files.found.number": "{word} is a number",
    "files.found.boolean": "{word} means true or false here",
    "files.found.list": "this is a list",
    "files.found.mapping": "this is a mapping",
    "files.a.text": "text",
    "files.a.number": "a whole number",
    "files.a.boolean": "true or false",
    "files.a.list": "a list",
    "files.a.mapping": "a mapping",
    "files.a.null": "left out",
    "files.wrong-type.empty": "Write a value. What may be left out is left out with its whole line.",
    "files.wrong-type.write": "Write {word}.",
    "files.wrong-type.plain": "Write a plain decimal number, for example {example}.",
    "files.wrong-type.quote": 'Put it in quotes: "{word}".',
    "files.wrong-type.entries": "Begin each entry with `- `.",
    "files.wrong-type.members": "Write its members below it, two spaces further in: {known}.",
    "files.wrong-type.example": "For example {example}.",
    "files.too-small": "{member} is {found}; the least is {limit}.",
    "files.too-small.licenses.hint": (
        "Licences are taken back through support only, and a total of zero would end the subscription. To leave the"
        " number alone, take the line out."
    ),
    "files.too-big": "{member} is {found}; the most is {limit}.",
    "files.too-big.hint": "Write {limit} or less.",
    "files.too-short": "{member} must not be empty.",
    "files.too-long": "{member} has {found} characters; at most {limit} are allowed.",
    "files.too-many": "{member} has {found} entries; at most {limit} are allowed.",
    "files.too-few": "{member} has {found} entries; at least {limit} must be there.",
    "files.which-one": "{member} must name exactly one of {names}.",
    "files.which-one.hint": "Name one of them, and not the other.",
    "files.not-one-of": "{member} is {found}; it must be {allowed}.",
    "files.not-one-of.near": "Did you mean {near}?",
    "files.not-this": "{member}: {found} says nothing here.",
    "files.not-this.noWayBack.hint": "Name the plan that is switched to (or write true), or take the line out.",
    "files.bad-format": "{member} is {found}, which does not fit. {expected}",
    "files.bad-format.hint": "For example {example}.",
    "files.bad-key": "{key} can not be a key under {member}. {expected}",
    "files.not-accepted": "{member} is not as its schema wants it: {what}.",
    # What only the meaning shows
    "files.unknown-plan": "No plan of the catalogue {catalogue} is called {word}.",
    "files.unknown-plan.near": "Did you mean {near}?",
    "files.unknown-plan.list": "`reconciler catalogue` lists the plans.",
    "files.ambiguous-plan": "{word} means more than one plan: {candidates}.",
    "files.ambiguous-plan.hint": "Write the key of the plan that is meant.",
    "files.over-plan-cap": "{member} is {found}, and {plan} takes at most {cap} ({over} too many).",
    "files.over-plan-cap.hint": (
        "Declare {cap} or fewer, or a plan with room for {found}. If they are bought already, take the licenses line"
        " out: a number left out is not managed."
    ),
    "files.duplicate-subscription": "The subscription name {word} stands here a second time; the first is at {first}.",
    "files.duplicate-subscription.hint": "Give each subscription of a tenant a name of its own.",
    "files.ambiguous-declared": (
        "{names} all declare {plan} without a subscriptionId, so which of them means which live one can not be told."
    ),
    "files.ambiguous-declared.hint": (
        "Pin them: write the subscriptionId of each, as the admin portal shows it."
    ),
    "files.both-managed": "{word} is declared at {other} and listed as unmanaged here.",
    "files.both-managed.hint": (
        "Take one of the two out. To leave another subscription of the same plan alone, list it by its subscriptionId."
    ),
    "files.acknowledged-nothing": "noWayBack names {word}, and no subscription of the file declares that plan.",
    "files.acknowledged-nothing.hint": "Name the plan that is switched to. Declared here: {declared}.",
    # What only several files show
    "files.duplicate-name": "The tenant name {word} is also declared at {others}. None of them is read.",
    "files.duplicate-name.hint": "Give each tenant a name of its own, or delete the copy.",
    "files.duplicate-moved": "Two tenants say that they were called {word}; also at {others}. None of them is read.",
    "files.duplicate-moved.hint": "One of them took the name over; take `moved` out of the other.",
    "files.still-declared": (
        "{word} is both the former name of a tenant and the name of one; also at {others}. Neither is read."
    ),
    "files.still-declared.hint": (
        "If the tenant was renamed, delete the file that still declares it under the old name; else take `moved` out."
    ),
    "files.duplicate-tenant": "The tenant {word} is also declared at {others}. None of them is read.",
    "files.duplicate-tenant.hint": "Keep one file for each tenant.",
    "files.duplicate-id": "The subscription {word} is also declared at {others}. None of these tenants is read.",
    "files.duplicate-id.hint": (
        "A subscription belongs to one tenant and one entry; correct the id in one of the places."
    ),
    # Change windows, limits, waivers
    "files.window.form": "{member} says {found}, which is no change window.",
    "files.window.form.hint": (
        "Write days and hours, `Sat 20:00-24:00`, `Mon-Fri 22:00-04:00` or `Sat,Sun 06:00-18:00`; for a quiet"
        " period of whole days, `deny: 2026-12-20..2027-01-03`."
    ),
    "files.window.days": "{member} says {found}: its days are not days of the week.",
    "files.window.days.hint": (
        "Days are Mon, Tue, Wed, Thu, Fri, Sat and Sun, as a list (`Sat,Sun`) or from one to another (`Mon-Fri`)."
    ),
    "files.window.hours": "{member} says {found}: its hours are not hours of a day.",
    "files.window.hours.hint": "Hours go from 00:00 to 24:00; a window may end on the next day, `22:00-04:00`.",
    "files.window.no-time": "{member} says {found}: it begins and ends at the same time, so no hour is in it.",
    "files.window.no-time.hint": "For the whole day write 00:00-24:00.",
    "files.window.no-date": "{member} says {found}: there is no such day in the calendar.",
    "files.window.no-date.hint": "Write days that are there, as 2026-12-20..2027-01-03.",
    "files.window.backwards": "{member} says {found}: it ends before it begins.",
    "files.window.backwards.hint": "Write the first day first, as 2026-12-20..2027-01-03; both are part of it.",
    "files.window.dates-allowed": "{member} says {found}: days of the calendar can only be denied.",
    "files.window.dates-allowed.hint": "Allow days of the week with hours, as `Sat 20:00-24:00`.",
    "files.window.zone": "{member} says {found}, which is no time zone.",
    "files.window.zone.hint": "Write a name of the tz database, such as Europe/Oslo or UTC.",
    "files.limit-raised": "{limit} is {found} here and {most} in the configuration; a tenant file may only lower it.",
    "files.limit-raised.hint": (
        "Write {most} or less, or raise `limits.{limit}` in reconciler.yaml for the whole fleet."
    ),
    "files.waiver-expired": "The waiver of {rule} ended on {until} ({owner}).",
    "files.waiver-expired.hint": (
        "Take it out, or let {owner} decide anew: with a later `until`, and a reason that still holds."
    ),
    # The disk
    "files.no-such-path": "{path} does not exist.",
    "files.no-such-path.hint": "Name a file or a folder that is there.",
    "files.no-files": "{path} holds no *.yaml or *.yml file.",
    "files.no-files.hint": 'An empty folder is never taken as "nothing to do". Is this the right one?',
    "files.not-a-file": "This is {what}, not a file; it is not read.",
    "files.not-a-file.hint": "Name a file or a folder of files.",
    "files.unreadable": "It can not be read: {why}.",
    "files.changed-meanwhile": "It changed while it was read, or is no file on a disk.",
    "files.changed-meanwhile.hint": "Run the command again once whoever writes it is done.",
    "files.link-outside": "This link leads out of the folder {root}; it is not followed.",
    "files.link-outside.hint": "Put the file itself into the folder, or name it on the command line.",
    "files.link-not-followed": "This link leads to {target}. In a commit links are not followed, so it is not read.",
    "files.link-not-followed.hint": "Put the file itself there.",
    "files.submodule": "This is a submodule: its files are in another repository, and are not read.",
    "files.submodule.hint": "Put the files themselves there, or name a folder without it.",
    "files.outside-repository": "{path} leads out of the repository {root}, whose files are not trusted.",
    "files.outside-repository.hint": "RECONCILER_UNTRUSTED is set: unreviewed files may name only what is inside. "
    "Whoever runs the tool may name other paths, on the command line or in the environment.",
    "files.untrusted-word": "{variable} is {word!r}; it takes 1 (the files are not trusted) or 0.",
    "files.what.fifo": "a pipe",
    "files.what.device": "a device",
    "files.what.socket": "a socket",
    "files.what.folder": "a folder",
    "files.what.other": "something else",
    # The configuration
    "files.state-url": "The state store {found} is neither a folder nor a database of PostgreSQL.",
    "files.state-url.hint": (
        "Name a folder, for example `state: .reconciler`, or a database: `state: postgresql://USER@HOST/DATABASE`."
    ),
    "files.state-password": "The URL of the state store holds a password, and this file is no place for one.",
    "files.state-password.hint": (
        "Leave the password out and give it with PGPASSWORD or a pgpass file, or keep the whole URL elsewhere: "
        "`stateFrom: {{environment: NAME}}` or `stateFrom: {{file: PATH}}`. Change the password: it was written here."
    ),
    "files.two-states": "Both state and stateFrom say where the state is kept.",
    "files.two-states.hint": "Keep one of them.",
    "files.two-folders": "state already names the folder of all that is in files.",
    "files.two-folders.hint": "Leave folder out: it is for a state in a database.",
    "files.bad-repository": "{member} is not fetched from. {why}",
    "files.bad-branch": "{member} is {found!r}, which is not the name of a branch.",
    "files.bad-branch.hint": "Write it as the host shows it, for example main.",
    "files.bad-folder": "{member} is {found!r}, which leads out of the repository.",
    "files.bad-folder.hint": "Write a folder inside it, for example tenants.",
    "files.token": "source.token is not as it must be. What stands there is not repeated, since it may be a secret.",
    "files.token.hint": (
        "Write where the token is: `token: {{file: PATH}}`, or `token: {{environment: NAME}}` with the name in "
        "capitals. A token that stood here should be made invalid."
    ),
    # Notifications
    "files.duplicate-receiver": "The receiver {word} stands here a second time; the first is at {first}.",
    "files.duplicate-receiver.hint": "Give each receiver a name of its own; routes call it by that.",
    "files.unknown-receiver": "No receiver is called {word}.",
    "files.unknown-receiver.hint": "Receivers here: {known}.",
    "files.not-secure": "{member} is no address that may be used: https, without a user before the host.",
    "files.not-secure.hint": (
        "http is allowed to this very machine only. Where the address itself is the secret, keep it elsewhere and "
        "write `urlFrom`."
    ),
    "files.not-encrypted": "{member} is none, and {host} is another machine.",
    "files.not-encrypted.hint": "Write `security: starttls` or `security: tls`: what is told is not for everybody.",
    "files.half-a-login": "{member} names a user or a password, and not both.",
    "files.half-a-login.hint": "Write `user` and `passwordFrom`, or leave both out.",
    # Microsoft
    "files.not-secure.partnerCenter.hint": "http is allowed to this very machine only, for a rehearsal.",
    "files.not-secure.graph.hint": "http is allowed to this very machine only, for a rehearsal.",
    "files.not-secure.login.hint": "http is allowed to this very machine only, for a rehearsal.",
    "files.address-unreviewed": (
        "{member} names another address than Microsoft's, in a file nobody has reviewed: whoever is there would be "
        "sent what we sign in with."
    ),
    "files.address-unreviewed.hint": (
        "RECONCILER_UNTRUSTED is set: only an address of this very machine may stand here. Whoever runs the tool may "
        "name others in the environment."
    ),
    "files.no-partner": (
        "backend is microsoft, and nothing says whose customers these are: microsoft.partner is missing."
    ),
    "files.no-partner.hint": (
        "Write the partner's own tenant, by its id or domain, `microsoft: {{partner: contoso.onmicrosoft.com}}`, or "
        "set RECONCILER_MICROSOFT_PARTNER."
    ),
    "files.no-application": "{member} does not say as which application to sign in: clientId is missing.",
    "files.no-application.hint": (
        "Write the application's id, as its page in Microsoft Entra shows it, or set {variable}."
    ),
    "files.no-proof": "{member} has nothing to sign in with: neither secretFrom nor certificateFrom.",
    "files.no-proof.hint": (
        "Write where one of them is kept, never the secret itself: `secretFrom: {{environment: NAME}}`, "
        "`{{file: PATH}}` or `{{keyring: NAME}}`."
    ),
    "files.two-proofs": "{member} names both a secret and a certificate; one of them is used to sign in.",
    "files.two-proofs.hint": "Take one of secretFrom and certificateFrom out. A certificate is the safer one.",
    "files.one-application": "The writer is the same application as the reader.",
    "files.one-application.hint": (
        "Register a second application for writing: what only looks, plan first of all, then holds nothing that "
        "could change a tenant."
    ),
    # Parts of the package
    "files.no-schema": "There is no schema {name}. There are: {known}.",
    "files.no-catalogue": "There is no catalogue {name}. Shipped are: {known}. Another one is named by its path.",
    # The report
    "files.count": "{problems} in {files}.",
    "files.count.problem": "{count} problem",
    "files.count.problems": "{count} problems",
    "files.count.file": "{count} file",
    "files.count.files": "{count} files",
    "files.hint": "hint: {hint}",
    "files.no-owner": "No line of {file} is about {path}, the file of {tenant}, so nobody has to review it.",
    "files.no-owner.hint": "Add a line: /{folder}/ @your-organisation/your-team",
    "files.owner-taken-away": (
        "Line {line} of {file} (`{pattern}`) names no owner and is the last about the file of {tenant}, so nobody has "
        "to review it."
    ),
    "files.owner-taken-away.hint": "Name an owner in that line, or move it above the one that should count.",
    "files.owner-outside": "The file of {tenant} is outside the repository of {file}, so it can have no owner there.",
    "files.owner-outside.hint": "Name the CODEOWNERS file of the repository that holds the tenant files.",
    "files.owner-pattern": "`{word}` is no pattern the host takes here; it then does not use the line.",
    "files.owner-pattern.hint": "Write it without `!`, `[ ]` and `\\#`; of the lines that match, the last one counts.",
    "files.owner-name": "`{word}` is no owner.",
    "files.owner-name.hint": "Write @user, @organisation/team, or a mail address.",
}
