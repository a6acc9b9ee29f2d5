"""Fleets of a given size in, how long the tool takes over them out, each time beside a floor of the same run.

The law of this folder: a figure without a floor is not reported, every figure comes from a process of its own,
and nothing here is needed to use the tool.
"""
