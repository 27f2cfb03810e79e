"""Adapters: the engines and services behind the ports of the domain rooms.

Own: how things are stored, sent and signed. Do not own: decisions. Invariant: each passes the contract
tests of its port.
"""
