"""Many tenants: what is too much for one run, when whose turn is, how often a backend may be asked.

The law of this folder: it only reckons. Time and chance are arguments, nothing is waited for, and nothing is known
here of stores, processes or backends.
"""

from reconciler.fleet.holding import Tally, hold, within

__all__ = ["Tally", "hold", "within"]
