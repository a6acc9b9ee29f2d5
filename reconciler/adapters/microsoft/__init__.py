"""Microsoft Partner Center and Microsoft Graph in, observations and writes out: the live backend.

The law of this folder: it speaks to the documented endpoints of these two services and to their sign-in, and to
nothing else. Reading and writing have credentials of their own, and what reads has no method that writes. A write is
sent once; a fact that could not be read is unknown, with its reason; a secret is shown nowhere.
"""
