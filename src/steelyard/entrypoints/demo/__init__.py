"""The demo: a whole month of usage, metered, priced, invoiced and proven through the public HTTP interface.

Owns: the two scenarios (an AI platform; a real wholesaler billed again), their data, the summary.
Does not own: any rule of the product; it does what any customer's program could do, with the same client.
Invariant: a second pass over the same folder changes nothing.
"""

from steelyard.entrypoints.demo.run import run

__all__ = ["run"]
