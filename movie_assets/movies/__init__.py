"""Everything about movies."""
