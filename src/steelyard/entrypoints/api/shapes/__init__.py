"""Shapes on the wire: requests and answers, one file a noun; OpenAPI's components are these."""
