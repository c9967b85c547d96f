"""Clients of AWS services, and readable errors."""
