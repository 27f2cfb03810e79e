"""Rows of the table of endpoints, one file per noun; `endpoints.py` puts them together."""
