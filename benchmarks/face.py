"""``python -m benchmarks.face LIVE``: the embedded service over HTTP, loaded with live states; prints its address.

It stands in for Partner Center, Graph and the login host in a process of its own, so that it shares no interpreter
with who asks it. It answers until it is ended.
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


def main(live: str) -> None:
    service = Commerce(Path("face.sqlite"), files.load_catalogue(CATALOGUE))
    service.load([document for _, document in files.load_live([Path(live)])])
    with serve(build_app(service, SETTINGS), "127.0.0.1", 0) as served:
        print(served.url.rstrip("/"), flush=True)
        Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
