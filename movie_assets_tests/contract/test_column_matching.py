import pytest

from movie_assets.errors import HeaderError
from movie_assets_tests.support.feeds import CONTRACT

NAMES = [column.name for column in CONTRACT.columns]
STORED = [column.stored_name for column in CONTRACT.columns]
IN_ORDER = {stored: place for place, stored in enumerate(STORED)}


@pytest.mark.parametrize(
    "header",
    [
        NAMES,
        STORED,
        [name.upper() for name in NAMES],
        [f"  {name}\t" for name in NAMES],
        ["\ufeff" + NAMES[0], *NAMES[1:]],
        [f'\ufeff"{NAMES[0]}"', *NAMES[1:]],
    ],
    ids=["file", "lower", "upper", "blanks", "byte order mark", "byte order mark before a quote"],
)
def test_a_header_matches_in_any_case(header: list[str]) -> None:
    assert CONTRACT.match_header(header).mapping == IN_ORDER


def test_the_order_is_free_and_the_mapping_keeps_the_contracts() -> None:
    match = CONTRACT.match_header(NAMES[::-1])
    assert list(match.mapping) == STORED
    assert match.mapping["poster_link"] == 15
    assert match.mapping["gross"] == 0


def test_columns_beyond_the_contract_are_reported_as_spelled() -> None:
    match = CONTRACT.match_header(["Budget", *NAMES, "Awards Won", ""])
    assert match.extra == ("Budget", "Awards Won", "")
    assert match.mapping["poster_link"] == 1


def test_all_missing_and_doubled_columns_are_named_at_once() -> None:
    header = [*(name for name in NAMES if name not in ("Genre", "Star3")), "runtime", "GROSS"]
    with pytest.raises(HeaderError) as refused:
        CONTRACT.match_header(header)
    assert refused.value.message == "The header lacks Genre, Star3 and has Runtime, Gross more than once."


@pytest.mark.parametrize(
    ("written", "meant"),
    [("Series Title", "Series_Title"), ("metascore", "Meta_score"), ("Genres", "Genre"), ("star_3", "Star3")],
)
def test_a_near_name_is_suggested(written: str, meant: str) -> None:
    with pytest.raises(HeaderError, match=f"did you mean {meant} by '{written}'"):
        CONTRACT.match_header([written if name == meant else name for name in NAMES])


def test_a_far_name_is_not_suggested() -> None:
    with pytest.raises(HeaderError) as refused:
        CONTRACT.match_header(["Budget" if name == "Overview" else name for name in NAMES])
    assert refused.value.message == "The header lacks Overview."
    assert "did you mean" not in str(refused.value)


def test_an_empty_header_lacks_everything() -> None:
    with pytest.raises(HeaderError, match=r"lacks Poster_Link, Series_Title, .*, Gross"):
        CONTRACT.match_header([])
