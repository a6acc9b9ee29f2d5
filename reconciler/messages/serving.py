"""What is said when the status page can not be opened, or would be open to everybody."""

from __future__ import annotations

SERVING: dict[str, str] = {
    "serving.open-to-all": (
        "{host} can be reached by others, and the page would be open to them all: name a token "
        "(an environment variable or a file), or a certificate, its key and the authority of client certificates."
    ),
    "serving.token-missing": "The environment variable {name}, which is to hold the page's token, is not set or empty.",
    "serving.token-unreadable": "The page's token can not be read from {file}: {why}",
    "serving.token-short": (
        "The page's token has {count} characters; it needs at least {least}, so that nobody guesses it. "
        "`openssl rand -hex 32` makes one."
    ),
    "serving.token-odd": (
        "The page's token may hold only letters, digits and the signs - . _ ~ + / = (RFC 6750), for a header "
        "carries nothing else safely."
    ),
    "serving.tls-unusable": "Certificate {certificate}, key {key} or client authority {authority}: {why}",
    "serving.no-authority": "none",
    "serving.no-port": "ports go from 0 to {last}",
    "serving.not-bound": "It can not listen on {host}, port {port}: {why}",
    "serving.not-started": "The page did not begin to listen on {host}, port {port}, within {seconds} s.",
}
