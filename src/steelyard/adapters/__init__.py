"""The adapters: the rooms' ports carried out by real engines, files and services.

Owns: how bytes reach disks and other programs.
Does not own: any decision; a rule that is found here is in the wrong place.
"""
