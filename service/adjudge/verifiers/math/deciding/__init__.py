"""Whether two trees say the same, without sympy. In: gold, answer, a policy. Out: True, False, or questions for a jail.

compare (the typed policy) over exact (arithmetic that proves), numeric (floating point that tells apart), regions,
quantities and texts.
"""
