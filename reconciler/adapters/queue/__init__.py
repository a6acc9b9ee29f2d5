"""Turns that are ready in, workers that begin them out: the engine of a fleet that outgrew one machine.

What hangs on it
================

Nothing but speed. Whose a tenant is, what was written and when its next turn is, stands in our own tables
(``store``); here it is only said to some worker that a turn is worth beginning. So an offer may get lost (its mark
runs out and it is made again), come twice or too late (the turn is claimed or not due, and nothing happens), and a
worker may die with it.

What it must not be used for
============================

Procrastinate [3.10] carries work that is ready. No waiting in it: a job that is due next week would keep one that is
due at once from its lock. No locks and no retries of its own: a pass ends well whatever it found, and its next turn
says when. A job that is over is deleted, one whose worker is dead is deleted too (``Dispatching.sweep``), and our own
tables bring the tenant back.

The law of this folder: Procrastinate is used here and nowhere else, and who is outside asks at this door alone.
"""

from __future__ import annotations

from reconciler.adapters.queue.dispatching import Dispatching
from reconciler.adapters.queue.jobs import lane_of
from reconciler.adapters.queue.receiving import Receiving
from reconciler.adapters.queue.tables import Standing, check, refuse_unready, upgrade

__all__ = ["Dispatching", "Receiving", "Standing", "check", "lane_of", "refuse_unready", "upgrade"]
