"""The running loop: a source, a store and a clock in, passes out, until somebody asks it to stop.

The law of this folder: nothing here judges. When whose turn is, is reckoned in ``fleet``; what a pass does, in
``passes``; what holds of a source, in ``source``. Here are threads, clocks and signals, and nothing is kept in memory
that the store does not have as well: whatever is killed at any line is found again by the next start.
"""
