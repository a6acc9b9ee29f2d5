"""The status page and the metrics of a running loop: what the store keeps in, pages and numbers out.

The law of this folder: it only reads (``overview.Showing``, which has no method that writes), it works without
JavaScript, and it fetches nothing from anywhere. Starlette and Jinja2 are used here and nowhere else.
"""
