"""The same service over HTTP: documented requests of Partner Center and Microsoft Graph in, documented answers out.

The law of this folder: it decides nothing. What a write does, the service behind it decides; here stand the
shapes, the words and the numbers in which the documents say the real one speaks, oddities included. What the
documents say does not exist is refused, and so is what they do not mention: a stand-in that is stricter than the
service finds a client's slips, one that is more lenient hides them. It looks at no clock but the one it is given.

``face`` makes the application; ``asked`` and ``answers`` are a request and its answer as values; ``tokens`` and
``sign_in`` are the login host; ``partner`` and ``graph`` hold the tables of calls; ``mischief`` is what goes wrong
on the way. Starlette is used in ``face`` alone.
"""
