"""The console: server-rendered pages over the public API's own answers.

Owns: routes below `/console`, templates, the stylesheet, charts, sign-in sessions of people.
Does not own: any figure. Each page asks the API's endpoints for their JSON answers and shows them; a chart
is drawn from the table beside it. `?format=json` on a page gives the answers it was made from.

Invariants: every page reads without JavaScript; no inline script or style, so that the strict
content security policy holds; nothing is shown that an endpoint did not answer.
"""
