"""A commerce service in one SQLite file: calls in, answers out, as the article says the real one behaves.

The law of this folder: it is the world, not the tool. It knows tenants, orders, reviews and its own clock,
and nothing of declarations, plans or rules; it would even lower a number when another client asks for it,
so that its call log can prove that ours never does. Nothing here draws a random number or looks at the
machine's clock: the same calls give the same ids, times and answers.

``storage`` keeps the file, ``record`` is one tenant as the service holds it, ``refusals`` is what it says no
to, ``switching`` is the life of an order, ``moods`` are the faults it can be given, ``portal`` is another
administrator, ``tickets`` are what persons asked of support, ``commerce`` puts them together, ``backend`` is how the
reconciler reads and writes it, and ``http`` is the same service spoken to over the documented endpoints.
"""
