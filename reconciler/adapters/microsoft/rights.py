"""What each command needs of the two services in, whether the signed-in application has it out. Nothing is written.

Each right is tried by the very call that is in need of it, with one customer and one of its subscriptions, and what the
service says to that is the finding: a permission that is granted but not consented to looks granted everywhere else.
The rights are those of PC 2.2 and Graph 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote

from reconciler.adapters.microsoft.addresses import Addresses
from reconciler.adapters.microsoft.calling import Answer, Bearer, Calls, NoAnswer
from reconciler.adapters.microsoft.codes import ruling, tell
from reconciler.adapters.microsoft.commerce import Customer, Kind, WireSubscription, customer, subscription
from reconciler.adapters.microsoft.customers import Customers
from reconciler.adapters.microsoft.directory import roles_request
from reconciler.adapters.microsoft.envelopes import error_body, hidden_error, page
from reconciler.adapters.microsoft.partner_center import PartnerCenter
from reconciler.adapters.microsoft.tokens import NotSignedIn, SignIn
from reconciler.adapters.microsoft.wire import Body
from reconciler.checkup import Area, Finding, Mark
from reconciler.messages import say
from reconciler.observe import Unknown

LOOKS = ("plan", "apply", "run", "drift", "status", "import", "snapshot")
WRITES = ("apply", "run")
TICKETS = ("handoff", "run")
# Codes that say no more than that a right is missing; any other has a sentence of its own.
_PLAIN = frozenset({"right", "signed-out", "other"})
_MFA = "ismfacompliant"


@dataclass(frozen=True, slots=True)
class Right:
    """A right, and the call that shows whether it is there; ``say`` has why it is needed and how it is granted.

    ``permission``: its name where it is granted. ``reader`` and ``writer``: the commands for which each needs it.
    ``path`` has {customer} and {subscription} in it; ``kind``: which kind of subscription that has to be, None: any.
    ``missing``: what it comes to where it is not there. ``user``: no application alone is answered.
    """

    name: str
    permission: str
    path: str
    reader: tuple[str, ...] = LOOKS
    writer: tuple[str, ...] = ()
    kind: Kind | None = None
    user: bool = False
    missing: Mark = Mark.FAILED
    body: object | None = field(default=None, compare=False)

    def commands(self, who: str) -> tuple[str, ...]:
        """Return the commands for which the reader, or the writer, needs it."""
        return self.writer if who == "writer" else self.reader


_OF = "/v1/customers/{customer}"
_IN = f"{_OF}/subscriptions/{{subscription}}"
CUSTOMERS = Right("customers", "Partner Center", "/v1/customers?size=1", writer=WRITES)
SUBSCRIPTIONS = Right("subscriptions", "Partner Center", f"{_OF}/subscriptions", writer=WRITES)
AT_PARTNER_CENTER = (
    Right("transitions", "Partner Center", f"{_IN}/transitions", writer=WRITES, kind=Kind.NEW_COMMERCE),
    Right(
        "eligibilities",
        "Partner Center",
        f"{_IN}/transitionEligibilities?eligibilityType=immediate",
        writer=WRITES,
        kind=Kind.NEW_COMMERCE,
    ),
    Right("upgrades", "GDAP: Directory Readers", f"{_IN}/upgrades", writer=WRITES, kind=Kind.LEGACY),
    Right("provisioning", "GDAP: Directory Readers", f"{_IN}/provisioningstatus", user=True),
    Right(
        "service-requests",
        "Partner Center",
        f"{_OF}/servicerequests",
        reader=TICKETS,
        writer=TICKETS,
        user=True,
        missing=Mark.WARNING,
    ),
)
AT_GRAPH = (
    Right("organization", "Organization.Read.All", "/v1.0/directory/subscriptions"),
    Right("users", "User.Read.All", "/v1.0/users?$select=id,licenseAssignmentStates&$top=1"),
    Right(
        "health",
        "ServiceHealth.Read.All",
        "/v1.0/admin/serviceAnnouncement/healthOverviews?$expand=issues",
    ),
    Right("domains", "Domain.Read.All", "/v1.0/domains"),
    Right("roles", "User.Read", "/v1.0/me/checkMemberObjects", user=True, body=roles_request()),
)
RIGHTS = (CUSTOMERS, SUBSCRIPTIONS, *AT_PARTNER_CENTER, *AT_GRAPH)


@dataclass(frozen=True, slots=True)
class Services:
    """The two services, spoken to as one application. ``word``: the customer to try with, "" for the first one."""

    sign_in: SignIn
    center: Calls
    graph: Calls
    audience: Addresses
    partner: str
    word: str = ""


class Trying:
    """Tries the rights of one application, one call each."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._found: list[Finding] = []
        self._who = services.sign_in.application.who
        self._bearer = services.sign_in.bearer(services.audience.partner_center, services.partner)

    def findings(self) -> tuple[Finding, ...]:
        """Return what came of each right that the application is in need of."""
        # Where a cause is told, that no more could be tried is its shadow.
        with suppress(NotSignedIn):
            self._try_all()
        return tuple(self._found)

    def _try_all(self) -> None:
        answer = self._tried(CUSTOMERS, CUSTOMERS.path, {"ValidateMfa": "true"})
        if answer is None:
            return
        if self._services.sign_in.delegated:
            self._found.append(self._mfa(answer))
        found = self._customer(answer)
        if isinstance(found, Finding):
            self._found.append(found)
            return
        told = _text(found.domain) or _text(found.id)
        self._note(
            CUSTOMERS, Mark.PASSED, say("doctor.tried-with", what=self._what(CUSTOMERS), customer=told)
        )
        self._try_with(_text(found.id))

    def _try_with(self, customer_id: str) -> None:
        places = {"customer": quote(customer_id, safe="")}
        answer = self._tried(SUBSCRIPTIONS, SUBSCRIPTIONS.path.format(**places))
        sold = _subscriptions(answer) if answer is not None else ()
        for right in AT_PARTNER_CENTER:
            one = _fitting(right, sold)
            if "{subscription}" in right.path and one is None:
                if answer is None:
                    continue
                none = say(f"doctor.none.{right.kind or 'any'}", what=self._what(right))
                self._note(right, Mark.SKIPPED, none)
                continue
            self._tried(right, right.path.format(**places, subscription=quote(one or "", safe="")))
        for right in AT_GRAPH:
            self._tried(right, right.path, customer_id=customer_id)

    def _tried(
        self, right: Right, path: str, headers: Mapping[str, str] | None = None, customer_id: str = ""
    ) -> Answer | None:
        """Try one right and note what came of it; return the answer where it is one of success.

        Raises NotSignedIn, which is noted too: then nothing more is to be had from that service.
        """
        if not right.commands(self._who):
            return None
        if right.user and not self._services.sign_in.delegated:
            message = say("doctor.needs-user", what=self._what(right))
            self._note(right, right.missing, message, say("doctor.needs-user.way", who=self._who))
            return None
        calls, bearer = self._at(customer_id)
        method = "GET" if right.body is None else "POST"
        try:
            answer = calls.read(bearer, path, headers=headers or {}, method=method, body=right.body)
            wrong = self._wrong(right, answer)
        except NotSignedIn as lost:
            needed = right.commands(self._who)
            self._found.append(Finding(Area.SIGN_IN, self._who, Mark.FAILED, lost.reason, commands=needed))
            raise
        except NoAnswer as lost:
            self._note(
                right,
                Mark.UNKNOWN,
                say("doctor.unknown", what=self._what(right), why=lost.reason.rstrip(".")),
            )
            return None
        if wrong is not None:
            self._found.append(wrong)
            return None
        if right is not CUSTOMERS:
            self._note(right, Mark.PASSED, say("doctor.right.there", what=self._what(right)))
        return answer

    def _wrong(self, right: Right, answer: Answer) -> Finding | None:
        """The finding about an answer that is none of success; None for one that is. Raises NoAnswer."""
        what = self._what(right)
        error = None
        if answer.status == 200:
            error = hidden_error(200, Body(answer.json()))
            if error is None:
                return None
        error = error or error_body(answer.status, answer.body)
        found = ruling(error.status, error.code)
        told = tell(found, what, answer.status, error.code)
        if answer.status not in (401, 403):
            return self._finding(right, Mark.UNKNOWN, say("doctor.unknown", what=what, why=told.rstrip(".")))
        plain = found.group in _PLAIN
        way = say(f"doctor.grant.{right.name}", permission=right.permission, who=self._who)
        message = say("doctor.right.missing", what=what, why=say(f"doctor.why.{right.name}"))
        return self._finding(right, right.missing, message, way if plain else told)

    def _mfa(self, answer: Answer) -> Finding:
        """Whether the sign-in carries the proof of MFA, which the service tells if it is asked for (PC 2.2)."""
        said = answer.headers.get(_MFA, "").lower()
        if said == "true":
            return Finding(Area.SIGN_IN, self._who, Mark.PASSED, say("doctor.mfa", who=self._who))
        if said == "false":
            way = say("doctor.no-mfa.way", who=self._who)
            return Finding(Area.SIGN_IN, self._who, Mark.FAILED, say("doctor.no-mfa", who=self._who), way)
        return Finding(Area.SIGN_IN, self._who, Mark.SKIPPED, say("doctor.mfa-untold", who=self._who))

    def _customer(self, answer: Answer) -> Customer | Finding:
        """The customer to try with, or why there is none."""
        try:
            if self._services.word:
                center = PartnerCenter(self._services.center, self._bearer)
                return Customers(center).find(self._services.word)
            items = page(Body(answer.json())).items
        except NoAnswer as lost:
            return self._finding(
                CUSTOMERS, Mark.UNKNOWN, say("doctor.no-customer", why=lost.reason.rstrip("."))
            )
        if isinstance(items, Unknown):
            return self._finding(
                CUSTOMERS, Mark.UNKNOWN, say("doctor.no-customer", why=items.reason.rstrip("."))
            )
        found = customer(items[0]) if items else None
        if found is None or isinstance(found.id, Unknown):
            return self._finding(CUSTOMERS, Mark.UNKNOWN, say("doctor.no-customers"))
        return found

    def _at(self, customer_id: str) -> tuple[Calls, Bearer]:
        services = self._services
        if not customer_id:
            return services.center, self._bearer
        return services.graph, services.sign_in.bearer(services.audience.graph, customer_id)

    def _what(self, right: Right) -> str:
        return say("doctor.what", who=self._who, right=say(f"doctor.right.{right.name}"))

    def _note(self, right: Right, mark: Mark, message: str, way_out: str = "") -> None:
        self._found.append(self._finding(right, mark, message, way_out))

    def _finding(self, right: Right, mark: Mark, message: str, way_out: str = "") -> Finding:
        subject = f"{self._who}: {right.permission}, {right.name}"
        return Finding(Area.RIGHTS, subject, mark, message, way_out, right.commands(self._who))


def _subscriptions(answer: Answer) -> tuple[WireSubscription, ...]:
    items = page(Body(answer.json())).items
    return () if isinstance(items, Unknown) else tuple(subscription(item) for item in items)


def _fitting(right: Right, sold: Sequence[WireSubscription]) -> str | None:
    """The id of a subscription that the right can be tried with."""
    kinds = (right.kind,) if right.kind else (Kind.NEW_COMMERCE, Kind.LEGACY)
    fitting = (one.id for one in sold if one.kind in kinds and isinstance(one.id, str))
    return next(fitting, None)


def _text(fact: object) -> str:
    return fact if isinstance(fact, str) else ""
