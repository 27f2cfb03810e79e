"""Catalog: what is sold and how it is priced, validated as a whole and published as immutable versions.

Owns: value metrics, features, products, rate cards and cost cards, plans; their names, owners and public
definitions; the messages that say what is wrong in them; versions and what changed between two.
Does not own: customers and what they agreed to (contracts), the price calculation (rating), reading files
(adapters).

Invariants: a `Catalog` is consistent; a version is named by its content, so equal content is one version;
no price ever passes through a binary fraction.
"""
