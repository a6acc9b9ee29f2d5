"""Microsoft Partner Center and Microsoft Graph in, observations and writes out: the live backend.

The law of this folder: it speaks to the documented endpoints of these two services and to their sign-in, and to
nothing else. Reading and writing have credentials of their own, and what reads has no method that writes. A write is
sent once. A word nobody knows passes through as itself and is never taken for the nearest one we know; a fact that
was left out, could not be read or contradicts itself is unknown, with its reason: never absent, never false, never
zero. A secret is shown nowhere.
"""
