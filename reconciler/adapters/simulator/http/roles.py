"""The operator's roles in, which of them a caller is told he has out (Graph 6.9, 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.adapters.simulator.http import odata
from reconciler.adapters.simulator.http.answers import Answer
from reconciler.adapters.simulator.http.identities import OPERATOR, made_id
from reconciler.adapters.simulator.http.world import Visit

MOST_IDS = 20
# Template ids of directory roles; other words of the service have none, and are not told (Graph 5).
TEMPLATES: Mapping[str, str] = {
    "global-administrator": "62e90394-69f5-4237-9190-012177145e10",
    "billing-administrator": "b0f54661-2d74-4c50-afa3-1ec803f12efe",
    "license-administrator": "4d6ac14f-3453-41d0-bef9-a3e0c569773a",
    "user-administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "global-reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "directory-readers": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    "directory-writers": "9360feb5-f418-4baa-8175-e2a00bac4301",
    "service-support-administrator": "f023fd81-a637-4b56-95fd-791ac0226033",
    "privileged-role-administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
}


def check_member_objects(visit: Visit) -> Answer:
    """POST /me/checkMemberObjects: which of up to 20 role template ids the person has."""
    body = visit.asked.document() or {}
    ids = body.get("ids")
    if not isinstance(ids, list) or len(ids) > MOST_IDS:
        raise odata.refuse(visit, 400, "Request_BadRequest", f"The ids are a list of up to {MOST_IDS}.")
    held = {template.casefold() for template in _held(visit)}
    context = f"{visit.asked.base}/v1.0/$metadata#Collection(Edm.String)"
    return Answer(200, {"@odata.context": context, "value": [i for i in ids if str(i).casefold() in held]})


def assignments(visit: Visit) -> Answer:
    """GET /roleManagement/directory/roleAssignments: filtered, always (Graph 6.9)."""
    sought = odata.equals(visit, ("principalId", "roleDefinitionId"))
    if sought is None:
        raise odata.refuse(visit, 400, "Request_BadRequest", "Role assignments are filtered, always.")
    if visit.asked.query.get("$expand", "principal").strip() != "principal":
        raise odata.refuse(visit, 400, "Request_BadRequest", "Only the principal can be expanded.")
    name, value = sought
    items = [_assignment(visit, template) for template in _held(visit)]
    found = [each for each in items if each[name].casefold() == value.casefold()]
    return odata.listed(visit, "roleManagement/directory/roleAssignments", found)


def app_only_has_no_me(visit: Visit) -> Answer:
    """Refuse what is about the person who signed in, where none did."""
    raise odata.refuse(
        visit, 400, "BadRequest", "/me request is only valid with delegated authentication flow."
    )


def _held(visit: Visit) -> list[str]:
    roles = (visit.shown().get("operator") or {}).get("roles")
    if roles is None:
        raise odata.not_shown(visit)
    return [TEMPLATES[role] for role in roles if role in TEMPLATES]


def _assignment(visit: Visit, template: str) -> dict[str, Any]:
    person = made_id(OPERATOR)
    body: dict[str, Any] = {
        "id": f"{made_id(f'assignment:{visit.tenant.name}:{template}')}-1",
        "principalId": person,
        "resourceScope": "/",
        "directoryScopeId": "/",
        "roleDefinitionId": template,
    }
    if "$expand" in visit.asked.query:
        who = {"@odata.type": "#microsoft.graph.user", "id": person, "accountEnabled": True}
        body["principal"] = {**who, "displayName": "Operator", "userType": "Guest"}
    return body
