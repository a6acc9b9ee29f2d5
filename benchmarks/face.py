"""``python -m benchmarks.face LIVE [FILE]``: the embedded service over HTTP, with live states; prints its address.

It stands in for Partner Center, Graph and the login host in a process of its own, so that it shares no interpreter
with who asks it. It answers until it is ended. ``FILE`` is written as a configuration that asks it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event

from reconciler.adapters import files
from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.simulator.http.face import Application, FaceSettings, build_app
from reconciler.web.serving import serve

CLIENT, SECRET = "7d1f6a52-3c0e-4d0a-8f5e-5b0f0000bec4", "a-benchmark-has-none"
SETTINGS = FaceSettings(applications={CLIENT: Application(SECRET)})
CATALOGUE = "office365-2014"

CONFIGURATION = """apiVersion: reconciler/v1
kind: Configuration
backend: microsoft
catalogue: {catalogue}
microsoft:
  partner: {partner}
  addresses: {{partnerCenter: "{address}", graph: "{address}", login: "{address}"}}
  # More than the service can answer: what is measured is ours, and no budget.
  callsPerMinute: 100000
  reader:
    clientId: {client}
    secretFrom: {{file: secret}}
    refreshTokenFrom: {{file: token}}
"""


def main(live: str, configuration: str = "") -> None:
    service = Commerce(Path("face.sqlite"), files.load_catalogue(CATALOGUE))
    service.load([document for _, document in files.load_live([Path(live)])])
    with serve(build_app(service, SETTINGS), "127.0.0.1", 0) as served:
        if configuration:
            configure(Path(configuration), served.url.rstrip("/"))
        print(served.url.rstrip("/"), flush=True)
        Event().wait()


def configure(file: Path, address: str) -> None:
    """Write a configuration that asks the service at this address, and beside it what that signs in with."""
    text = CONFIGURATION.format(catalogue=CATALOGUE, partner=SETTINGS.partner, address=address, client=CLIENT)
    file.write_text(text, encoding="utf-8")
    for name, secret in (("secret", SECRET), ("token", SETTINGS.refresh_token)):
        beside = file.with_name(name)
        beside.touch(0o600)
        beside.write_text(secret, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
