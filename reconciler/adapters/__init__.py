"""The world in, values out: disk, state store, services.

The law of this folder: an adapter does what a step of the core asks, and decides nothing. Adapters do not know
each other; the command line puts them together.
"""
