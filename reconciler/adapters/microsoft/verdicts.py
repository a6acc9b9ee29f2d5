"""The answer to a write in, what became of the write out: taken, or the error that says why not, or that nobody knows.

200, 202                          taken: what came of it is found out by looking
2055, 20003, ...                  Moved: the look it rested on is no longer so
429, 401                          Later: certainly not taken; the token was good for the look right before
900278, 800082, ... on a raise    Later: the number is absolute, so a later one is judged anew and can not add up
900278, 800082, ... on a switch   AnswerLost: the pending operation may be this very switch; only a look tells
another 4xx                       Refused: a person has to do something first
5xx, 408, anything else           AnswerLost
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from reconciler.adapters.microsoft.calling import Answer, NoAnswer
from reconciler.adapters.microsoft.codes import Course, Ruling, ruling, switch_ruling, tell
from reconciler.adapters.microsoft.envelopes import ErrorBody, error_body, hidden_error
from reconciler.adapters.microsoft.switching import Trouble, UserLicenseError
from reconciler.adapters.microsoft.wire import Body
from reconciler.errors import AnswerLost, Later, Moved, NotWritten, ReconcilerError, Refused
from reconciler.messages import say
from reconciler.observe import Fact, Unknown

TAKEN = frozenset({200, 202})
# What a pending operation asks for (PC 14: "try again after 24 hours"), and how long a busy order may take.
PENDING_CODE, PENDING_FOR, BUSY_FOR, THROTTLED_FOR = "900278", 86_400, 900, 60


def heard(answer: Answer, who: str, *, once: bool) -> Body | None:
    """Return the body of an answer to a write that was taken, None where it has none that can be read.

    ``once``: the write would be another one if it were made again, as an order is. Raises Refused, Moved, Later,
    AnswerLost.
    """
    if answer.status not in TAKEN:
        raise refusal(error_body(answer.status, answer.body), who, answer, once=once)
    if answer.status == 202:
        return None
    try:
        body = Body(answer.json())
    except NoAnswer:
        # It was taken; what it came to shows at the next look, as it always does.
        return None
    hidden = hidden_error(200, body)
    if hidden is not None:
        # A refusal that calls itself a success may be either (PC 2.7).
        raise AnswerLost(_sentence(ruling(400, hidden.code), who, hidden, answer))
    return body


def refusal(error: ErrorBody, who: str, answer: Answer, *, once: bool) -> ReconcilerError:
    """Return the error that an answer other than success stands for."""
    found = ruling(error.status, error.code)
    told = _sentence(found, who, error, answer)
    if error.status >= 500 or error.status == 408 or error.status < 400:
        return AnswerLost(told)
    if error.status == 401:
        # The look right before was made with this token: it lapsed in between, and the next one is a new one.
        return Later(told, 0)
    if found.course is Course.LATER:
        return Later(told, ceil(THROTTLED_FOR if answer.later is None else answer.later))
    if found.course is Course.RECHECK:
        wait = PENDING_FOR if error.code == PENDING_CODE else BUSY_FOR
        return AnswerLost(told) if once else Later(told, wait)
    if found.course is Course.LOOK_AGAIN:
        return Moved(told)
    if found.course is Course.UNCERTAIN:
        return AnswerLost(told)
    return Refused(str(error.status) if isinstance(error.code, Unknown) else error.code, told)


def lost(trouble: NoAnswer, who: str) -> ReconcilerError:
    """Return what a write without an answer comes to: certainly not made, or nobody knows."""
    told = say("live.write.lost", who=who, why=trouble.reason)
    return AnswerLost(told) if trouble.sent else Later(told, ceil(trouble.later or 0))


def unread(trouble: NoAnswer, who: str) -> Later:
    """Return what a look that failed just before a write comes to: nothing was written, and it may be tried again."""
    return Later(say("live.write.unread", who=who, why=trouble.reason), ceil(trouble.later or 0))


def _sentence(found: Ruling, who: str, error: ErrorBody, answer: Answer) -> str:
    told = tell(found, who, error.status, error.code)
    correlation = answer.headers.get("ms-correlationid")
    return (
        say("live.write.failed", who="", why=told, correlation=correlation).strip(": ")
        if correlation
        else told
    )


def upgrade_failed(errors: Fact[tuple[Trouble, ...]], who: str) -> NotWritten:
    """Return what an answer of success that names errors is: a failure, and certainly moved nothing (PC 6)."""
    return not_ordered("live.write.lost", errors, {"who": who})


def not_ordered(key: str, errors: Fact[tuple[Trouble, ...]], facts: Mapping[str, object]) -> NotWritten:
    """Return what stands against a switch, in the sentence ``key``: later where time alone may clear it."""
    told = say(key, why=_told(errors), **facts)
    return Later(told, BUSY_FOR) if _passes(errors) else Refused(_code(errors), told)


def _passes(errors: Fact[tuple[Trouble, ...]]) -> bool:
    """Whether time alone may clear all that stands against it."""
    if isinstance(errors, Unknown) or not errors:
        return False
    return all(switch_ruling(trouble.code).course is Course.RECHECK for trouble in errors)


def _code(errors: Fact[tuple[Trouble, ...]]) -> str:
    codes = () if isinstance(errors, Unknown) else [t.code for t in errors if isinstance(t.code, str)]
    return next(iter(codes), "not-eligible")


def _told(errors: Fact[tuple[Trouble, ...]]) -> str:
    if isinstance(errors, Unknown):
        return errors.reason
    texts = [_one(trouble) for trouble in errors]
    return "; ".join(texts) or say("live.write.no-reason")


def _one(trouble: Trouble) -> str:
    text = (
        trouble.text
        if isinstance(trouble.text, str)
        else tell(switch_ruling(trouble.code), "it", 200, trouble.code)
    )
    return text if isinstance(trouble.code, Unknown) else f"{text.rstrip('.')} ({trouble.code})"


def left_behind(errors: Fact[tuple[UserLicenseError, ...]]) -> str | None:
    """Return what a person has to do for users whose licence did not move; it is not ordered again (PC 6)."""
    if isinstance(errors, Unknown) or not errors:
        return None
    names = [e.name if isinstance(e.name, str) else e.user_id for e in errors]
    first = ", ".join(n if isinstance(n, str) else say("live.write.nobody") for n in names[:3])
    users = first if len(names) <= 3 else say("live.write.some-users", first=first, more=len(names) - 3)
    return say("live.write.users", count=len(names), users=users)
