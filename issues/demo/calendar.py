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

    def on(self, day: int, minutes: float) -> datetime:
        """Return a minute of a working day."""
        midnight = datetime.combine(self.days[day], time(), self.now.tzinfo)
        return midnight + timedelta(minutes=minutes)
