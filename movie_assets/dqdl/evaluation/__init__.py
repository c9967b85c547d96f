"""Evaluates a ruleset on a table."""
