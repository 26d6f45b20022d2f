"""From characters to keys: normalisation, words, language."""
