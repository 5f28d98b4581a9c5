"""From text to trees: our own total, bounded scanner. In: one text. Out: a tree of the closed kinds, or Unreadable.

spelling (rewriting) → lex (tokens) → parse (brackets, the loose grammar) → factors (products, powers, words behind
numbers); numerals, words and units say what a number, a number in words and a unit may look like.
"""
