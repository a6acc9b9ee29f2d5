"""The tenant itself in, answers out: is it the one the file names, could both sides be compared."""

from __future__ import annotations

from uuid import UUID

from reconciler.memory import folded
from reconciler.observe import Unknown
from reconciler.rules.reading import who
from reconciler.rules.scene import Answer, Scene, know


def wrong_tenant(scene: Scene) -> Answer:
    """The word in the file must be one the live tenant answers to, or we would write into another house."""
    declared = scene.declaration.tenant.strip()
    facts = {**who(scene), "declared": declared}
    guid = _guid(declared)
    if guid:
        shown = know(scene.observation.tenant_id, "tenantId")
        same = _guid(shown) == guid
        return Answer.passed(**facts) if same else Answer.failed(shown=shown, **facts)
    names = _names(scene)
    if folded(declared) in {folded(name) for name in names}:
        return Answer.passed(**facts)
    # Only a complete look at all its names can tell that this is another tenant.
    know(scene.observation.domain, "tenant")
    know(scene.observation.domains, "domains")
    return Answer.failed(shown=", ".join(names), **facts)


def not_read(scene: Scene) -> Answer:
    """What could not be read can not be compared, so no step of it is even known."""
    if not scene.unread:
        return Answer.passed(**who(scene))
    facts = "; ".join(f"{fact} ({reason})" for fact, reason in scene.unread)
    return Answer.undecided("unread", facts=facts, count=len(scene.unread), **who(scene))


def _names(scene: Scene) -> tuple[str, ...]:
    """Return the tenant's known names, the default domain first, each once."""
    domain, domains = scene.observation.domain, scene.observation.domains
    first = () if isinstance(domain, Unknown) else (domain,)
    rest = () if isinstance(domains, Unknown) else domains
    return tuple(dict.fromkeys((*first, *rest)))


def _guid(word: str) -> UUID | None:
    try:
        return UUID(word)
    except ValueError:
        return None
