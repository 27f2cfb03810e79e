"""The console's pages, one a file: what each asks of the API, and the pure function that makes its view."""

from steelyard.entrypoints.console.pages.page import Page

__all__ = ["Page"]
