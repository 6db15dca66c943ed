"""The citizen's own program between the browser and the ID card in the reader.

`operations` is what the card can do; `prompts` is how a person is asked for a PIN; `errors` is everything that
can go wrong. The rest of the core talks to the card and imports neither a browser's nor a terminal's part.
"""

__version__ = "1.0.0"
