"""The pictures of the demo data: drawn when it is made, so that the repository holds none."""

import io
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

INK, PAPER, LINE, GREEN, RED, BLUE = "#1f2937", "#ffffff", "#d1d5db", "#10b981", "#ef4444", "#3b82f6"
Draw = Callable[[ImageDraw.ImageDraw], None]


def draw(name: str) -> bytes:
    """Return a picture of DRAWINGS as the bytes of a PNG, 960 × 600."""
    image = Image.new("RGB", (960, 600), PAPER)
    DRAWINGS[name](ImageDraw.Draw(image))
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def _words(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int = 22, fill: str = INK) -> None:
    draw.text(at, text, fill=fill, font=ImageFont.load_default(size))


def _seats(draw: ImageDraw.ImageDraw) -> None:
    """A seat map whose legend lies over its last row."""
    _words(draw, (40, 28), "Choose your seats", 34)
    for row in range(12):
        for seat in range(6):
            left, top = 60 + seat * 62 + (40 if seat > 2 else 0), 96 + row * 40  # noqa: PLR2004 (the aisle)
            is_taken = (row * 7 + seat * 5) % 4 == 0
            draw.rounded_rectangle((left, top, left + 46, top + 30), 6, fill=LINE if is_taken else GREEN)
        _words(draw, (500, 100 + row * 40), str(row + 1), 18)
    draw.rounded_rectangle((40, 516, 620, 586), 10, fill=PAPER, outline=INK, width=2)
    for left, colour, text in ((64, GREEN, "free"), (220, LINE, "taken"), (390, BLUE, "yours")):
        draw.rounded_rectangle((left, 536, left + 40, 566), 6, fill=colour)
        _words(draw, (left + 54, 538), text)


def _zoomed(draw: ImageDraw.ImageDraw) -> None:
    """A payment page with large text, whose button is cut off below."""
    _words(draw, (40, 30), "Your crossing", 64)
    for line, text in enumerate(("Split to Ancona, 2 people", "Cabin 214, with a window", "Friday, 20:00")):
        _words(draw, (40, 140 + line * 80), text, 48)
    draw.line((40, 400, 920, 400), fill=LINE, width=3)
    _words(draw, (40, 425), "184.50 EUR", 64)
    draw.rounded_rectangle((40, 560, 920, 700), 14, fill=BLUE)


def _chart(draw: ImageDraw.ImageDraw) -> None:
    """Bars of answers that came late, hour by hour."""
    _words(draw, (40, 28), "Answers of the bank that took more than 10 s", 30)
    for hour, height in enumerate((8, 5, 6, 12, 30, 64, 120, 210, 350, 300, 180, 90)):
        left = 70 + hour * 70
        draw.rectangle((left, 530 - height, left + 44, 530), fill=RED if height > 200 else BLUE)  # noqa: PLR2004
        _words(draw, (left + 6, 542), f"{hour + 7:02d}", 20)
    draw.line((50, 530, 920, 530), fill=INK, width=2)


def _face(draw: ImageDraw.ImageDraw, ground: str, skin: str, hair: str, shirt: str) -> None:
    """A face in the middle, which is what a square shows."""
    draw.rectangle((0, 0, 960, 600), fill=ground)
    draw.ellipse((280, 440, 680, 800), fill=shirt)
    draw.rounded_rectangle((430, 360, 530, 500), 40, fill=skin)
    draw.ellipse((350, 90, 610, 360), fill=hair)
    draw.ellipse((370, 140, 590, 430), fill=skin)
    for left in (425, 513):
        draw.ellipse((left, 262, left + 22, 284), fill=INK)
    draw.arc((430, 300, 530, 380), 20, 160, fill=INK, width=8)


def _chidi(draw: ImageDraw.ImageDraw) -> None:
    """Chidi's picture of himself."""
    _face(draw, "#bfdbfe", "#8d5524", "#1c1917", "#f59e0b")


def _dana(draw: ImageDraw.ImageDraw) -> None:
    """Dana's picture of herself."""
    _face(draw, "#fbcfe8", "#f1c27d", "#92400e", "#0f766e")


DRAWINGS: dict[str, Draw] = {"chidi": _chidi, "dana": _dana, "seats": _seats, "zoomed": _zoomed, "chart": _chart}
