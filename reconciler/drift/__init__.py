"""A declaration, a look and what is remembered in, one tenant's ``DriftReport`` out: what changed, and by whose doing.

The law of this folder: it is pure, and it is given nothing that could write to a tenant. A difference is drift only
once it was seen often or long enough; what could not be read is never drift, and never the end of one either.

    look ─► how did it stand when all was well? ─► differences, each with whose doing it is
         ─► seen before? ─► confirmed, not yet confirmed, gone ─► report, and what to remember
"""
