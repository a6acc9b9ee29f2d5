"""A person signs in with a browser: the code comes back once, the tenant is checked, and the token is kept."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from cli import Answer, Desk
from loopback import answer
from signing import CENTER, CLIENT, OTHER, PARTNER, SECRET, SignInService, refusal, sign_in_service, token

from reconciler.adapters.microsoft.consent import Meeting, Signed, sign_in
from reconciler.adapters.microsoft.login import Login
from reconciler.adapters.microsoft.secrets import EnvironmentStore, FileStore, SecretStore
from reconciler.adapters.microsoft.sending import Patience
from reconciler.adapters.microsoft.tokens import Application
from reconciler.errors import ReconcilerError

TODAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
CODE = "canary-code-17"


@dataclass
class Browser:
    """Opens the address it is shown, and comes back with what ``brings`` makes of it."""

    service: SignInService
    brings: Callable[[dict[str, str]], list[dict[str, str]]] = lambda q: [{"code": CODE, "state": q["state"]}]
    shown: str = ""
    asked: dict[str, str] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)

    def show(self, text: str) -> None:
        if not text.startswith("http"):
            return
        self.shown = text
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(text).query).items()}
        self.service.claims = {"nonce": self.asked["nonce"], "preferred_username": "kari@partner.example"}
        threading.Thread(target=self.come_back, daemon=True).start()

    def come_back(self) -> None:
        back = self.asked["redirect_uri"].replace("localhost", "127.0.0.1")
        for query in [{"favicon": "1"}, *self.brings(self.asked)]:
            form = urlencode(query).encode()
            # An error may come in the address.
            to, sent = (f"{back}/?{form.decode()}", None) if "error" in query else (back, form)
            try:
                with urllib.request.urlopen(to, sent, timeout=5) as found:
                    assert b"canary" not in found.read()
                    self.answers.append(found.status)
            except HTTPError as error:
                self.answers.append(error.code)


@pytest.fixture
def service() -> Iterator[SignInService]:
    with sign_in_service() as double:
        yield double


def store_in(folder: Path) -> FileStore:
    return FileStore(folder / "writer-token")


def signed(service: SignInService, store: SecretStore | None, browser: Browser, **limits: Any) -> Signed:
    secret = EnvironmentStore("S", {"S": SECRET})
    application = Application("writer", CLIENT, secret=secret, refresh_token=store)
    login = Login(service.base, Patience(connect=2, read=2, sleep=lambda _: None))
    meeting = Meeting(browser.show, **{"within": 5.0, **limits})
    return sign_in(application, PARTNER, CENTER, login, meeting, lambda: TODAY)


def test_the_code_is_redeemed_with_its_proof_and_the_token_is_kept(
    service: SignInService, tmp_path: Path
) -> None:
    browser, store = Browser(service), store_in(tmp_path)
    found = signed(service, store, browser)
    assert (found.user, found.tenant, found.with_mfa) == ("kari@partner.example", PARTNER, None)
    assert json.loads(store.read()) == {
        "refreshToken": "canary-refresh-1",
        "obtainedAt": "2026-11-23T10:00:00Z",
    }
    assert browser.shown.startswith(f"{service.base}/{PARTNER}/oauth2/v2.0/authorize?")
    assert (browser.asked["client_id"], browser.asked["prompt"]) == (CLIENT, "login")
    assert browser.asked["response_mode"] == "form_post"
    assert set(browser.asked["scope"].split()) >= {f"{CENTER}/.default", "offline_access", "openid"}
    (form,) = service.forms
    assert (form["grant_type"], form["code"]) == ("authorization_code", CODE)
    assert form["redirect_uri"] == browser.asked["redirect_uri"]
    proof = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(proof).decode().rstrip("=") == browser.asked["code_challenge"]
    assert SECRET not in browser.shown


def test_who_comes_with_another_state_or_a_second_time_is_sent_away(
    service: SignInService, tmp_path: Path
) -> None:
    def brings(asked: dict[str, str]) -> list[dict[str, str]]:
        forged = {"code": "canary-forged", "state": "guessed"}
        return [forged, {"code": "canary-forged"}, {"state": asked["state"]}, {"code": CODE, **asked}]

    browser = Browser(service, brings)
    signed(service, store_in(tmp_path), browser)
    assert [form["code"] for form in service.forms] == [CODE]
    assert browser.answers[:4] == [404] * 4


@pytest.mark.parametrize(
    ("with_amr", "told"), [(["pwd", "mfa"], True), (["pwd"], False), ("mfa", None), (None, None)]
)
def test_whether_mfa_was_used_is_told_where_the_token_says_so(
    service: SignInService, tmp_path: Path, with_amr: object, told: bool | None
) -> None:
    def granted(form: dict[str, str], tenant: str) -> bytes:
        claims = {"tid": tenant, **service.claims}
        access = token(tid=tenant, **({"amr": with_amr} if with_amr else {}))
        return answer({"access_token": access, "refresh_token": "canary-r", "id_token": token(**claims)})

    service.granted = granted  # type: ignore[method-assign]
    assert signed(service, store_in(tmp_path), Browser(service)).with_mfa is told


def refused(service: SignInService, tmp_path: Path, browser: Browser, **limits: Any) -> str:
    store = store_in(tmp_path)
    store.write("canary-before")
    with pytest.raises(ReconcilerError) as lost:
        signed(service, store, browser, **limits)
    assert store.read() == "canary-before"
    assert "canary" not in str(lost.value)
    return str(lost.value)


def test_another_tenant_a_refusal_and_half_an_answer_keep_nothing(
    service: SignInService, tmp_path: Path
) -> None:
    service.tenant = OTHER
    assert "the one expected is" in refused(service, tmp_path, Browser(service))
    service.tenant = ""
    service.faults = [refusal(50076)]
    assert "AADSTS50076" in refused(service, tmp_path, Browser(service))
    service.faults = [answer({"access_token": "canary", "refresh_token": "canary"})]
    assert "does not tell for which tenant" in refused(service, tmp_path, Browser(service))
    service.faults = [answer(raw=b"canary")]
    assert "malformed JSON" in refused(service, tmp_path, Browser(service))

    def no(asked: dict[str, str]) -> list[dict[str, str]]:
        said = f"AADSTS65004: declined {SECRET}"
        return [{"error": "access_denied", "error_description": said, "state": asked["state"]}]

    forms = len(service.forms)
    assert "AADSTS65004" in refused(service, tmp_path, Browser(service, no))
    assert len(service.forms) == forms
    service.claims = {}
    wrong = Browser(service)
    wrong.show, shown = (lambda text: (shown(text), service.claims.update(nonce="other"))), wrong.show  # type: ignore[method-assign]
    assert "can not be used (RuntimeError)" in refused(service, tmp_path, wrong)


def test_a_token_without_a_refresh_token_is_of_no_use(service: SignInService, tmp_path: Path) -> None:
    def granted(form: dict[str, str], tenant: str) -> bytes:
        return answer({"access_token": "canary", "id_token": token(tid=tenant, **service.claims)})

    service.granted = granted  # type: ignore[method-assign]
    assert "gave no refresh token" in refused(service, tmp_path, Browser(service))


def test_who_is_back_before_anybody_waits_is_let_in(service: SignInService, tmp_path: Path) -> None:
    browser = Browser(service)
    show, come_back = browser.show, browser.come_back
    browser.come_back = lambda: None  # type: ignore[method-assign]

    def at_once(text: str) -> None:
        show(text)
        if browser.shown == text:
            come_back()

    browser.show = at_once  # type: ignore[method-assign]
    assert signed(service, store_in(tmp_path), browser).tenant == PARTNER
    assert browser.answers == [404, 200]


def test_nobody_comes_and_the_listener_ends(service: SignInService, tmp_path: Path) -> None:
    assert "within 0.05 s" in refused(service, tmp_path, Browser(service, lambda _: []), within=0.05)
    port = int(service.base.rsplit(":", 1)[1])
    assert f"port {port} of this machine" in refused(service, tmp_path, Browser(service), port=port)


def test_without_a_place_to_keep_it_nobody_is_asked_to_sign_in(service: SignInService) -> None:
    browser = Browser(service)
    with pytest.raises(ReconcilerError, match="has no place for a refresh token"):
        signed(service, None, browser)
    with pytest.raises(ReconcilerError, match="this program can not write it there"):
        signed(service, EnvironmentStore("RT", {"RT": "canary"}), browser)
    assert browser.shown == ""


# the command


def run(desk: Desk, service: SignInService, monkeypatch: pytest.MonkeyPatch, *words: str) -> Answer:
    monkeypatch.setattr("reconciler.cli.sign_in._show", Browser(service).show)
    monkeypatch.setenv("WRITER_SECRET", SECRET)
    store = {"refreshTokenFrom": {"file": "token"}}
    credential = {"clientId": CLIENT, "secretFrom": {"environment": "WRITER_SECRET"}, **store}
    microsoft = {"partner": PARTNER, "addresses": {"login": service.base}, "writer": credential}
    desk.configure(backend="microsoft", microsoft=microsoft)
    found = desk.run("sign-in", "--config", "reconciler.yaml", *words)
    assert "canary" not in found.both
    assert "Traceback" not in found.both
    return found


def test_the_command_says_whose_tenant_it_is_and_never_prints_the_token(
    desk: Desk, service: SignInService, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run(desk, service, monkeypatch, "--for", "writer")
    assert found.code == 0, found.both
    assert f"Signed in as kari@partner.example, of the partner's tenant {PARTNER}." in found.out
    assert (desk.folder / "token").stat().st_mode & 0o777 == 0o600
    assert run(desk, service, monkeypatch, "--for", "reader").code == 1
    assert run(desk, service, monkeypatch).code == 64
    desk.configure()
    assert "the backend here is the embedded service" in desk.run("sign-in", "--for", "writer").err


def test_an_address_is_shown_as_it_can_be_opened() -> None:
    login = Login("http://127.0.0.1:8080/login")
    assert login.reached("https://127.0.0.1:8080/login/x/authorize?a=b") == (
        "http://127.0.0.1:8080/login/x/authorize?a=b"
    )
    assert quote(login.host) == quote("127.0.0.1:8080")
