"""Shapes on the wire: what requests and answers look like, one file a noun; the OpenAPI components are these."""
