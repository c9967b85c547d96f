from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from movie_assets_tests.support.ministack import Ministack


def test_a_conditional_put_has_one_winner(ministack: Ministack, bucket: str) -> None:
    clients = [ministack.client("s3") for _ in range(8)]

    def put(number: int) -> str:
        try:
            clients[number].put_object(Bucket=bucket, Key="once", Body=f"{number}".encode(), IfNoneMatch="*")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return f"{number}"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(put, range(8)))
    winners = [answer for answer in answers if answer.isdigit()]
    assert sorted(set(answers) - set(winners)) == ["PreconditionFailed"]
    assert ministack.client("s3").get_object(Bucket=bucket, Key="once")["Body"].read().decode() == winners[0]
    assert len(winners) == 1


@pytest.mark.slow
def test_one_of_its_own_whatever_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with Ministack() as own:
        own.client("s3").create_bucket(Bucket="short-lived")
        own.reset()
        assert own.client("s3").list_buckets()["Buckets"] == []
        endpoint = own.endpoint
    assert endpoint.startswith("http://127.0.0.1:")
    with pytest.raises(Exception, match="Could not connect to the endpoint"):
        own.client("s3", config=Config(retries={"total_max_attempts": 1})).list_buckets()
