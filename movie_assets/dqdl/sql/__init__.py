"""Spark SQL: parsed, validated, typed and written in the engine's SQL."""
