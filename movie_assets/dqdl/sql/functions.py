"""The functions a ruleset's SQL may use; others are refused: they may read files, look around, or draw lots."""

_NAMES = """
Abs Acos AddMonths And ApproxDistinct ApproxQuantile Array ArrayAgg ArrayConcat ArrayContains ArrayDistinct
ArrayFilter ArrayMax ArrayMin ArrayReverse ArraySize ArraySort ArrayToString ArrayUniqueAgg Ascii Asin Atan
Atan2 Avg BitwiseAndAgg BitwiseOrAgg Case Cast Cbrt Ceil Chr Coalesce Concat ConcatWs Contains Corr Cos Cot
Count CountIf CovarPop CovarSamp CumeDist CurrentDate CurrentTimestamp DateAdd DateDiff DateFromParts DateSub
DateTrunc Day Dayname DayOfMonth DayOfWeek DayOfWeekIso DayOfYear DecodeCase Degrees DenseRank EndsWith Exists
Exp Explode Extract Factorial First FirstValue Floor Greatest Hex Hour If Initcap IsInf IsNan Kurtosis Lag
Last LastDay LastValue Lead Least Left Length Levenshtein Ln Log LogicalAnd LogicalOr Lower Map MapKeys Max
MD5 Median Min Minute Mode Month Monthname MonthsBetween Nanvl Negative NextDay NthValue Ntile Nullif Nvl2 Or
Pad PercentileCont PercentileDisc PercentRank Pi Posexplode Pow Quantile Quarter Radians Rank RegexpCount
RegexpExtract RegexpExtractAll RegexpLike RegexpReplace RegexpSplit Repeat Replace Reverse Right Round
RowNumber SafeDivide Second SHA SHA2 Sign Sin Sinh Skewness Space Split SplitPart Sqrt StartsWith Stddev
StddevPop StddevSamp StrPosition StrToDate StrToTime StrToUnix Struct StructExtract Substring SubstringIndex
Sum Tan Tanh TimestampAdd TimestampDiff TimestampTrunc TimeStrToTime TimeToStr TimeToUnix ToMap Transform
Translate Trim Trunc Try TryCast TsOrDsAdd TsOrDsDiff TsOrDsToDate TsOrDsToTimestamp Typeof Unhex Unicode
UnixToStr UnixToTime Unnest Upper Variance VariancePop VarMap Week WeekOfYear Xor Year
"""

FUNCTIONS = frozenset(_NAMES.split())
"""sqlglot's names of them."""

SPELLED = {
    "isnull": "({0} IS NULL)",
    "isnotnull": "({0} IS NOT NULL)",
    "cardinality": "len({0})",
    "char_length": "length({0})",
    "character_length": "length({0})",
    "date_part": "date_part({0}, {1})",
    "make_date": "TRY_CAST({0} || '-' || {1} || '-' || {2} AS DATE)",
    "bool_and": "bool_and({0})",
    "bool_or": "bool_or({0})",
    "every": "bool_and({0})",
    "some": "bool_or({0})",
    "any": "bool_or({0})",
}
"""Functions sqlglot has no node for, as the engine writes them."""
