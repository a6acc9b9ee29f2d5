"""Why a request to Microsoft had no answer that could be used: phrases that a fact's reason can end with."""

from __future__ import annotations

CALLING: dict[str, str] = {
    "calling.bad-base": (
        "{base} is no address to send a token to: it has to be https (or http to this very machine, to rehearse), "
        "with no user name, query or fragment in it"
    ),
    "calling.big": "{what} answered with more than {most} MB, and the rest was not read",
    "calling.busy": "{what} answered with status {status} at each of {tries} tries",
    "calling.busy-later": "{what} answered with status {status} and asks to be left alone for {seconds} s",
    "calling.certificate": "the certificate of {host} is not trusted ({why}), so {what} was not asked",
    "calling.cut": "{what} was cut off before its answer was complete",
    "calling.elsewhere": "the next page is said to be at {host}, which is not {ours}: the token goes nowhere else",
    "calling.full": "{what} was not asked: all connections to it were in use for {seconds} s",
    "calling.garbled": "{what} answered something that is no HTTP",
    "calling.malformed": "{what} answered malformed JSON (status {status}, {size} bytes)",
    "calling.moved": "{what} answered with a redirect (status {status}), and a token does not follow one",
    "calling.slow": "{what} gave no complete answer within {seconds} s",
    "calling.stale": "{what} was not asked: the look it rests on was too old by the time its turn came",
    "calling.throttled": "{what} was not asked: {host} wants to be left alone for another {seconds} s",
    "calling.turn": "{what} was not asked: {budget} calls a minute leave it no turn within {seconds} s",
    "calling.unfit": "{what} was not asked: a header would hold what can stand in none",
    "calling.unsendable": "{what} was not asked: what would be sent can not be written as JSON",
    "calling.unreachable": "{what} was not asked: no connection to {host} ({why})",
    "calling.unreachable.connect": "no answer to the connection within {seconds} s",
    "calling.unreachable.name": "its name is not known",
    "calling.unreachable.proxy": "the proxy does not let it through",
}
