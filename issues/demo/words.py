"""Texts for the bench data: made words with the frequencies of a language, one common real word, fifty rare ones."""

from itertools import accumulate, product
from random import Random

ONSETS = [*"bcdfghklmnprstvw", "br", "dr", "gr", "pl", "st", "tr"]
NUCLEI = ["a", "e", "i", "o", "u", "ai", "ea", "ou"]
CODAS = ["n", "r", "l", "st", "m", "nd"]
VOCABULARY = 2000
COMMON, COMMON_SHARE = "database", 0.3
RARE = [f"zyzzyva{number:02}" for number in range(50)]
RARE_EACH = 40
TITLE_WORDS, DESCRIPTION_WORDS = 8, 60


class Words:
    """Draws titles and descriptions. The n-th issue of `count` gets the same text at each run."""

    def __init__(self, random: Random, count: int) -> None:
        self.random = random
        syllables = ["".join(parts) for parts in product(ONSETS, NUCLEI, CODAS)]
        self.vocabulary = list(dict.fromkeys("".join(random.sample(syllables, 2)) for _word in range(VOCABULARY)))
        # G. K. Zipf's law (1935): the n-th most frequent word occurs about 1/n as often as the first.
        self.weights = list(accumulate(1 / (rank + 10) for rank in range(len(self.vocabulary))))
        each = min(RARE_EACH, count // len(RARE))
        homes = random.sample(range(count), each * len(RARE))
        self.rare = {home: RARE[position // each] for position, home in enumerate(homes)}

    def title(self) -> str:
        """Return eight words."""
        return " ".join(self._draw(TITLE_WORDS)).capitalize()

    def description(self, position: int) -> str:
        """Return sixty words: three in ten texts say `database`, some a rare word."""
        words = self._draw(DESCRIPTION_WORDS)
        if self.random.random() < COMMON_SHARE:
            words[20] = COMMON
        if position in self.rare:
            words[40] = self.rare[position]
        sentences = [" ".join(words[start : start + 12]).capitalize() + "." for start in range(0, len(words), 12)]
        return " ".join(sentences)

    def _draw(self, count: int) -> list[str]:
        return self.random.choices(self.vocabulary, cum_weights=self.weights, k=count)
