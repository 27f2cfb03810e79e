"""The doors of the house: HTTP, the command line, the console, the demo; and where everything is wired.

Owns: `bootstrap` (the one place where adapters meet ports), the HTTP interface, the command line, the
console, the server process.
Does not own: any business rule. A handler reads, asks a domain room, commits its answer.
Invariants: imports inside go one way, bootstrap < api < console < server < cli < demo's callers; only `api`
knows HTTP status; nothing here computes money.
"""
