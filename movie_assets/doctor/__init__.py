"""Whether every configured service can do its part: each is examined, none is changed."""

from movie_assets.doctor.examination import examine

__all__ = ["examine"]
