"""Health checks of every configured service; they change nothing."""

from movie_assets.doctor.examination import examine

__all__ = ["examine"]
