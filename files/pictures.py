"""Opens pictures of strangers: `python -m files.pictures`, a process of its own without Django, keys or much memory.

It reads one JSON object from its standard input and writes one: what it made, or why it made nothing (a word of
files/refusals.py). Whatever a picture does to the decoder ends with this process. What it writes are WebP pictures,
turned upright, in sRGB, with nothing that the camera wrote.
"""

import io
import json
import re
import resource
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, ImageCms

from files import webp

PIXELS = 25_000_000
# A picture of one column takes a hundred times the memory of a square one of as many pixels.
SIDE = 20_000
FRAMES = 1000
# Of a JPEG. Each scan goes through the whole picture again, however short it is; encoders write ten or so.
SCANS, SEGMENTS = 50, 10_000
# A moving picture moves on the screen within these bounds: frames, and pixels of all of them together.
MOVING_FRAMES, MOVING_PIXELS = 200, 50_000_000
# Twice of what the largest pictures take that are taken: 300 MB for a lossless WebP, five seconds for a moving one.
MEMORY_BYTES, CPU_SECONDS = 512 * 1024 * 1024, 10
WRITTEN_BYTES, OPEN_FILES = 64 * 1024 * 1024, 32
SIDES = {"thumb": 320, "screen": 1600, "square": 192}
BAND = 128
# What browsers take a frame for that says nothing about its time.
STILL_MILLISECONDS = 100
QUALITY = {"thumb": 78, "screen": 84, "square": 82}
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = {5, 6, 7, 8}
# How they begin; in a WebP four bytes of length are left out.
MARKS = {
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "JPEG": (b"\xff\xd8\xff",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "WEBP": (b"RIFFWEBP",),
}


# What can begin a segment: not what stands for a byte of the picture, fills, restarts or has no content.
SEGMENT = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])", re.DOTALL)
SCAN, END = b"\xda", b"\xd9"


class Refused(Exception):
    """The picture is not taken; the message is a word of files/refusals.py."""


@dataclass(frozen=True, slots=True)
class Made:
    """A picture that was written."""

    form: str
    width: int
    height: int
    size: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture says of itself: its size as it lies, how it is turned, its colours, whether its form may move."""

    size: tuple[int, int]
    turn: int
    profile: bytes | None
    moves: bool


def main() -> None:
    """Do what the standard input says, within limits that nothing in this process can lift again."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN_BYTES, WRITTEN_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    wish = json.load(sys.stdin)
    json.dump(answer(Path(wish["source"]), wish["format"], wish["forms"], Path(wish["folder"])), sys.stdout)


def answer(source: Path, format_: str, forms: list[str], folder: Path) -> dict[str, Any]:
    """Make the forms of a picture as files of the folder; return its size and theirs, or the refusal."""
    try:
        return make(source, format_, forms, folder)
    except Refused as reason:
        return {"refusal": str(reason)}
    except Image.DecompressionBombError:
        return {"refusal": "too_large"}
    except Exception as error:  # noqa: BLE001 (a decoder may raise anything; the picture cannot be read)
        return {"refusal": "unreadable", "error": type(error).__name__}


def make(source: Path, format_: str, forms: list[str], folder: Path) -> dict[str, Any]:
    """The same; raises Refused, and what the decoder raises."""
    check_header(source, format_)
    header = read_header(source, format_)
    screen = upright(in_srgb(decoded(source, format_, header), header.profile), header.turn)
    made = [
        save_moving(source, format_, folder) if header.moves and form == "screen" else save(screen, form, folder)
        for form in forms
    ]
    width, height = reversed(header.size) if header.turn in SIDEWAYS else header.size
    return {"width": width, "height": height, "made": [asdict(each) for each in made]}


def read_header(source: Path, format_: str) -> Header:
    """Read what a picture says of itself, and decode nothing."""
    with opened(source, format_) as image:
        return Header(image.size, orientation(image), image.info.get("icc_profile"), is_moving(image))


def decoded(source: Path, format_: str, header: Header) -> Image.Image:
    """Return the picture at most as large as its largest form; the whole of it is in memory only in here."""
    most = SIDES["screen"]
    if format_ == "WEBP" and webp.library():
        return webp.shrunk(source, header.size, fitting(header.size, most))
    with opened(source, format_) as image:
        # Of a JPEG only as much is decoded as is needed.
        image.draft(None, (most, most))
        try:
            return shrunk(image, most)
        finally:
            image.close()


def opened(source: Path, format_: str) -> Image.Image:
    """Open a picture and read its header, nothing more; raises Refused for what is too large."""
    image = Image.open(source, formats=[format_])
    if image.width * image.height > PIXELS or max(image.size) > SIDE:
        raise Refused("too_large")
    # Of a GIF they are counted already, and of the others the header says it.
    if format_ != "GIF" and getattr(image, "n_frames", 1) > FRAMES:
        raise Refused("too_many")
    return image


def check_header(source: Path, format_: str) -> None:
    """Raise Refused where the first bytes are not the format's, a GIF has too many frames or a JPEG too many parts.

    Decodes nothing.
    """
    with source.open("rb") as content:
        head = content.read(16)
        if format_ == "WEBP":
            head = head[:4] + head[8:]
        if not head.startswith(MARKS[format_]):
            raise Refused("not_picture")
        if format_ == "GIF":
            content.seek(0)
            count_frames(content)
    if format_ == "JPEG":
        count_segments(source.read_bytes())


def count_frames(content: BinaryIO) -> int:
    """Count the frames of a GIF by its blocks alone (GIF89a, sections 18 to 26); raise Refused beyond FRAMES."""
    flags = content.read(13)[10]
    content.seek(_table(flags), io.SEEK_CUR)
    count = 0
    while (kind := content.read(1)) in {b"!", b","}:
        if kind == b",":
            count += 1
            if count > FRAMES:
                raise Refused("too_many")
            content.seek(_table(content.read(9)[8]), io.SEEK_CUR)
        # The kind of an extension, or the size of the codes.
        content.seek(1, io.SEEK_CUR)
        while length := content.read(1)[0]:
            content.seek(length, io.SEEK_CUR)
    return count


def count_segments(content: bytes) -> int:
    """Count the segments of a JPEG up to its end; raise Refused beyond SEGMENTS, or beyond SCANS."""
    at, count, scans = 2, 0, 0
    while (found := SEGMENT.search(content, at)) and found[1] != END:
        count += 1
        scans += found[1] == SCAN
        if count > SEGMENTS or scans > SCANS:
            raise Refused("unreadable")
        at = found.end() + int.from_bytes(content[found.end() : found.end() + 2])
    return count


def _table(flags: int) -> int:
    """Return the length of a table of colours that the flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def orientation(image: Image.Image) -> int:
    """Return how the camera was held, as EXIF says it: 1 is upright."""
    try:
        found = image.getexif().get(ORIENTATION, 1)
    except Exception:  # noqa: BLE001 (EXIF that nobody can read turns nothing)
        return 1
    return found if found in TURNS else 1


def shrunk(image: Image.Image, most: int) -> Image.Image:
    """Return the picture in colours that can be mixed, with no side longer than `most`.

    Goes band by band, first narrower, then lower, as Lanczos' filter is separable: Pillow's own way would copy the
    whole picture first where it is transparent or has a palette.
    """
    width, height = fitting(image.size, most)
    image.load()
    canvas: Image.Image | None = None
    for top in range(0, image.height, BAND):
        bottom = min(top + BAND, image.height)
        band = mixable(image.crop((0, top, image.width, bottom)))
        if width != image.width:
            band = band.resize((width, bottom - top), Image.Resampling.LANCZOS)
        canvas = canvas or Image.new(band.mode, (width, image.height))
        canvas.paste(band, (0, top))
    assert canvas is not None
    return canvas if height == image.height else canvas.resize((width, height), Image.Resampling.LANCZOS)


def fitting(size: tuple[int, int], most: int) -> tuple[int, int]:
    """Return a size in the same proportion with no side longer than `most`, and none of nothing."""
    scale = min(1.0, most / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def mixable(band: Image.Image) -> Image.Image:
    """Return a picture in a mode whose colours can be mixed; transparent ones are weighted by how much they cover."""
    if band.mode.startswith("I") or band.mode == "F":
        # Sixteen bits of grey.
        return band.convert("I").point(lambda value: value / 256).convert("L")
    if band.has_transparency_data:
        return band.convert("RGBA").convert("RGBa")
    return band if band.mode in {"L", "RGB", "CMYK"} else band.convert("RGB")


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB, or taken for it where its profile is none or does not fit."""
    if image.mode == "RGBa":
        image = image.convert("RGBA")
    if profile:
        try:
            return _by_profile(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return image if image.mode in {"RGB", "RGBA"} else image.convert("RGB")


def _by_profile(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    srgb = ImageCms.createProfile("sRGB")
    if image.mode == "RGBA":
        colours = ImageCms.profileToProfile(image.convert("RGB"), profile, srgb, outputMode="RGB")
        assert colours is not None
        colours.putalpha(image.getchannel("A"))
        return colours
    found = ImageCms.profileToProfile(image, profile, srgb, outputMode="RGB")
    assert found is not None
    return found


def upright(image: Image.Image, turn: int) -> Image.Image:
    """Return the picture as it was seen."""
    return image.transpose(TURNS[turn]) if turn in TURNS else image


def save(screen: Image.Image, form: str, folder: Path) -> Made:
    """Write one form as WebP, made of the largest."""
    image = screen
    if form == "square":
        side = min(screen.size)
        left, top = (screen.width - side) // 2, (screen.height - side) // 2
        image = screen.crop((left, top, left + side, top + side))
    size = fitting(image.size, SIDES[form])
    if size != image.size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    if form == "square" and image.mode != "RGB":
        # It lies over letters, which must not show through.
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    path = folder / f"{form}.webp"
    image.save(path, "WEBP", quality=QUALITY[form], method=2, exif=b"", icc_profile=b"", xmp=b"")
    return Made(form, *image.size, path.stat().st_size)


def is_moving(image: Image.Image) -> bool:
    """Say whether a picture moves within the bounds in which its screen form may move as well."""
    if image.format not in {"GIF", "WEBP"} or max(image.size) > SIDES["screen"]:
        return False
    frames = getattr(image, "n_frames", 1)
    return 1 < frames <= MOVING_FRAMES and frames * image.width * image.height <= MOVING_PIXELS


def save_moving(source: Path, format_: str, folder: Path) -> Made:
    """Write the screen form with all frames, one after the other; each is kept no longer than it takes to write it."""
    path = folder / "screen.webp"
    with opened(source, format_) as image:
        durations = []
        for frame in range(getattr(image, "n_frames", 1)):
            image.seek(frame)
            image.load()
            durations.append(int(image.info.get("duration", 0)) or STILL_MILLISECONDS)
        image.seek(0)
        image.save(path, "WEBP", save_all=True, duration=durations, loop=0, quality=QUALITY["screen"], method=2)
        return Made("screen", *image.size, path.stat().st_size)


if __name__ == "__main__":
    main()
