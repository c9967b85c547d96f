"""Spark SQL read, checked, typed and written as SQL of the engine."""
