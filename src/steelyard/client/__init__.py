"""The SDK that users put into their programs: Steelyard's HTTP interface as Python methods.

Owns: connections that are kept alive, retries that are safe, problems as exceptions, one method an endpoint
(`generated`, derived from the server's table of endpoints and held against it by a test).
Does not own: anything of the server; it imports no room and nothing but the standard library.

>>> client = Client("http://127.0.0.1:8420", key="sk_secret")
>>> client.customers.list  # doctest: +ELLIPSIS
<bound method CustomersApi.list of ...>
"""

from steelyard.client.generated import Client
from steelyard.client.transport import ProblemError

__all__ = ["Client", "ProblemError"]
