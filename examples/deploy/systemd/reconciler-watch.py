#!/opt/reconciler/bin/python
"""Each unit of a fleet asked whether it comes round, and made to end if it does not: its unit starts it anew.

One that hangs does not hear a signal that asks, so this one does not ask. One that refuses the call is starting, or has
ended, which the service manager sees by itself. Run as root, by reconciler-watch.timer.
"""

import http.client
import subprocess
import sys
import urllib.error
import urllib.request

UNITS = ("reconciler-dispatcher@*.service", "reconciler-worker@*.service")
TRIES = 3
SECONDS = 10.0


def running() -> list[str]:
    """The units that run."""
    words = ["systemctl", "list-units", "--plain", "--no-legend", "--state=active", *UNITS]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in told.splitlines() if line.strip()]


def hangs(port: str, tries: int = TRIES, seconds: float = SECONDS) -> bool:
    """Say whether a process answers that its main loop does not come round, or does not answer, each time."""
    return all(_silent(f"http://127.0.0.1:{port}/healthz", seconds) for _ in range(tries))


def _silent(address: str, seconds: float) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=seconds):
            return False
    except urllib.error.HTTPError as answer:
        return answer.code == 503
    except TimeoutError:
        return True
    except urllib.error.URLError as error:
        return isinstance(error.reason, TimeoutError)
    except (OSError, http.client.HTTPException):
        # It answers, if with nothing that is HTTP: not ours, and no reason to leave the others unasked.
        return False


def main() -> int:
    """Look at each once; what hangs is told and ended."""
    for unit in running():
        port = unit.partition("@")[2].removesuffix(".service")
        if hangs(port):
            print(f"{unit} does not come round: it is ended, and started anew", flush=True)
            subprocess.run(["systemctl", "kill", "--signal=SIGKILL", unit], check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
