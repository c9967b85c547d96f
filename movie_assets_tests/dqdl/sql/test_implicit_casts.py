"""The casts that Spark adds between types, and the values of its functions, over columns of text and of every type."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from movie_assets.dqdl.patterns.functions import register
from movie_assets.dqdl.sql.columns import Column, Schema
from movie_assets.dqdl.sql.spark import predicate, statement
from movie_assets_tests.support.judged import NOW

ROW = """SELECT '7' AS s, '2.5' AS sx, '2024-01-15' AS ds, '2024-01-15 10:30:00' AS ts, 'true' AS sb, 'Heat' AS title,
NULL::VARCHAR AS z, 12345::BIGINT AS id, 5::INTEGER AS n, 2.5::DOUBLE AS x, 7.5::FLOAT AS f, 12.30::DECIMAL(6,2) AS m,
TRUE AS b, DATE '2024-01-15' AS d, TIMESTAMP '2024-01-15 10:30:00' AS t,
9223372036854775807::BIGINT AS longest, 2147483647::INTEGER AS most, (-2147483648)::INTEGER AS least,
100::TINYINT AS ti, 'NaN'::DOUBLE AS nn, 'inf'::DOUBLE AS inf"""


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    register(connection)
    connection.execute(f'CREATE TABLE "primary" AS {ROW}')
    return connection


def schema(engine: duckdb.DuckDBPyConnection) -> Schema:
    return Schema(Column(name, kind) for name, kind, *_ in engine.execute('DESCRIBE "primary"').fetchall())


def value(engine: duckdb.DuckDBPyConnection, text: str) -> Any:
    row = engine.execute(statement(f"select {text} from primary", {"primary": schema(engine)}, NOW)).fetchone()
    assert row is not None
    return row[0]


HOLDS = """
ds > current_date() - interval 30 days
ds < current_timestamp()
ts > date '2024-01-01'
ds = date '2024-01-15'
nvl(s, 0) > 5
s = 7
sx = 2
not (sx > 2)
sx = 2.5
sb = true
sb and b
b = 1
m > '12.2'
f = 7.5
id like '1%'
id rlike '^123'
title like 'H_at'
title like concat('%', 'ea', '%')
title ilike 'h%'
d - date '2024-01-10' = interval 5 days
d - ds < interval 1 day
t - timestamp '2024-01-15 08:00:00' = interval 150 minutes
d - interval 5 days between '2024-01-10' and '2024-01-11'
'5%' like concat('5', '\\\\', '%')
not ('5x' like concat('5', '\\\\', '%'))
title not like 'x%' and not (title not like 'H%')
title not ilike 'x%' and not (title not ilike 'h%')
title not like '!%%' escape '!'
title not like any ('x%', 'H%') and not (title not like any ('H%', '%t'))
title not like all ('x%', 'y%') and not (title not like all ('x%', 'H%'))
'a_b' like 'a!_b' escape '!'
not ('axb' like 'a!_b' escape '!')
s in (7, 8)
id in ('12345')
d in (n, '2024-01-15')
ds in (date '2024-01-15')
s between 6 and 8
s <=> 7
hour(ts) = 10
length(id) = 5
isnan('NaN')
equal_null(z, null)
nullif('7.0', 7) is null
id in (select '12345')
""".strip().splitlines()


@pytest.mark.parametrize("text", HOLDS)
def test_conditions_that_hold(text: str, engine: duckdb.DuckDBPyConnection) -> None:
    assert value(engine, text) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date_sub(ds, 1)", date(2024, 1, 14)),
        ("date_add(ds, '2')", date(2024, 1, 17)),
        ("d - interval 30 days", date(2023, 12, 16)),
        ("d - interval 2 hours", datetime(2024, 1, 14, 22)),
        ("ds - interval 1 day", "2024-01-14 00:00:00"),
        ("d + 1", date(2024, 1, 16)),
        ("add_months(ds, 1)", date(2024, 2, 15)),
        ("next_day(ds, 'Monday')", date(2024, 1, 22)),
        ("months_between('2024-03-31', '2024-01-15')", 2.51612903),
        ("datediff(ds, '2024-01-10')", 5),
        ("timestampdiff(hour, t, current_timestamp())", 121),
        ("timestampadd(hour, 2, ts)", datetime(2024, 1, 15, 12, 30)),
        ("date_trunc('month', ts)", datetime(2024, 1, 1)),
        ("date_part('month', ds)", 1),
        ("weekday(ds)", 0),
        ("date_format(ds, 'yyyy/MM')", "2024/01"),
        ("to_timestamp('15/01/2024 10', 'dd/MM/yyyy HH')", datetime(2024, 1, 15, 10)),
        ("from_unixtime(0)", "1970-01-01 00:00:00"),
        ("nvl(s, 0)", "7"),
        ("coalesce(z, id)", "12345"),
        ("case when s > 5 then 1 else 'a' end", "1"),
        ("if(s > 8, s, 0)", "0"),
        ("greatest(1, 2.5)", Decimal("2.5")),
        ("round(sx)", 3.0),
        ("abs(s)", 7.0),
        ("s * s", 49.0),
        ("f + m", 19.8),
        ("5 % 0", None),
        ("s div 2", 3),
        ("-7 div 2", -3),
        ("pmod(-7, 3)", 2),
        ("pmod(7, -3)", 1),
        ("pmod(7, 0)", None),
        ("bround(2.5D)", 2.0),
        ("bround(3.5D)", 4.0),
        ("ln(0)", None),
        ("substring(id, 2, 3)", "234"),
        ("substring('abc', 0, 2)", "ab"),
        ("upper(x)", "2.5"),
        ("concat(id, x, b, d)", "123452.5true2024-01-15"),
        ("cast(1e7 as string)", "1.0E7"),
        ("cast(-123456789.5D as string)", "-1.234567895E8"),
        ("cast(1e20 as string)", "1.0E20"),
        ("cast(1.2e-4 as string)", "1.2E-4"),
        ("cast(1e-9 as string)", "1.0E-9"),
        ("cast(0.001D as string)", "0.001"),
        ("cast(cast('-inf' as double) as string)", "-Infinity"),
        ("cast('1d' as double) + cast('2.5F' as float)", 3.5),
        ("cast('1dd' as double)", None),
        ("cast('inf' as double) > 1", True),
        ("cast('1d' as int)", None),
        ("cast('2024-01-01 10' as timestamp)", datetime(2024, 1, 1, 10)),
        ("cast('2024-01-01T9+01:00' as timestamp)", datetime(2024, 1, 1, 8)),
        ("cast('2024-01-01 10:00:00 Europe/Paris' as timestamp)", datetime(2024, 1, 1, 9)),
        ("cast('2024-01-01 10:00 PST' as timestamp)", datetime(2024, 1, 1, 18)),
        ("cast('2024-01-01 10:00 Nowhere/Land' as timestamp)", None),
        ("most + 1", -2147483648),
        ("least - 1", 2147483647),
        ("most * 2 + 3", 1),
        ("most * most * most + 1", -2147483648),
        ("ti + ti", -56),
        ("ti + most", -2147483549),
        ("-least", -2147483648),
        ("abs(least)", -2147483648),
        ("least div -1", 2147483648),
        ("least % (n - 6)", 0),
        ("longest + n", -9223372036854775804),
        ("longest * longest * 3", 3),
        ("-longest - 2", 9223372036854775807),
        ("sum(longest) + 1", -9223372036854775808),
        ("cast(300 as tinyint)", 44),
        ("cast(300.7D as tinyint)", 44),
        ("cast(12345678901.5BD as int)", -539222987),
        ("cast(99999999999999999999 as bigint)", 7766279631452241919),
        ("cast(longest as int)", -1),
        ("cast(3e10 as int)", 2147483647),
        ("cast(-3e30 as bigint)", -9223372036854775808),
        ("cast(-inf as smallint)", 0),
        ("cast(nn as int)", 0),
        ("cast('3000000000' as int)", None),
        ("cast(1e300 as float)", float("inf")),
        ("cast(t as bigint)", 1705314600),
        ("cast(t as double)", 1705314600.0),
        ("cast(1705314600 as timestamp)", datetime(2024, 1, 15, 10, 30)),
        ("cast('12:30' as timestamp)", datetime(NOW.year, NOW.month, NOW.day, 12, 30)),
        ("cast('T12:30+01:00' as timestamp)", datetime(NOW.year, NOW.month, NOW.day, 11, 30)),
        ("minute('10:30')", 30),
        ("hour('25:30')", None),
        ("1 + d", date(2024, 1, 16)),
        ("ceil(nn)", 0),
        ("floor(longest)", 9223372036854775807),
        ("negative(n)", -5),
        ("hex(x)", "2"),
        ("substring(title, 2, z)", None),
        ("lpad(title, z, '0')", None),
        ("unix_timestamp(ds)", None),
        ("percentile_approx(id, 0.5, 100)", 12345),
        ("percentile_cont(0.5) within group (order by s)", 7.0),
        ("substring_index('a.b.c', '.', -2)", "b.c"),
        ("locate('b', 'abcb', 3)", 4),
        ("regexp_extract('a12', '([a-z])([0-9]+)')", "a"),
        ("regexp_replace(title, '(H)', '<$1>')", "<H>eat"),
        ("lpad(n, 3, '0')", "005"),
        ("rpad('ab', 4)", "ab  "),
        ("lpad('abc', 2)", "ab"),
        ("space(2) || 'x'", "  x"),
        ("initcap('the big heat')", "The Big Heat"),
        ("base64('abc')", "YWJj"),
        ("size(null)", -1),
        ("array(1, 2)[-1]", None),
        ("element_at(array(1, 2), -1)", 2),
        ("decode(n, 5, 'five', 'other')", "five"),
        ("named_struct('a', 1).a", 1),
        ("mean(s)", 7.0),
        ("std(s)", None),
        ("max_by(title, id)", "Heat"),
        ("min_by(title, x)", "Heat"),
        ("count(distinct s, z)", 0),
        ("size(collect_set(id))", 1),
    ],
)
def test_values(text: str, expected: Any, engine: duckdb.DuckDBPyConnection) -> None:
    found = value(engine, text)
    assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)
    assert isinstance(found, type(expected))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("s", "string"),
        ("n", "int"),
        ("id", "bigint"),
        ("f", "float"),
        ("m", "decimal(6,2)"),
        ("t", "timestamp"),
        ("s + 1", "double"),
        ("null", "void"),
        ("split('a,b', ',')", "array<string>"),
        ("sum(id)", "bigint"),
        ("nvl(s, 0)", "string"),
    ],
)
def test_types_have_sparks_names(text: str, name: str, engine: duckdb.DuckDBPyConnection) -> None:
    assert value(engine, f"typeof({text})") == name


def test_types_are_known_through_queries(engine: duckdb.DuckDBPyConnection) -> None:
    tables = {"primary": schema(engine)}
    for text in (
        "select count(*) from (select s as v from primary) q where q.v > 6",
        "with a(v) as (select s from primary), b as (select v from a) select count(*) from b where v > 6",
        "select count(*) from primary p where exists (select 1 from primary r where r.s + 1 = 8 and p.s > 6)",
        "select count(*) from (select n as v from primary union all select s from primary) where v = '5'",
        "select count(*) from primary join (select s from primary) q using (s) where s > 6",
        "select count(v) from (select s + 1 as v, v + 1 as w from primary) where w = 9",
        "select e from (select explode(array('1', '2')) as e) where e > 1.5 and e = '2' limit 1",
    ):
        assert int(engine.execute(statement(text, tables, NOW)).fetchall()[0][0]) in (1, 2)


def test_windows_may_have_names(engine: duckdb.DuckDBPyConnection) -> None:
    text = "select sum(n) over w, rank() over (order by s) from primary window w as (partition by s)"
    assert engine.execute(statement(text, {"primary": schema(engine)})).fetchall() == [(5, 1)]


def test_a_column_may_be_named_with_its_whole_table(engine: duckdb.DuckDBPyConnection) -> None:
    sql = statement("select db.primary.n from db.primary where primary.n = 5", {"db.primary": schema(engine)})
    assert engine.execute(sql.replace("db.primary", "primary")).fetchall() == [(5,)]


def test_fields_of_records(engine: duckdb.DuckDBPyConnection) -> None:
    text = "select q.r.a + r.a from (select named_struct('a', n) as r from primary) q"
    assert engine.execute(statement(text, {"primary": schema(engine)})).fetchall() == [(10,)]


def test_grouping_sets(engine: duckdb.DuckDBPyConnection) -> None:
    text = "select s, n, count(*) from primary group by grouping sets ((s, n), (s), ()) order by s, n"
    found = engine.execute(statement(text, {"primary": schema(engine)})).fetchall()
    assert found == [(None, None, 1), ("7", None, 1), ("7", 5, 1)]


@pytest.mark.slow
@pytest.mark.parametrize(("joint", "term"), [(" or ", "s = '7'"), (" and ", "n = 5"), (" || ", "s")])
def test_long_chains_are_no_deep_nests(joint: str, term: str, engine: duckdb.DuckDBPyConnection) -> None:
    text = joint.join([term] * 300)
    assert value(engine, text) == ("7" * 300 if term == "s" else True)


def test_star_gives_a_shared_column_once(engine: duckdb.DuckDBPyConnection) -> None:
    text = "select * from (select n, s from primary) a full join (select 6 as n, 'x' as y) b using (n) order by n desc"
    assert engine.execute(statement(text, {"primary": schema(engine)})).fetchall() == [(6, None, "x"), (5, "7", None)]


def test_nulls_come_first_when_an_order_rises(engine: duckdb.DuckDBPyConnection) -> None:
    text = "select v from (select n as v from primary union all select null) order by v"
    assert engine.execute(statement(text, {"primary": schema(engine)})).fetchall() == [(None,), (5,)]


@pytest.mark.parametrize("text", ["s", "n + 1", "concat(s, s)"])
def test_a_where_clause_is_a_condition(text: str, engine: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(Exception, match="a where clause is a condition that holds or doesn't, not a value"):
        predicate(text, schema(engine))
