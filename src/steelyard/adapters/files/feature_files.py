"""Reads the specification of a feature: a YAML file, or Markdown with its YAML in front or in blocks."""

from __future__ import annotations

import re

from steelyard.adapters.files.catalog_files import read_catalog_text
from steelyard.catalog import Source

_FENCE = re.compile(r"^\s*(```|~~~)\s*(\w*)\s*$")


def read_feature_text(name: str, text: str) -> Source:
    """What the specification says, every value with its own line in the file.

    >>> text = "# Sign-on\\n\\n```yaml\\npricing:\\n  feature: sso\\n```\\n"
    >>> source = read_feature_text("sso.md", text)
    >>> source.values, source.place(("pricing", "feature"))
    ({'pricing': {'feature': 'sso'}}, ('sso.md', 5))
    """
    yaml = text if name.lower().endswith((".yaml", ".yml")) else _only_yaml(text)
    return read_catalog_text({name: yaml})


def _only_yaml(text: str) -> str:
    """The text with every line made empty that is no YAML, so that line numbers stay."""
    kept: list[str] = []
    inside = ""
    for number, line in enumerate(text.splitlines()):
        fence = _FENCE.match(line)
        if inside:
            ends = (inside == "---" and line.strip() in ("---", "...")) or (fence and fence[1] == inside)
            kept.append("" if ends else line)
            inside = "" if ends else inside
            continue
        if number == 0 and line.strip() == "---":
            inside = "---"
        elif fence and fence[2].lower() in ("yaml", "yml"):
            inside = fence[1]
        kept.append("---" if inside in ("```", "~~~") else "")
    return "\n".join(kept) + "\n"
