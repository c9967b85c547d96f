"""Spark SQL on the engine: values of expressions, and what is refused."""

import duckdb
import pytest

from movie_assets.dqdl.patterns.functions import register
from movie_assets.dqdl.sql.columns import Column, Schema
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.spark import predicate, statement
from movie_assets.quoting import identifier
from movie_assets_tests.support.judged import NOW

TABLES = {
    "primary": "SELECT 'a' AS k, '7' AS s, 5::BIGINT AS n, 2.5::DOUBLE AS x, DATE '2024-01-15' AS d, "
    "TIMESTAMP '2024-01-15 10:30:00' AS t, TRUE AS b, [1, 2] AS arr, NULL::VARCHAR AS z, 12.34::DECIMAL(6,2) AS m, "
    "'2024-1-5' AS ds",
    "ref": "SELECT 'a' AS id, 1 AS v UNION ALL SELECT 'q', 2",
    "db.ref": "SELECT 9 AS w",
}


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    register(connection)
    for name, query in TABLES.items():
        connection.execute(f"CREATE TABLE {identifier(name)} AS {query}")
    return connection


def schema(engine: duckdb.DuckDBPyConnection, name: str) -> Schema:
    found = engine.execute(f"DESCRIBE {identifier(name)}").fetchall()
    return Schema(Column(column, kind) for column, kind, *_ in found)


TRUE = """
k = 'a'
k == "a"
`n` = 5 AND N = 5
z <=> null
cast('7.9' as int) = 7
cast('-7.9' as int) = -7
cast(7.5 as int) = 7
cast(x as int) = 2
cast(m as bigint) = 12
cast(' 7 ' as int) = 7
cast('.5' as int) = 0
cast('1e3' as int) is null
cast('abc' as double) is null
cast(b as int) = 1
cast(2 as boolean)
cast(' Yes ' as boolean)
cast('0' as boolean) = false
cast('2020' as date) = date '2020-01-01'
cast('2020-2-3 whatever' as date) = date '2020-02-03'
cast('2020-02-30' as date) is null
cast('20240115' as date) is null
cast('2024-01-15T10:30' as timestamp) = t
cast('2024-01-15 12:30:00+02:00' as timestamp) = t
cast('12.345' as decimal(10,2)) = 12.35
cast(x as string) = '2.5'
s::int = 7
double(s) = 7.0
s > 6
s = 7
s + 1 = 8
s in (7, 8)
s between 6 and 8
n in ('5')
n = '5'
(n = 'abc') is null
b = 'true'
ds < date '2024-01-06'
n / 2 = 2.5
n / 0 is null
n div 2 = 2
-7 % 2 = -1
k rlike '^[a-z]$'
'x12' rlike '\\\\d+'
k rlike "\\\\w"
'it\\'s' = "it's"
k like 'a%'
'10%' like '10\\\\%'
not ('10x' like '10\\\\%')
concat(k, z) is null
concat_ws('-', k, z) = 'a'
isnull(z) and isnotnull(k) and isnull(nullif(n, 5))
nvl(z, 'q') = 'q'
if(n > 3, true, false)
case when n > 3 then 1 else 0 end = 1
upper(trim(' a ')) = 'A'
length(k) = 1
substring('abc', 2) = 'bc'
instr('abc', 'b') = 2
split('a,b', ',')[0] = 'a'
size(arr) = 2 and array_contains(arr, 2)
size(filter(arr, e -> e > 1)) = 1
exists(arr, e -> e > 1) and not exists(arr, e -> e > 2)
exists(array(1, null), e -> e > 2) is null
forall(arr, e -> e > 0) and not forall(arr, e -> e > 1)
array_position(arr, 2) = 2 and array_position(arr, 9) = 0
arrays_overlap(arr, array(2, 3))
array_join(sort_array(array('b', 'a')), '') = 'ab'
element_at(sort_array(array(1, null)), 1) is null
sort_array(arr, false)[0] = 2
concat_ws(',', array('a', null, 'b'), k) = 'a,b,a'
get_json_object('{"a": {"b": [1, "x"]}}', '$.a.b[1]') = 'x'
get_json_object('no json', '$.a') is null
bigint(s) + smallint(s) = 14
timestamp_seconds(1705314600) = t
make_timestamp(2024, 1, 15, 10, 30, 0) = t and make_timestamp(2024, 2, 30, 0, 0, 0) is null
datediff(month, date '2023-11-20', d) = 1
regexp(k, '^a') and regexp_like(k, 'a$')
regexp_extract('a12', '([0-9]+)', 1) = '12'
regexp_replace('a1b2', '[0-9]', '') = 'ab'
d > current_date() - interval 7 days
d > '2024-01-01'
t >= '2024-01-15'
now() > t
datediff(current_date(), d) = 5
date_add(d, 1) = date '2024-01-16'
date_sub(d, 1) = '2024-01-14'
year(d) = 2024 and month(ds) = 1
to_date('15/01/2024', 'dd/MM/yyyy') = d
date_format(t, 'yyyy-MM-dd') = '2024-01-15'
unix_timestamp(t) = 1705314600
dayofweek(d) = 2
trunc(d, 'MM') = '2024-01-01'
last_day(d) = '2024-01-31'
make_date(2024, 1, 15) = d
round(2.5) = 3
greatest(1, n) = 5
1 = 1 -- a comment
""".strip().splitlines()


@pytest.mark.parametrize("text", TRUE)
def test_predicates_that_hold(text: str, engine: duckdb.DuckDBPyConnection) -> None:
    sql = predicate(text, schema(engine, "primary"), NOW)
    assert engine.execute(f'SELECT {sql} FROM "primary"').fetchone() == (True,)


def test_how_dqdl_writes_a_quote() -> None:
    assert predicate('k = \\"a\\"') == "\"k\" = 'a'"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "one statement is expected, this is 0"),
        ("n =", "not Spark SQL"),
        ("n = 1; drop table x", "one statement is expected, this is 2"),
        ("n = 5) or (1 = 1", "not Spark SQL"),
        ("select 1", "a where clause is one condition, not SELECT"),
        ("drop table x", "a where clause is one condition, not DROP"),
        ("n in (select 1)", "a where clause can't contain a query"),
        ("sum(n) > 1", "it can't aggregate or multiply rows"),
        ("explode(arr) = 1", "it can't aggregate or multiply rows"),
        ("read_text('/etc/passwd') is null", "the function read_text is not known here"),
        ("getenv('HOME') = 'x'", "the function getenv is not known here"),
        ("current_setting('memory_limit') = 'x'", "the function current_setting is not known here"),
        ("rand() > 0.5", "the function RAND may not be used"),
        ("columns('.*') = 1", "the function COLUMNS may not be used"),
        ("-true = 1", "-TRUE can't be computed: it is boolean"),
        ("get_json_object(k, '$.*') is null", "is not known here"),
        ("k = ${x}", "PARAMETER may not run"),
        ("n = ?", "PLACEHOLDER may not run"),
        ("extract(`year from d); drop table x; select (1` from d) = 1", "is no word of SQL"),
        ("timestampadd(`day; drop table x`, 1, d) = d", "is no word of SQL"),
        ("cast(d as `int); drop table x`) = 1", "is not known here"),
        ("date '2024-01-15' * 2 = 4", "CAST('2024-01-15' AS DATE) * 2 can't be computed: it is date and integer"),
        ("true + 1 = 2", "it is boolean and integer"),
        ("cast(k as array<int>) is null", "can't be translated: a cast to ARRAY<INT>"),
        ("(" * 5000 + "n" + ")" * 5000, "nested too deeply"),
    ],
    ids=range(25),
)
def test_predicates_that_are_refused(text: str, reason: str) -> None:
    with pytest.raises(SqlRefusedError) as refused:
        predicate(text, now=NOW)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("d = n", "a date and a number can't be compared"),
        ("d - date '2024-01-10' > 3", r"an interval and a number can't be compared; datediff\(a, b\) gives the days"),
        ("b <> d", "a truth value and a date can't be compared"),
        ("n in (d, 1)", "a number and a date can't become of one type"),
        ("coalesce(b, s) = 'x'", "a truth value and a text can't become of one type"),
        ("greatest(n, s) = 1", "a number and a text can't become of one type"),
        ("ceil(x, 1) = 2", "CEIL with DECIMALS is not known here"),
    ],
)
def test_types_that_do_not_meet(text: str, reason: str, engine: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(SqlRefusedError, match=reason):
        predicate(text, schema(engine, "primary"))


def test_the_time_needs_a_clock() -> None:
    with pytest.raises(SqlRefusedError, match=r"CURRENT_DATE.* asks for the time, but no clock was given"):
        predicate("d > current_date()")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("select count(*) from primary", [(1,)]),
        ("SELECT K from PRIMARY p where P.n > 1", [("a",)]),
        ("select primary.k, r.v from primary join ref r on primary.k = r.id", [("a", 1)]),
        ("select w from db.ref", [(9,)]),
        ("select ref.w from db.ref", [(9,)]),
        ("with a as (select k from primary) select * from a", [("a",)]),
        ("select k from primary union all select id from ref where v > 1", [("a",), ("q",)]),
        ("select sum(s) from primary where s > 6", [(7.0,)]),
        ("select k from primary where exists (select 1 from ref where ref.id = primary.k)", [("a",)]),
        ("select e from primary lateral view explode(arr) t as e", [(1,), (2,)]),
        ("select n, row_number() over (order by n) as r from primary", [(5, 1)]),
        ("select count_if(n > 1), percentile(n, 0.5), count(distinct k) from primary", [(1, 5.0, 1)]),
        ("select k, count(*) from primary group by rollup(k)", [("a", 1), (None, 1)]),
        ("select k, s, grouping(s) g from primary group by cube(k, s) having k = 'a'", [("a", "7", 0), ("a", None, 1)]),
        ("select k from primary where (k, n) in (select id, v + 4 from ref)", [("a",)]),
        ("select k from primary where (k, s) in (select id, v + 6 from ref)", [("a",)]),
        ("select k from primary where (k, n) not in (select id, v from ref)", [("a",)]),
        ("select concat_ws(',', sort_array(collect_set(id))) from ref", [("a,q",)]),
        ("select /*+ BROADCAST(p) */ n from primary p", [(5,)]),
    ],
)
def test_statements(text: str, rows: list[tuple[object, ...]], engine: duckdb.DuckDBPyConnection) -> None:
    sql = statement(text, {name: schema(engine, name) for name in TABLES}, NOW)
    assert sorted(engine.execute(sql).fetchall(), key=str) == rows


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("select * into x from primary", "there is no table 'x'"),
        ("drop table primary", "only a SELECT may run, not DROP"),
        ("insert into primary select 1", "only a SELECT may run, not INSERT"),
        ("create table x as select 1", "only a SELECT may run, not CREATE"),
        ("copy primary to 'x'", "only a SELECT may run, not COPY"),
        ("attach 'x.db'", "not Spark SQL"),
        ("install httpfs", "only a SELECT may run"),
        ("load httpfs", "only a SELECT may run"),
        ("set memory_limit = '1TB'", "only a SELECT may run, not SET"),
        ("call f()", "only a SELECT may run"),
        ("describe primary", "only a SELECT may run"),
        ("select 1; select 2", "one statement is expected, this is 2"),
        ("select * from 'file.csv'", "there is no table 'file.csv'; known are primary, ref, db.ref"),
        ("select * from `/etc/passwd`", "there is no table '/etc/passwd'"),
        ("select * from parquet.`/x`", "there is no table 'parquet./x'"),
        ("with `x.csv` as (select 1) select * from `x.csv`", "there is no table 'x.csv'"),
        ("with a as (with b as (select 1) select 1) select * from b", "there is no table 'b'"),
        ("select * from read_csv('x')", "a table is given by name"),
        ("select * from range(10)", "a table is given by name"),
        ("select * from duckdb_settings()", "a table is given by name"),
        ("select * from duckdb_settings", "there is no table 'duckdb_settings'"),
        ("select * from information_schema.tables", "there is no table 'information_schema.tables'"),
        ("select k from primary where n in (select v from secret)", "there is no table 'secret'"),
        ("select * from primary tablesample (10 percent)", "TABLESAMPLE may not run"),
        ("select getenv('HOME') from primary", "the function getenv is not known here"),
        (
            "select k from primary where (k, n) in (select id from ref)",
            "2 values are looked for in a query of 1",
        ),
        ("select version() from primary", "the function version is not known here"),
        ("select uuid() from primary", "the function UUID may not be used"),
    ],
)
def test_statements_that_are_refused(text: str, reason: str, engine: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(SqlRefusedError) as refused:
        statement(text, {name: schema(engine, name) for name in TABLES}, NOW)
    assert reason in str(refused.value)
