"""The engine's tables and views for one day."""

LINES, UNREADABLE = "lines", "unreadable"
"""The rows of the file as text, with their line numbers; and the unreadable lines."""

CELLS = "__cells"
"""The view of the lines with their cells cast."""

VIOLATIONS = "__violations"
"""Cells that break the contract: row, column, value, reason."""

QUARANTINED = "__quarantined"
"""The row ids that are not accepted."""
