from movie_assets_tests.support.fixtures import (
    aws_environment,
    aws_proxy,
    bucket,
    collected,
    ministack,
    postgres,
    redshift,
    redshift_proxy,
    redshift_tls,
    session,
)

__all__ = [
    "aws_environment",
    "aws_proxy",
    "bucket",
    "collected",
    "ministack",
    "postgres",
    "redshift",
    "redshift_proxy",
    "redshift_tls",
    "session",
]
