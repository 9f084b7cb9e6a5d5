"""When things happened: working hours of the last weeks, always in the past, always in order."""

from datetime import datetime, time, timedelta
from random import Random

FRIDAY = 4
OPENS, CLOSES = 8 * 60, 17 * 60  # minutes of the day, UTC
LATEST = 3 * 60  # how far back the steps of today reach, in minutes


class Calendar:
    """Draws moments on working days counted back from now. The same random numbers give the same times of day."""

    def __init__(self, now: datetime, random: Random, days: int) -> None:
        self.now = now
        self.random = random
        self.days = [now.date()]
        while len(self.days) <= days:
            day = self.days[-1] - timedelta(days=1)
            while day.weekday() > FRIDAY:
                day -= timedelta(days=1)
            self.days.append(day)

    def moments(self, days: list[int]) -> list[datetime]:
        """Return one moment for each entry (working days ago, falling), each later than the one before."""
        drawn: list[datetime] = []
        for day in sorted(set(days), reverse=True):
            drawn += sorted(self._draw(day) for _same in range(days.count(day)))
        return drawn

    def opening(self, day: int) -> datetime:
        """Return the beginning of a working day, before anything else that happens on it."""
        return self.on(day, OPENS - 30)

    def _draw(self, day: int) -> datetime:
        if day == 0:
            return self.now - timedelta(minutes=LATEST * self.random.random())
        return self.on(day, OPENS + (CLOSES - OPENS) * self.random.random())

    def at(self, words: str) -> datetime:
        """Return the moment that a story means: `4 15:58` is four working days ago, `0 31` minutes ago."""
        day, _space, time_of_day = words.partition(" ")
        if ":" not in time_of_day:
            return self.now - timedelta(minutes=int(time_of_day))
        hours, minutes = map(int, time_of_day.split(":"))
        return self.on(int(day), hours * 60 + minutes)

    def on(self, day: int, minutes: float) -> datetime:
        """Return a minute of a working day."""
        midnight = datetime.combine(self.days[day], time(), self.now.tzinfo)
        return midnight + timedelta(minutes=minutes)
