"""DQDL by chance: documents of every rule type, valid in every way, written as loosely as the language allows."""

from collections.abc import Callable
from random import Random

from movie_assets.dqdl.declaring.rule_type import RuleType
from movie_assets.dqdl.language.nodes import ConditionKind
from movie_assets.dqdl.rules import RULE_TYPES

Tokens = list[str]

GAPS = [" ", "  ", "\n", "\t", "\r\n", ' # a comment ] "\n', "\n#\n"]
PIECES = [*"aZ09 _-.,#'[](){}$*|^é電\n\t", '\\"', "\\\\", "\\d"]
PATTERNS = ['".*"', '"[a-z&&[^q]]+"', r'"\d{1,3}\\"', r'"(\"|#)\1"', '"(?<=a)é|\'"', '""']
BARE = ["a", "B2", "col.name", "_x", "1e5", "24h", "where_", "Not"]
ORDERS = [">", ">=", "<", "<=", "=", "!="]
UNITS = {"duration": ["days", "hours", "minutes"], "size": ["B", "KB", "MB", "GB", "TB"]}


class Writer:
    """Writes documents; the same seed writes the same one."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def document(self) -> str:
        tokens: Tokens = []
        if self.maybe():
            tokens += ["Metadata", "=", "{", '"Version"', ":", '"1.0"', "}"]
            tokens += ["DataSources", "=", "{", '"AdditionalDataSources"', ":", "[", '"a"', ",", '"b"', "]", "}"]
        tokens += ["text", "=", '"t\\"u"', "list", "=", "[", '"x"', ",", '"y\\d"', "]"]
        if self.maybe():
            tokens += ["DefaultLabels", "=", *self.labels()]
        tokens += ["Rules", "=", "[", *self.several(lambda: self.rule(3), 5), "]"]
        if self.maybe():
            tokens += ["Analyzers", "=", "[", "RowCount", ",", "Distribution", "a", "with", "bins", "=", "5", "]"]
        return "".join(token + self.one(GAPS) for token in tokens)

    def maybe(self, odds: float = 0.5) -> bool:
        return self.chance.random() < odds

    def one(self, values: list[str]) -> str:
        return self.chance.choice(values)

    def several(self, write: Callable[[], Tokens], most: int = 3, separator: str = ",", least: int = 1) -> Tokens:
        parts = [write() for _ in range(self.chance.randint(least, most))]
        return [token for part in parts for token in (separator, *part)][1:]

    def string(self) -> str:
        return f'"a{"".join(self.one(PIECES) for _ in range(self.chance.randint(0, 8)))}"'

    def labels(self) -> Tokens:
        keys = self.chance.sample(["k", "K", "2024-01-31", 'q\\"'], self.chance.randint(1, 3))
        tokens = [token for key in keys for token in (",", f'"{key}"', "=", self.string())]
        return ["[", *tokens[1:], "]"]

    def rule(self, depth: int) -> Tokens:
        if not depth or self.maybe(0.6):
            return self.plain_rule()
        operator = self.one(["and", "AND", "or", "OR"])
        tokens = self.several(lambda: ["(", *self.rule(depth - 1), ")"], 3, operator, least=2)
        if self.maybe():
            tokens += [self.one(["and", "or"]), "(", *self.rule(depth - 1), ")"]
        return ["(", *tokens, ")", "labels", "=", *self.labels()] if self.maybe(0.3) else tokens

    def plain_rule(self) -> Tokens:
        rule_type = self.chance.choice([one for one in RULE_TYPES.values() if one.rule])
        tokens = [rule_type.name, *self.parameters(rule_type)]
        if rule_type.conditions:
            tokens += self.condition(rule_type)
        if rule_type.where and self.maybe():
            tokens += ["where", self.string()]
        tags: Tokens = []
        if rule_type.threshold and self.maybe():
            tags += ["with", "threshold", self.one(ORDERS), *self.number()]
        for tag in sorted(rule_type.tags)[: self.chance.randint(0, 2)]:
            tags += ["with", tag, "=", *self.chance.choice([[self.string()], ["5"], ["[", '"a"', ",", '"b"', "]"]])]
        labels = ["labels", "=", *self.labels()] if self.maybe(0.3) else []
        return [*tokens, *labels, *tags] if self.maybe() else [*tokens, *tags, *labels]

    def parameters(self, rule_type: RuleType) -> Tokens:
        least, most = rule_type.least_parameters(), rule_type.most_parameters()
        tokens: Tokens = []
        for _ in range(self.chance.randint(least, least + 3 if most is None else most)):
            tokens += self.chance.choice([[], [], ["of"], ["and"], ["OF"]])
            regex = rule_type.parameters[0].kind == "regex"
            tokens.append(self.one(PATTERNS if regex else [self.string(), "$text", *BARE]))
        return tokens

    def condition(self, rule_type: RuleType) -> Tokens:
        kind = self.chance.choice(sorted(rule_type.conditions))
        shapes = {one.removeprefix("not ") for one in rule_type.operators or ("=", "in", "between", "matches")}
        shape = self.one(sorted(shapes & {"=", "in", "between" if kind != "string" else "matches"}))
        negation = self.chance.choice([[], ["not"]])
        if shape == "in":
            listed = ["[", *self.several(lambda: self.operand(kind, rule_type.dynamic)), "]"]
            return [*negation, "in", *(["$list"] if kind == "string" and self.maybe() else listed)]
        if shape == "matches":
            return [*negation, "matches", self.one(PATTERNS)]
        first, second = self.operand(kind, rule_type.dynamic), self.operand(kind, rule_type.dynamic)
        if shape == "between":
            return [*negation, "between", *first, self.one(["and", "AND"]), *second]
        return [self.one(["=", "!=", "! ="] if kind == "string" else ORDERS), *first]

    def operand(self, kind: ConditionKind, dynamic: bool) -> Tokens:
        if kind == "number":
            return self.expression(3, dynamic) if self.maybe(0.9) else ["null"]
        if kind == "string":
            return [self.one([self.string(), self.string(), "EMPTY", "empty", "WHITESPACES_ONLY", "$text"])]
        if kind == "date":
            if self.maybe():
                return ["(", "now()", self.one(["+", "-"]), "3", self.one(UNITS["duration"]), ")"]
            return [self.one(['"2024-01-31"', '"9:30 AM"', '"21:45"', "now()", "now( )"])]
        return [str(self.chance.randint(0, 999)), self.one(UNITS[kind])]

    def number(self) -> Tokens:
        return [*(["-"] if self.maybe(0.2) else []), self.one(["0", "1", "8.5", "007", "1000000", "0.001"])]

    def expression(self, depth: int, dynamic: bool) -> Tokens:
        if not depth or self.maybe():
            return self.number()
        if dynamic and self.maybe():
            arguments = self.several(lambda: self.expression(depth - 1, dynamic), 2, least=0)
            return [self.one(["avg", "last", "index"]), "(", *arguments, ")"]
        inner = ["(", *self.expression(depth - 1, dynamic), ")"]
        return [*self.expression(depth - 1, dynamic), self.one([*"+-*/"]), *inner] if self.maybe() else inner
