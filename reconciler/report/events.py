"""What is to be told in, a CloudEvent out: version 1.0 of the specification, in its structured JSON form.

Names are told as they are, so that a program can look them up; only what no text may hold is spelt as an escape.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reconciler.notices import Kind, Notice, Word
from reconciler.notices.digesting import Digest, Group
from reconciler.notices.discretion import discreet
from reconciler.report.document import moment
from reconciler.report.letters import quoted
from reconciler.report.notices import page_of

MEDIA_TYPE = "application/cloudevents+json; charset=UTF-8"
SPECIFICATION = "1.0"
DIGEST = "reconciler.digest"
LONGEST = 300
Json = dict[str, Any]
# The specification's String leaves these out: controls, surrogates, and what is no character.
_NO_CHARACTERS = "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_NO_TEXT = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_NO_CHARACTERS}]")


def type_of(kind: Kind) -> str:
    """Return the type of event that tells of a kind of matter: ``reconciler.tenant.stalled``."""
    return f"reconciler.{kind.about}.{kind}"


def event_of(id_: str, contents: Notice | Digest, page_url: str = "") -> Json:
    """Return the event; ``id_`` is the message's, the same at each try."""
    if isinstance(contents, Digest):
        return _event(id_, DIGEST, "", "", contents.at, _digest(contents, page_url))
    matter = contents.matter
    subject = "/".join(part for part in (matter.tenant, matter.subject) if part)
    data = _notice(contents, page_url)
    return _event(id_, type_of(matter.word.kind), matter.fleet, subject, contents.at, data)


def event_text(event: Json) -> bytes:
    """Return the bytes that are signed and sent; ASCII, so that no reader can differ over them."""
    return json.dumps(event, separators=(",", ":"), allow_nan=False).encode("ascii")


def _event(id_: str, type_: str, fleet: str, subject: str, at: datetime, data: Json) -> Json:
    event: Json = {
        "specversion": SPECIFICATION,
        "id": id_,
        "source": f"/reconciler/{quoted(_text(fleet))}" if fleet else "/reconciler",
        "type": type_,
        "time": moment(at),
        "datacontenttype": "application/json",
        "data": data,
    }
    return {**event, "subject": _text(subject)} if subject else event


def _notice(notice: Notice, page_url: str) -> Json:
    matter = notice.matter
    return {
        "change": str(notice.change),
        **_word(matter.word),
        "before": _word(notice.before) if notice.before else None,
        "fleet": _text(matter.fleet) or None,
        "tenant": _text(matter.tenant) or None,
        "subject": _text(matter.subject) or None,
        "labels": {_text(name): _text(discreet(value)) for name, value in sorted(matter.labels.items())},
        "message": _text(matter.sentence, None) or None,
        "remedy": _text(matter.remedy, None) or None,
        "commit": _text(matter.commit or "") or None,
        "opened_at": moment(notice.opened_at),
        "page": page_of(matter.tenant, page_url) or None,
    }


def _digest(digest: Digest, page_url: str) -> Json:
    return {
        "since": moment(digest.since),
        "news": _groups(digest.news),
        "standing": _groups(digest.standing),
        "left_out": digest.left_out,
        "page": page_url or None,
    }


def _groups(groups: Sequence[Group]) -> list[Json]:
    return [
        {
            **_word(group.word),
            "change": None if group.change is None else str(group.change),
            "count": group.count,
            "times": group.times,
            "names": [_text(name) for name in group.names],
            "more": group.more,
        }
        for group in groups
    ]


def _word(word: Word) -> Json:
    return {"kind": str(word.kind), "severity": str(word.severity), "reason": _text(word.reason)}


def _text(text: str, most: int | None = LONGEST) -> str:
    plain = _NO_TEXT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return plain if most is None or len(plain) <= most else plain[: most - 3] + "..."
