"""Java's regular expressions, which Glue's rulesets are written in: parsed, and rendered for the matchers there are."""
