"""Judging a ruleset on a table."""
