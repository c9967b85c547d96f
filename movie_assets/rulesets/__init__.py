"""Rulesets, as DQDL text."""
