"""Declared plans and licence counts in, a safe and reviewable way to reach them out.

The files flat in this folder are pure: they never open a file or a socket, never print, sleep or ask the
time. The world is in ``adapters``; ``cli`` puts the two together.
"""

__version__ = "0.1.0"
