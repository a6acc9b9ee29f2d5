"""Steps in, the tables of a server out: each revision adds to what the one before it left, and takes nothing away.

The law of this folder: a revision that was released stays as it is. A later one may add tables, and columns that may
be empty, and nothing else: programs of the version before go on working beside it.
"""
