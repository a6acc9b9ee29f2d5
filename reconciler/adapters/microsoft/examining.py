"""How the live backend is set up in, everything that stands in its way out: network, clock, sign-in, rights.

It asks as the commands ask, and writes nothing to either service. Signing in renews a refresh token, here as anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from reconciler.adapters.microsoft.addresses import Addresses
from reconciler.adapters.microsoft.calling import Calls
from reconciler.adapters.microsoft.certificates import kept_certificate
from reconciler.adapters.microsoft.pace import Pace
from reconciler.adapters.microsoft.refreshing import EARLY, kept_grant
from reconciler.adapters.microsoft.refusing import Why
from reconciler.adapters.microsoft.rights import Services, Trying
from reconciler.adapters.microsoft.secrets import SecretStore, SecretTrouble
from reconciler.adapters.microsoft.sending import Line, NoAnswer, Patience
from reconciler.adapters.microsoft.tokens import NotSignedIn, SignIn
from reconciler.checkup import Area, Finding, Mark
from reconciler.messages import say

# Tokens are good from a moment to a moment, and Microsoft's own services allow for as much.
MOST_SKEW = timedelta(minutes=5)
CERTIFICATE_EARLY = timedelta(days=30)
# What each host answers without a token, if only with a refusal; any answer shows that it is there.
_DOORS = {
    "partner_center": "/v1/customers?size=1",
    "graph": "/v1.0/organization",
    "login": "/common/v2.0/.well-known/openid-configuration",
}


@dataclass(frozen=True, slots=True)
class Installation:
    """A live backend as it is set up. ``writer`` None: none is configured, so nothing can be written.

    ``audience``: the services as tokens name them, whatever ``addresses`` are asked.
    ``word``: the domain or id of the customer to try rights with, "" for the first one there is.
    """

    partner: str
    addresses: Addresses
    audience: Addresses
    reader: SignIn | None
    writer: SignIn | None
    license_transfer: bool = True
    calls_per_minute: int | None = None
    word: str = ""
    patience: Patience = field(default_factory=Patience)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def examine(installation: Installation) -> Iterator[Finding]:
    """Yield every finding, in the order of the checks; one that would only be the shadow of another is left out."""
    reached: set[str] = set()
    skews: list[timedelta] = []
    for name in _DOORS:
        finding, date = _network(installation, name)
        yield finding
        if finding.mark is Mark.PASSED:
            reached.add(name)
        if date is not None:
            skews.append(date - installation.now())
    yield _clock(skews)
    if "login" not in reached:
        return
    for who, sign_in in (("reader", installation.reader), ("writer", installation.writer)):
        if sign_in is None:
            mark = Mark.FAILED if who == "reader" else Mark.SKIPPED
            yield Finding(Area.SIGN_IN, who, mark, say(f"doctor.no-{who}"))
            continue
        yield from _as(sign_in, installation, {"partner_center", "graph"} <= reached)


def _as(sign_in: SignIn, installation: Installation, reached: bool) -> Iterator[Finding]:
    """What came of it as one application: what it proves itself with, signing in, and each right."""
    application = sign_in.application
    if application.certificate is not None:
        yield _certificate(application.who, application.certificate, installation.now())
    if application.refresh_token is not None:
        yield _refresh_token(application.who, application.refresh_token, installation.now())
    elif application.who == "writer" and installation.license_transfer:
        subject, way = "writer: licenses taken along", say("doctor.transfer.way")
        yield Finding(Area.RIGHTS, subject, Mark.FAILED, say("doctor.transfer"), way, ("apply", "run"))
    signed = _signed_in(sign_in, installation)
    yield signed
    if signed.mark is Mark.PASSED and reached:
        addresses, patience = installation.addresses, installation.patience
        pace = Pace(installation.calls_per_minute, patience.clock, patience.sleep)
        center = Calls(addresses.partner_center, pace, patience)
        graph = Calls(addresses.graph, Pace(None, patience.clock, patience.sleep), patience)
        services = Services(
            sign_in, center, graph, installation.audience, installation.partner, installation.word
        )
        yield from Trying(services).findings()
        center.close()
        graph.close()


def _network(installation: Installation, name: str) -> tuple[Finding, datetime | None]:
    """Whether a host is there, and what its clock says."""
    base = getattr(installation.addresses, name)
    called = say(f"doctor.host.{name}")
    patience = installation.patience
    line = Line(base, patience, threads=1)
    date = None
    try:
        until = patience.clock() + patience.whole
        date = line.send("GET", _DOORS[name], {"Accept": "application/json"}, None, until).date
    except NoAnswer as lost:
        if not lost.answered:
            message = say("doctor.host.away", host=called, why=lost.reason)
            return Finding(Area.NETWORK, called, Mark.FAILED, message, say("doctor.host.way")), None
    finally:
        line.close()
    return Finding(Area.NETWORK, called, Mark.PASSED, say("doctor.host.there", host=called, base=base)), date


def _clock(skews: list[timedelta]) -> Finding:
    """Whether our clock goes with theirs, by the one that differs most."""
    if not skews:
        return Finding(Area.CLOCK, "clock", Mark.UNKNOWN, say("doctor.clock.unknown"))
    most = max(skews, key=abs)
    seconds = round(abs(most).total_seconds())
    if abs(most) <= MOST_SKEW:
        return Finding(Area.CLOCK, "clock", Mark.PASSED, say("doctor.clock.right", seconds=seconds))
    way = say("doctor.clock.behind" if most > timedelta() else "doctor.clock.ahead", seconds=seconds)
    return Finding(Area.CLOCK, "clock", Mark.WARNING, way, say("doctor.clock.way"))


def _signed_in(sign_in: SignIn, installation: Installation) -> Finding:
    who = sign_in.application.who
    try:
        tenant = sign_in.partner_id()
        sign_in.bearer(installation.audience.partner_center, installation.partner).token()
    except NotSignedIn as lost:
        mark = Mark.UNKNOWN if lost.why is Why.UNREACHED else Mark.FAILED
        return Finding(Area.SIGN_IN, who, mark, lost.reason)
    key = "doctor.signed-in.user" if sign_in.delegated else "doctor.signed-in.alone"
    return Finding(Area.SIGN_IN, who, Mark.PASSED, say(key, who=who, tenant=tenant))


def _refresh_token(who: str, store: SecretStore, now: datetime) -> Finding:
    subject = say("doctor.refresh-token", who=who)
    try:
        grant = kept_grant(store)
    except SecretTrouble as trouble:
        way = say("doctor.sign-in.way", who=who)
        return Finding(Area.SIGN_IN, subject, Mark.FAILED, str(trouble), way)
    age = grant.age(now)
    if age is None:
        message = say("doctor.refresh-token.ageless", who=who, where=store.where)
        return Finding(Area.SIGN_IN, subject, Mark.SKIPPED, message)
    facts = {"who": who, "where": store.where, "days": age.days}
    if grant.is_over(now):
        return Finding(Area.SIGN_IN, subject, Mark.FAILED, say("sign-in.over", **facts))
    if age >= EARLY:
        return Finding(Area.SIGN_IN, subject, Mark.WARNING, grant.warning(now, who, store.where))
    return Finding(Area.SIGN_IN, subject, Mark.PASSED, say("doctor.refresh-token.young", **facts))


def _certificate(who: str, store: SecretStore, now: datetime) -> Finding:
    subject = say("doctor.certificate", who=who)
    try:
        held = kept_certificate(store)
    except SecretTrouble as trouble:
        return Finding(Area.SIGN_IN, subject, Mark.FAILED, str(trouble))
    left = held.ends - now
    facts = {"who": who, "where": store.where, "days": left.days, "end": held.ends.date().isoformat()}
    if left <= timedelta():
        message, way = say("doctor.certificate.over", **facts), say("doctor.certificate.way", **facts)
        return Finding(Area.SIGN_IN, subject, Mark.FAILED, message, way)
    mark = Mark.WARNING if left < CERTIFICATE_EARLY else Mark.PASSED
    way = say("doctor.certificate.way", **facts) if mark is Mark.WARNING else ""
    return Finding(Area.SIGN_IN, subject, mark, say("doctor.certificate.good", **facts), way)
