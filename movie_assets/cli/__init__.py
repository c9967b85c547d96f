"""The two programs: `movies` runs the pipeline, `dqdl` runs rulesets on any file."""

from movie_assets.cli.stopping import ended_by_signals

with ended_by_signals():  # importing it takes a second
    from movie_assets.cli import rules  # noqa: F401  (adds its command)
    from movie_assets.cli.check import dqdl
    from movie_assets.cli.commands import movies

__all__ = ["dqdl", "movies"]
