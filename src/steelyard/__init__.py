"""Steelyard: weigh what software delivers, price it, and prove every charge.

This file stays free of imports, so that ``steelyard --help`` and the client SDK start in
milliseconds. Each room below this package says in its own ``__init__`` what it owns, what it
does not own, and what always holds in it; ``docs/architecture.md`` shows how they fit together.
"""

__version__ = "0.1.0"
