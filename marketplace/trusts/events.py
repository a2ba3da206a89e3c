"""What organisations announce."""

from __future__ import annotations
