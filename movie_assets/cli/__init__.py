"""The two programs: `movies` runs the pipeline, `dqdl` runs rulesets on any file."""

from movie_assets.cli.check import dqdl
from movie_assets.cli.commands import movies

__all__ = ["dqdl", "movies"]
