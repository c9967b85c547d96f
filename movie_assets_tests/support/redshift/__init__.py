"""A stand-in for Redshift that the unmodified driver talks to: Redshift's words on PostgreSQL, and COPY from S3."""

from movie_assets_tests.support.redshift.server import RedshiftStandIn, S3Access
from movie_assets_tests.support.redshift.tls import Tls, make_tls

__all__ = ["RedshiftStandIn", "S3Access", "Tls", "make_tls"]
