"""Other tools in, how long they take over as many objects of the same size out, beside ours in the same run.

The law of this folder: a peer is installed by pip into a place of its own and never beside us, it is run as its own
documentation says, in the leanest way we know of, and one that can not be measured is told with the reason.
"""
