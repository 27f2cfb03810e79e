"""Measurements of the speeds that the documentation promises, each beside a baseline of the same run."""
