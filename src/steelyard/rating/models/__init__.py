"""One file per price model; each rates a usage and explains every step.

Each file gives `rate(price, usage, wording)` for a whole quantity and `rate_between(price, before, after,
wording)` for what came on top of a quantity that was rated before (None: nothing was rated yet).
"""
