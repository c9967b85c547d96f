"""Java's regular expressions, as used in Glue's rulesets: parsed, and rendered for two matchers."""
