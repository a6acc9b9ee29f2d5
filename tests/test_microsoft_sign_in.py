"""Signing in: the right words to the sign-in, tokens held and renewed, and never a secret in anything that is said."""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import trustme
from loopback import answer, cut, nowhere
from signing import (
    CENTER,
    CLIENT,
    CUSTOMER,
    FIRST,
    GRAPH,
    OTHER,
    PARTNER,
    SECRET,
    SignInService,
    refusal,
    sign_in_service,
    token,
)

from reconciler.adapters.microsoft.certificates import kept_certificate
from reconciler.adapters.microsoft.login import Login
from reconciler.adapters.microsoft.refreshing import keep_grant, kept_grant
from reconciler.adapters.microsoft.refusing import _KINDS, Why
from reconciler.adapters.microsoft.secrets import (
    EnvironmentStore,
    FileStore,
    KeyringStore,
    ReadOnly,
    SecretStore,
    SecretTrouble,
    store_of,
)
from reconciler.adapters.microsoft.sending import NoAnswer, Patience
from reconciler.adapters.microsoft.tokens import Application, NotSignedIn, SignIn
from reconciler.messages import SENTENCES
from reconciler.model import Place
from reconciler.secret_places import Kept, Reference

TODAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
PLACE = Place("reconciler.yaml", 1, 1)


@dataclass
class Held:
    """A store in memory."""

    text: str = FIRST
    where: str = "the store"
    wrote: list[str] = field(default_factory=list)
    fails: SecretTrouble | None = None

    def read(self) -> str:
        return self.text

    def write(self, text: str) -> None:
        if self.fails:
            raise self.fails
        self.text = text
        self.wrote.append(text)


@dataclass
class Desk:
    """A sign-in with its service, its clock, and all that was said."""

    service: SignInService
    now: float = 0.0
    today: datetime = TODAY
    said: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    refresh: Held = field(default_factory=Held)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def alone(self, **changes: Any) -> SignIn:
        return self.made(Application("reader", CLIENT, secret=Held(SECRET)), **changes)

    def with_user(self, **changes: Any) -> SignIn:
        app = Application("writer", CLIENT, secret=Held(SECRET), refresh_token=self.refresh)
        return self.made(app, **changes)

    def made(self, app: Application, partner: str = PARTNER, base: str = "") -> SignIn:
        patience = Patience(connect=2, read=2, whole=60, sleep=self.sleep, clock=lambda: self.now)
        login = Login(base or self.service.base, patience)
        return SignIn(app, partner, login, patience, now=lambda: self.today, warned=self.said.append)


def refused(sign_in: SignIn, tenant: str = PARTNER) -> NotSignedIn:
    with pytest.raises(NotSignedIn) as lost:
        sign_in.bearer(CENTER, tenant).token()
    assert not lost.value.sent
    told = "".join(traceback.format_exception(lost.value, chain=True)) + repr(lost.value)
    assert "canary" not in told
    return lost.value


@pytest.fixture
def desk(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    """Whatever a test does, no canary is in what was logged, printed or warned of."""
    caplog.set_level(logging.DEBUG)
    with sign_in_service() as service:
        made = Desk(service)
        yield made
    out = capsys.readouterr()
    assert "canary" not in caplog.text + out.out + out.err + repr(made.said)


# what is sent


def test_an_application_alone_asks_as_documented_and_holds_what_it_got(desk: Desk) -> None:
    sign_in = desk.alone()
    center, graph = sign_in.bearer(CENTER, PARTNER), sign_in.bearer(GRAPH + "/", CUSTOMER.upper())
    assert not sign_in.delegated
    first = center.token()
    assert (center.token(), graph.token() != first) == (first, True)
    assert desk.service.tenants == [PARTNER, CUSTOMER]
    assert [form["scope"] for form in desk.service.forms] == [f"{CENTER}/.default", f"{GRAPH}/.default"]
    form = desk.service.forms[0]
    assert (form["grant_type"], form["client_id"]) == ("client_credentials", CLIENT)
    assert form["client_secret"] == SECRET
    assert "canary" not in repr(sign_in) + repr(sign_in.application) + repr(center)


def test_a_user_stands_behind_it_by_a_refresh_token_and_the_newer_one_is_kept_first(desk: Desk) -> None:
    sign_in = desk.with_user()
    assert sign_in.delegated
    sign_in.bearer(CENTER, PARTNER).token()
    sign_in.bearer(GRAPH, CUSTOMER).token()
    assert [form["refresh_token"] for form in desk.service.forms] == [FIRST, "canary-refresh-1"]
    assert desk.service.forms[0]["grant_type"] == "refresh_token"
    assert set(desk.service.forms[0]["scope"].split()) >= {f"{CENTER}/.default", "offline_access"}
    kept = {"refreshToken": "canary-refresh-2", "obtainedAt": "2026-11-23T10:00:00Z"}
    assert json.loads(desk.refresh.text) == kept
    assert desk.said == []


@pytest.mark.parametrize("with_user", [False, True])
def test_a_certificate_signs_for_the_application(desk: Desk, tmp_path: Path, with_user: bool) -> None:
    pem = certificate()
    store = Held(pem, str(tmp_path / "canary-free.pem"))
    held = kept_certificate(store)
    app = Application("reader", CLIENT, certificate=store, refresh_token=desk.refresh if with_user else None)
    desk.made(app).bearer(CENTER, PARTNER).token()
    form = desk.service.forms[0]
    assert "client_secret" not in form
    header, payload, _ = (part + "==" for part in form["client_assertion"].split("."))
    told = json.loads(urlsafe_b64decode(payload))
    where = f"https://{desk.service.base.removeprefix('http://')}/{PARTNER}/oauth2/v2.0/token"
    assert (told["aud"], told["iss"]) == (where, CLIENT)
    assert urlsafe_b64decode(json.loads(urlsafe_b64decode(header))["x5t"] + "==").hex() == held.thumbprint
    assert held.ends > datetime.now(UTC)
    assert "PRIVATE" not in repr(held)


def certificate() -> str:
    made = AUTHORITY.issue_cert("reconciler", key_type=trustme.KeyType.RSA)
    return made.private_key_pem.bytes().decode() + made.cert_chain_pems[0].bytes().decode()


AUTHORITY = trustme.CA()


def test_a_certificate_that_can_not_sign_is_told_by_its_place(desk: Desk) -> None:
    pem = certificate()
    key, end = pem.split("-----BEGIN CERTIFICATE")
    other = AUTHORITY.issue_cert("reconciler").private_key_pem.bytes().decode()
    elsewhere = certificate().split("-----BEGIN CERTIFICATE")[0]
    for text, says in (
        ("canary", "does not hold a certificate and its private key"),
        (key, "does not hold a certificate"),
        ("-----BEGIN CERTIFICATE" + end, "does not hold a certificate"),
        (other + "-----BEGIN CERTIFICATE" + end, "is no RSA key"),
        (elsewhere + "-----BEGIN CERTIFICATE" + end, "does not belong to the certificate"),
    ):
        app = Application("reader", CLIENT, certificate=Held(text))
        lost = refused(desk.made(app))
        assert says in lost.reason
        assert lost.why is Why.NOT_HERE
    assert desk.service.forms == []


# tokens are held, and renewed in time


def test_a_token_is_not_used_in_its_last_minutes(desk: Desk) -> None:
    bearer = desk.alone().bearer(CENTER, PARTNER)
    first = bearer.token()
    desk.now = 3298
    assert bearer.token() == first
    desk.now = 3300
    assert bearer.token() != first
    desk.service.life = 60
    desk.now += 4000
    short = bearer.token()
    desk.now += 47
    assert bearer.token() == short
    desk.now += 2
    assert bearer.token() != short


@pytest.mark.parametrize("life", ["soon", None, -1, 1.5, [3], "1e9", True])
def test_a_life_that_is_no_number_is_taken_for_an_hour(desk: Desk, life: object) -> None:
    desk.service.life = life
    bearer = desk.alone().bearer(CENTER, PARTNER)
    first = bearer.token()
    desk.now = 3000
    assert bearer.token() == first


def test_a_token_that_a_service_refused_is_got_anew_but_not_again_and_again(desk: Desk) -> None:
    bearer = desk.alone().bearer(CENTER, PARTNER)
    first = bearer.token()
    bearer.forget()
    second = bearer.token()
    for _ in range(5):
        bearer.forget()
        assert bearer.token() == second
    desk.now = 30
    bearer.forget()
    assert len({first, second, bearer.token()}) == 3


def test_threads_share_one_token_and_never_redeem_at_once(desk: Desk) -> None:
    sign_in = desk.with_user()
    bearers = [sign_in.bearer(GRAPH, tenant) for tenant in (PARTNER, CUSTOMER)] * 10
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda bearer: bearer.token(), bearers))
    assert len(found) == len(desk.service.forms) == 2
    # Each exchange used what the one before had handed back.
    assert [form["refresh_token"] for form in desk.service.forms] == [FIRST, "canary-refresh-1"]


# the partner's tenant is pinned


def test_the_tenant_of_a_domain_is_asked_for_once(desk: Desk) -> None:
    sign_in = desk.with_user(partner="Contoso.example")
    assert sign_in.partner_id() == PARTNER
    sign_in.bearer(CENTER, "contoso.example").token()
    sign_in.bearer(GRAPH, "contoso.example").token()
    assert desk.service.tenants == ["contoso.example", PARTNER, PARTNER]


def test_a_token_for_another_partner_is_refused_and_nothing_is_kept(desk: Desk) -> None:
    desk.service.tenant = OTHER
    lost = refused(desk.with_user())
    assert lost.why is Why.TENANT
    assert f"the token is for the tenant {OTHER}, and the one expected is {PARTNER}" in lost.reason
    assert desk.refresh.text == FIRST
    assert "the one expected" in refused(desk.alone(), CUSTOMER).reason
    desk.service.tenant = PARTNER.upper()
    assert desk.alone().bearer(CENTER, PARTNER).token()


def test_another_partner_shows_in_the_identity_alone_too(desk: Desk) -> None:
    opaque = {"access_token": "canary-opaque", "id_token": token(tid=OTHER), "expires_in": 3599}
    desk.service.faults = [answer(opaque)]
    assert refused(desk.with_user()).why is Why.TENANT
    desk.service.faults = [answer({**opaque, "id_token": "a.%%.c"})]
    assert desk.with_user().bearer(CENTER, PARTNER).token() == "canary-opaque"


def test_a_tenant_nobody_knows_is_named(desk: Desk) -> None:
    for fault in (answer({"error": "invalid_tenant"}, 400), answer([]), answer({"issuer": "https://x/y"})):
        desk.service.faults = [fault]
        with pytest.raises(NotSignedIn, match=r"knows no tenant contoso\.example"):
            desk.alone(partner="contoso.example").partner_id()


# refusals


@pytest.mark.parametrize(("why", "code"), [(why, codes[0]) for why, codes in _KINDS.items()])
def test_each_refusal_says_what_it_means_and_who_does_what(desk: Desk, why: Why, code: int) -> None:
    desk.service.faults = [refusal(code)]
    lost = refused(desk.with_user(), CUSTOMER)
    assert (lost.why, lost.code) == (why, f"AADSTS{code}")
    assert f"AADSTS{code}" in lost.reason
    assert "The writer is not signed in" in lost.reason
    if why in (Why.MFA, Why.LAPSED):
        assert "`reconciler sign-in --for writer`" in lost.reason


def test_every_kind_of_refusal_has_its_sentence_and_no_code_is_two_kinds() -> None:
    codes = [code for codes in _KINDS.values() for code in codes]
    assert len(codes) == len(set(codes))
    kinds = {why for why in Why if why not in (Why.NOT_HERE, Why.UNREACHED)}
    assert {f"sign-in.refused.{why}" for why in kinds} <= SENTENCES.keys()


def test_a_refusal_nobody_foresaw_is_told_in_the_services_words_without_what_it_was_shown(desk: Desk) -> None:
    desk.service.faults = [refusal(99999999)]
    lost = refused(desk.with_user())
    assert lost.why is Why.OTHER
    assert lost.reason.endswith("(AADSTS99999999). It says: AADSTS99999999: It is so, said of *** and ***.")
    desk.service.faults = [answer({"error": "interaction_required"}, 400)]
    assert refused(desk.with_user()).why is Why.LAPSED
    desk.service.faults = [answer({"error": ["odd"], "error_description": 5, "error_codes": "no"}, 400)]
    assert "answered, but with no token" in refused(desk.with_user()).reason


def test_what_was_refused_is_not_asked_again_for_a_minute(desk: Desk) -> None:
    sign_in = desk.alone()
    desk.service.faults = [refusal(700016)]
    assert refused(sign_in, CUSTOMER) is not refused(sign_in, CUSTOMER)
    assert len(desk.service.forms) == 1
    assert sign_in.bearer(CENTER, PARTNER).token()
    desk.now = 61
    assert sign_in.bearer(CENTER, CUSTOMER).token()
    # A wrong secret is wrong in every tenant.
    desk.service.faults = [refusal(7000215, "invalid_client")]
    refused(sign_in, OTHER)
    assert refused(sign_in, CLIENT).why is Why.SECRET
    assert len(desk.service.forms) == 4


# trouble on the way


def test_a_busy_sign_in_is_asked_again_as_it_says(desk: Desk) -> None:
    desk.service.faults = [answer({}, 503), answer({}, 429, {"Retry-After": "7"}), cut()]
    assert desk.alone().bearer(CENTER, PARTNER).token()
    assert desk.slept == [1, 7, 4]
    desk.service.faults = [answer({}, 429, {"Retry-After": "90"})]
    lost = refused(desk.alone())
    assert (lost.why, lost.later) == (Why.UNREACHED, 90)


def test_a_sign_in_that_is_not_there_is_not_asked_again_by_each_tenant(desk: Desk) -> None:
    sign_in = desk.alone(base=nowhere())
    assert "Connection refused" in refused(sign_in).reason
    waited = len(desk.slept)
    refused(sign_in, CUSTOMER)
    assert len(desk.slept) == waited


@pytest.mark.parametrize(
    "odd",
    [
        b"canary no json",
        b'"canary"',
        b'{"access_token": "canary',
        b'{"access_token": ["canary"]}',
        b'{"access_token": "canary two"}',
        b"{}",
        b'{"access_token": "\\ud800canary"}',
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_an_answer_that_is_none_is_repeated_nowhere(desk: Desk, odd: bytes, status: int) -> None:
    desk.service.faults = [answer(raw=odd, status=status)]
    assert "The writer is not signed in" in refused(desk.with_user()).reason
    assert desk.refresh.wrote == []


def test_what_msal_can_not_read_is_told_without_its_words(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(*_: object, **__: object) -> None:
        raise ValueError("canary")

    monkeypatch.setattr("msal.ConfidentialClientApplication.acquire_token_for_client", odd)
    lost = refused(desk.alone())
    assert "can not be used (ValueError)" in lost.reason
    assert lost.__cause__ is None


def test_the_sign_in_is_spoken_to_over_https_or_on_this_very_machine() -> None:
    with pytest.raises(Exception, match="is no address to send a token to"):
        Login("http://login.microsoftonline.com")


# the refresh token and its age


@pytest.mark.parametrize(
    ("days", "says"),
    [(59, None), (60, "is 60 days old and lives for 90: 30 are left"), (89, "1 are left")],
)
def test_the_age_of_a_refresh_token_is_warned_of_from_the_60th_day_once(
    desk: Desk, days: int, says: str | None
) -> None:
    store = EnvironmentStore("RT", {"RT": aged(days)})
    sign_in = desk.made(Application("writer", CLIENT, secret=Held(SECRET), refresh_token=store))
    for tenant in (PARTNER, CUSTOMER):
        sign_in.bearer(CENTER, tenant).token()
    assert [text for text in desk.said if "days old" in text] == [t for t in desk.said if says and says in t]
    assert (says is None) == (len(desk.said) == 1)


def aged(days: int) -> str:
    since = (TODAY - timedelta(days=days)).isoformat()
    return json.dumps({"refreshToken": FIRST, "obtainedAt": since})


def test_a_refresh_token_of_90_days_is_not_even_tried(desk: Desk) -> None:
    desk.refresh.text = aged(90)
    lost = refused(desk.with_user())
    assert "90 days old, and none lives for more than 90" in lost.reason
    assert "`reconciler sign-in --for writer`" in lost.reason
    assert desk.service.forms == []


def test_a_variable_can_not_keep_the_newer_one_and_that_is_said_once(desk: Desk) -> None:
    store = EnvironmentStore("RT", {"RT": FIRST})
    sign_in = desk.made(Application("writer", CLIENT, secret=Held(SECRET), refresh_token=store))
    for tenant in (PARTNER, CUSTOMER, OTHER):
        assert sign_in.bearer(GRAPH, tenant).token()
    (said,) = desk.said
    assert "the environment variable RT can be read only, so the old one stays" in said
    assert {form["refresh_token"] for form in desk.service.forms} == {FIRST}


def test_where_the_newer_one_can_not_be_kept_the_token_is_not_used(desk: Desk) -> None:
    desk.refresh.fails = SecretTrouble("The disk is full.")
    lost = refused(desk.with_user())
    assert lost.reason.endswith("could not be kept. The disk is full.")


def test_what_a_person_signed_in_for_meanwhile_is_not_written_over() -> None:
    store = Held("canary-by-a-person")
    keep_grant(store, "canary-renewed", TODAY, instead_of=FIRST)
    assert store.wrote == []
    keep_grant(store, "canary-renewed", TODAY, instead_of="canary-by-a-person")
    grant = kept_grant(store)
    assert (grant.token, grant.obtained) == ("canary-renewed", TODAY)
    assert "canary" not in repr(grant)
    assert kept_grant(Held('{"refreshToken": "t", "obtainedAt": "2026-01-02"}')).age(TODAY) is not None
    assert kept_grant(Held("bare")).warning(TODAY, "writer", "there") == ""


@pytest.mark.parametrize(
    "text",
    [
        '{"canary',
        "{}",
        '{"refreshToken": 5}',
        '{"refreshToken": "t", "obtainedAt": 5}',
        '{"refreshToken": "t", "obtainedAt": "canary"}',
        "canary two",
        "canary\nlines",
        '{"refreshToken": ""}',
        "canary\u00e9",
    ],
)
def test_what_is_no_refresh_token_is_told_by_its_place(text: str) -> None:
    with pytest.raises(SecretTrouble, match="the store holds no refresh token") as odd:
        kept_grant(Held(text))
    assert "canary" not in str(odd.value)


# where secrets are kept


def test_a_file_keeps_a_secret_for_its_owner_alone(tmp_path: Path) -> None:
    store = store_of(Reference(Kept.FILE, str(tmp_path / "token"), PLACE))
    store.write("canary-1")
    store.write("canary-2")
    assert store.read() == "canary-2"
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["token"]
    (tmp_path / "token").chmod(0o400)
    assert store.read() == "canary-2"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o601])
def test_a_file_that_is_open_to_others_is_not_used(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "token"
    file.write_text("canary")
    file.chmod(mode)
    with pytest.raises(SecretTrouble, match=f"mode {mode:04o}") as odd:
        FileStore(file).read()
    assert f"chmod 600 {file}" in str(odd.value)


def test_links_folders_and_what_is_missing_or_no_text_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tmp_path / "real"
    FileStore(real).write("canary")
    link = tmp_path / "link"
    link.symlink_to(real)
    with pytest.raises(SecretTrouble, match="is a link"):
        FileStore(link).read()
    with pytest.raises(SecretTrouble, match="is a link"):
        FileStore(link).write("canary-new")
    assert FileStore(real).read() == "canary"
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(0o700)
    for content, name in ((b"", "blank"), (b"\xff\xfe", "binary"), (b"x" * 70_000, "long")):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o600)
    for name, says in (
        ("pipe", "is no file"),
        ("folder", "can not be read: Is a directory"),
        ("none", "is not there"),
        ("blank", "is empty"),
        ("binary", "holds no text"),
        ("long", "more than 64 KB"),
    ):
        with pytest.raises(SecretTrouble, match=says):
            FileStore(tmp_path / name).read()
    with pytest.raises(SecretTrouble, match="can not be written: No such file"):
        FileStore(tmp_path / "nowhere" / "token").write("canary")
    monkeypatch.setattr(os, "geteuid", lambda: real.stat().st_uid + 1)
    if real.stat().st_uid:
        with pytest.raises(SecretTrouble, match="belongs to another user"):
            FileStore(real).read()


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path / "token")
    store.write("canary-1")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SecretTrouble, match="No space left") as odd:
        store.write("canary-2")
    assert "canary" not in str(odd.value)
    assert store.read() == "canary-1"
    assert [file.name for file in tmp_path.iterdir()] == ["token"]


def test_a_variable_is_read_each_time_and_never_written() -> None:
    environment = {"RT": " canary \n", "EMPTY": " "}
    store = store_of(Reference(Kept.ENVIRONMENT, "RT", PLACE), environment)
    assert store.read() == "canary"
    environment["RT"] = "canary-2"
    assert store.read() == "canary-2"
    with pytest.raises(ReadOnly, match="the environment variable RT can be read only"):
        store.write("canary-3")
    for name, says in (("NONE", "is not set"), ("EMPTY", "is empty")):
        with pytest.raises(SecretTrouble, match=says):
            EnvironmentStore(name, environment).read()


class Ring(ModuleType):
    """A keyring in memory."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.errors = ModuleType("keyring.errors")
        self.errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, name: str) -> str | None:
        if self.locked:
            raise self.errors.KeyringError("canary")
        return self.held.get((service, name))

    def set_password(self, service: str, name: str, text: str) -> None:
        self.get_password(service, name)
        self.held[service, name] = text


def test_a_keyring_keeps_a_secret_under_our_name(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = Ring()
    monkeypatch.setitem(sys.modules, "keyring", ring)
    monkeypatch.setitem(sys.modules, "keyring.errors", ring.errors)
    store: SecretStore = KeyringStore("writer")
    with pytest.raises(SecretTrouble, match="is not there"):
        store.read()
    store.write("canary")
    assert (store.read(), ring.held) == ("canary", {("reconciler", "writer"): "canary"})
    ring.locked = True
    with pytest.raises(SecretTrouble, match="the keyring says KeyringError"):
        store.read()
    with pytest.raises(SecretTrouble, match="the keyring says KeyringError"):
        store.write("canary")


def test_without_the_extra_a_keyring_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SecretTrouble, match=r"pip install 'reconciler\[keyring\]'"):
        KeyringStore("writer").read()


def test_an_application_without_a_proof_says_so(desk: Desk) -> None:
    assert (
        "neither a client secret nor a certificate"
        in refused(desk.made(Application("reader", CLIENT))).reason
    )
    bare = replace(Application("reader", CLIENT), secret=EnvironmentStore("NONE", {}))
    assert "NONE is not set" in refused(desk.made(bare)).reason
    assert isinstance(refused(desk.made(bare)), NoAnswer)
