"""A value in, text out: the change plan and the runs as people and programs read them, and the exit code.

The law of this folder: a renderer takes a finished value and returns text (or a number). Nothing here prints,
opens, asks the time, or decides what is to be done; two renderers of one value never disagree, since both
only read it.
"""
