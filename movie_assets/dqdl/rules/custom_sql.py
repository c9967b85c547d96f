"""CustomSql: a Spark SQL statement as a rule."""

from movie_assets.dqdl.declaring import judges
from movie_assets.dqdl.declaring.plan import JUDGED, PRIMARY, Judgement, Plan, RowTest, Statement, Subject, Verdict
from movie_assets.dqdl.declaring.rule_type import ParameterSpec, RuleType
from movie_assets.dqdl.language.nodes import Rule
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.spark import statement

METRIC = "Dataset.*.CustomSQL"
COMPLIANCE = "Dataset.*.CustomSQL.Compliance"


@RuleType(
    "CustomSql",
    (ParameterSpec("CustomSqlStatement", "sql"),),
    conditions=("number",),
    condition_optional=True,
    threshold=True,
    analyzer=True,
    dynamic=True,
    row_level="yes",
    glue="A threshold only without a condition.",
    open_engine="Runs any Spark SQL.",
    ours="One SELECT over primary and the references; what would write, read files or look around fails "
    "the rule, and so does a function that would make a text of more than 80,000 bytes or collect more than 10,000 "
    "values. Rows match on the selected columns, nulls included, and are never multiplied.",
)
def custom_sql(subject: Subject) -> Plan:
    """With a condition, the one number that a statement over ``primary`` returns; NULL is 0, a boolean 1 or 0.

    Without one, the share of rows whose cells equal a row the statement returns, nulls included; it must be 1, or meet
    the threshold. A statement that returns a column whose values repeat passes every row with such a value.
    """
    try:
        sql = statement(subject.parameter(0), {PRIMARY: subject.schema, **subject.references}, subject.options.now)
    except SqlRefusedError as error:
        return Plan(refusal=f"Error executing SQL statement: {error}")
    if subject.condition is None and isinstance(subject.rule, Rule):
        return _rows(subject, sql)
    return _scalar(subject, sql)


def _scalar(subject: Subject, sql: str) -> Plan:
    columns = subject.describe(sql).columns
    if len(columns) != 1 or not (columns[0].is_number or columns[0].type in ("BOOLEAN", '"NULL"')):
        found = ", ".join(f"{column.name} {column.spark_type}" for column in columns)
        return Plan(refusal=f"Custom SQL must return one row with one numeric column, but it returns: {found}")
    value = Statement(f"SELECT coalesce(CAST(max(v) AS DOUBLE), 0) FROM (SELECT v FROM ({sql}) AS q(v) LIMIT 1)")
    rows = Statement(f"SELECT count(*) FROM (SELECT 1 FROM ({sql}) LIMIT 2)")
    return Plan({METRIC: value}, _judge_scalar, hidden={"rows": rows})


def _judge_scalar(judgement: Judgement) -> Verdict:
    if judgement.values["rows"] != 1:
        found = "none" if judgement.values["rows"] == 0 else "several"
        return Verdict(False, f"Custom SQL must return one row with one numeric column, but it returns {found} rows")
    return judges.metric(judgement)


def _rows(subject: Subject, sql: str) -> Plan:
    returned = subject.describe(sql).columns
    pairs = [(subject.schema.find(column.name), column) for column in returned]
    if not any(own for own, _ in pairs):
        return Plan(
            refusal="The output from CustomSQL must contain at least one column that matches the input dataset. "
            "Ensure that matching columns are returned from the SQL."
        )
    strangers = [column.name for own, column in pairs if own is None]
    if strangers:
        return Plan(
            refusal="The columns returned from the SQL statement should only belong to the primary table. "
            f"Columns not found: {', '.join(strangers)}"
        )
    same = " AND ".join(f"q.{column.sql} IS NOT DISTINCT FROM {JUDGED}.{own.sql}" for own, column in pairs if own)
    row = RowTest(f"EXISTS (SELECT 1 FROM ({sql}) AS q WHERE {same})")
    return Plan(judge=_judge_rows, row=row, compliance=COMPLIANCE)


def _judge_rows(judgement: Judgement) -> Verdict:
    if not judgement.table_rows:
        return Verdict(False, "Custom SQL rule could not be evaluated due to data frame being empty")
    return judges.rows(COMPLIANCE, end=".")(judgement)
