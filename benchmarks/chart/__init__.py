"""Figures as the JSON tells them in, one picture of them out: SVG that holds all it needs and can be read by night.

The law of this folder: nothing is measured here and nothing computed but places; what a picture shows, the JSON says.
"""
