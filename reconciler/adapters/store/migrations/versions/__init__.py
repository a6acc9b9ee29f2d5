"""One module for each revision, in the order in which they are made."""
