from movie_assets_tests.support.fixtures import *  # noqa: F403
