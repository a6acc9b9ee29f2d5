"""The state of the subscription and its services in, answers out: is now a good moment."""

from __future__ import annotations

from reconciler.messages import say
from reconciler.observe import Unknown
from reconciler.rules.reading import live, member, plan, source, title, who
from reconciler.rules.scene import Answer, NotKnown, Scene, know


def not_active(scene: Scene) -> Answer:
    """Only an active subscription is switched or added to (N8, M-06, M-29)."""
    status = know(live(scene).status, member(scene, "status"))
    if status == "active":
        return Answer.passed(**who(scene))
    return Answer.failed(status=status, **who(scene))


def not_provisioned(scene: Scene) -> Answer:
    """A plan must be fully set up before it is left (R-PROVISIONED)."""
    facts = {**who(scene), "plan": title(scene, source(scene).plan)}
    if know(live(scene).provisioned, member(scene, "provisioned")):
        return Answer.passed(**facts)
    return Answer.failed(**facts)


def service_unhealthy(scene: Scene) -> Answer:
    """Every service of the plan being left must be healthy; one not known is unknown (R-HEALTH, A-20)."""
    start = plan(scene, source(scene).plan)
    if not start.services:
        raise NotKnown("services", say("service-unhealthy.no-services", plan=start.name))
    states = {name: _state(scene, name) for name in start.services}
    unread = {name: state for name, state in states.items() if isinstance(state, Unknown)}
    ill = ", ".join(f"{n} ({s})" for n, s in states.items() if n not in unread and s != "healthy")
    facts = {**who(scene), "plan": start.name}
    if unread:
        names = ", ".join(f"services.{name}" for name in unread)
        reason = next(iter(unread.values())).reason
        raise NotKnown(names, say("service-unhealthy.and-ill", reason=reason, ill=ill) if ill else reason)
    if ill:
        return Answer.failed(ill=ill, **facts)
    return Answer.passed(services=", ".join(start.services), **facts)


def website_domain(scene: Scene) -> Answer:
    """The website's address is changed before the switch, later not easily (R-DOMAIN, R-DOMAIN-LATE)."""
    wanted = scene.declaration.website
    if wanted is None:
        return Answer.skipped(say("website-domain.skipped"))
    shown = know(scene.observation.website, "website.domain")
    facts = {**who(scene), "wanted": wanted, "shown": shown}
    if _host(wanted) == _host(shown):
        return Answer.passed(**facts)
    return Answer.failed(**facts)


def _state(scene: Scene, name: str) -> str | Unknown:
    services = scene.observation.services
    if isinstance(services, Unknown):
        return services
    return services.get(name) or Unknown(say("service-unhealthy.not-shown"))


def _host(domain: str) -> str:
    return domain.strip().rstrip(".").casefold()
