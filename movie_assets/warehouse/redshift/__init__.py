"""A warehouse on Redshift."""
