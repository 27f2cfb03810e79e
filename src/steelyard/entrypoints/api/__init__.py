"""The HTTP interface, as one table of endpoints.

Owns: the table (`endpoints.ENDPOINTS`) from which routes, OpenAPI 3.1, `docs/api.md`, the Python client and
the tests derive; shapes on the wire; problem answers; authentication of a request; metrics.
Does not own: rules. A handler calls a room and shapes what comes back.
Invariants: every refusal is `application/problem+json` with a stable code; a POST with an Idempotency-Key
takes effect once; what can be slow runs in a thread, so that events keep coming in.
"""
