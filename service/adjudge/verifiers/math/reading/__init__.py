"""What the model commits to. In: the answer's text, what is wanted. Out: an `Extraction` (parts, how, missing, hedged).

Boxes decide; without one the last phrase, a closing expression, a sentence (contract §2). Linear in the text; nothing
here knows what the parts mean.
"""

from .extract import Extraction, Want, extract

__all__ = ["Extraction", "Want", "extract"]
