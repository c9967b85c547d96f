from movie_assets_tests.support.fixtures import aws_environment, aws_proxy, bucket, ministack

__all__ = ["aws_environment", "aws_proxy", "bucket", "ministack"]
