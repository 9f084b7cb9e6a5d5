"""What is made of pictures, and that those which mean harm end nothing but the process that opens them."""

import io
import json
import os
import struct
import subprocess
import sys
import time
import zlib

import pytest
from PIL import Image, ImageCms

from files import pictures, webp
from files.pictures import FRAMES, PIXELS, SCANS, SEGMENTS, SIDE
from files.rendering import Made, Rendered, render

BOTH = ["thumb", "screen"]
SECONDS = 2.0


@pytest.fixture
def made(tmp_path):
    """Return a function that renders bytes within this process, and returns what came of them."""

    def make(content, format_="PNG", forms=BOTH):
        source = tmp_path / "original"
        source.write_bytes(content)
        found = pictures.answer(source, format_, forms, tmp_path)
        several = tuple(Made(**each, path=tmp_path / f"{each['form']}.webp") for each in found["made"])
        return Rendered(found["width"], found["height"], several)

    return make


@pytest.fixture
def made_apart(tmp_path):
    """Return a function that does the same as the worker does it: by a process with limits."""

    def make(content, format_="PNG", forms=BOTH):
        source = tmp_path / "original"
        source.write_bytes(content)
        return render(source, format_, forms, tmp_path)

    return make


def saved(image, format_="PNG", **options):
    target = io.BytesIO()
    image.save(target, format_, **options)
    return target.getvalue()


def frames_of(count, size=(60, 40), format_="GIF", **options):
    """Return a moving picture; each frame has a colour of its own, so that none is left out."""
    images = [Image.new("RGB", size, (number * 97 % 256, number * 61 % 256, 200)) for number in range(count)]
    return saved(images[0], format_, save_all=True, append_images=images[1:], duration=40, **options)


def png_of(width, height, pixels=b"\0" * 999):
    """Return a PNG whose header promises a size, with next to nothing behind it unless told otherwise."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


def tiny_gif(frames):
    """Return a GIF of many frames of one pixel, written by hand: Pillow would leave equal ones out."""
    one = b",\0\0\0\0\1\0\1\0\0\2\2D\1\0"
    return b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + one * frames + b";"


def jpeg_of(scans=0, comments=0):
    """Return a progressive JPEG that has its last scan so many times more, and so many empty comments."""
    content = saved(Image.new("RGB", (400, 300), "teal"), "JPEG", progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:2] + b"\xff\xfe\0\2" * comments + content[2:-2] + last * scans + content[-2:]


def sizes(rendered):
    return {each.form: (each.width, each.height) for each in rendered.made}


def opened(rendered, form):
    return Image.open(next(each.path for each in rendered.made if each.form == form))


@pytest.mark.parametrize(
    ("size", "thumb", "screen"),
    [
        ((3200, 1600), (320, 160), (1600, 800)),
        ((900, 1800), (160, 320), (800, 1600)),
        ((100, 60), (100, 60), (100, 60)),
        ((4000, 2), (320, 1), (1600, 1)),
    ],
)
@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "WEBP"])
def test_forms_keep_the_proportion_and_are_never_larger(made, format_, size, thumb, screen):
    found = made(saved(Image.new("RGB", size, "teal"), format_), format_)

    assert ((found.width, found.height), sizes(found)) == (size, {"thumb": thumb, "screen": screen})
    for each in found.made:
        with Image.open(each.path) as image:
            assert (image.format, image.size, each.size) == (
                "WEBP",
                (each.width, each.height),
                each.path.stat().st_size,
            )


def test_square_is_cut_from_the_middle(made):
    image = Image.new("RGB", (900, 300), "red")
    image.paste("blue", (300, 0, 600, 300))

    found = made(saved(image), forms=["square"])

    assert sizes(found) == {"square": (192, 192)}
    with opened(found, "square") as square:
        assert all(blue > 200 and red < 60 for red, _green, blue in _corners(square.convert("RGB")))


def _corners(image):
    right, bottom = image.width - 4, image.height - 4
    return [image.getpixel(place) for place in ((3, 3), (right, 3), (3, bottom), (right, bottom))]


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_turned_upright_as_the_camera_was_held(made, format_, turn):
    upright = Image.new("RGB", (400, 200), "white")
    upright.paste("red", (0, 0, 200, 100))
    lying = _undo(upright, turn)
    exif = Image.Exif()
    exif[0x0112] = turn

    found = made(saved(lying, format_, exif=exif), format_)

    assert (found.width, found.height) == (400, 200)
    with opened(found, "screen") as screen:
        assert [green < 60 for _red, green, _blue in _corners(screen.convert("RGB"))] == [True, False, False, False]


def _undo(image, turn):
    """Return the picture as it lies in the file."""
    opposite = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    how = opposite.get(turn) or pictures.TURNS.get(turn)
    return image.transpose(how) if how is not None else image


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_the_camera_wrote_is_left(made, format_):
    exif = Image.Exif()
    exif[0x010F] = "Canary Camera"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more = {"xmp": b"<x:xmpmeta canary/>"} if format_ != "PNG" else {}
    content = saved(Image.new("RGB", (300, 200)), format_, exif=exif, icc_profile=profile, comment=b"canary", **more)
    assert b"Canary" in content

    found = made(content, format_)

    for each in found.made:
        written = each.path.read_bytes()
        assert not [mark for mark in (b"anary", b"EXIF", b"XMP", b"ICCP", b"Exif") if mark in written]


def test_colours_of_a_profile_become_srgb(made):
    # In this profile red and green have changed places.
    swapped = _swapped_profile()

    found = made(saved(Image.new("RGB", (50, 50), (250, 10, 10)), icc_profile=swapped))

    with opened(found, "screen") as screen:
        red, green, _blue = screen.convert("RGB").getpixel((25, 25))
    assert (green > 200, red < 100) == (True, True)


def _swapped_profile():
    """Return sRGB's profile with the table's entries for red and green exchanged."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = [profile.index(name, 128) for name in (b"rXYZ", b"gXYZ")]
    for place, name in zip(places, (b"gXYZ", b"rXYZ"), strict=True):
        profile[place : place + 4] = name
    return bytes(profile)


@pytest.mark.parametrize("profile", [b"nonsense", b"\0" * 200])
def test_profile_that_nobody_can_read_is_dropped(made, profile):
    found = made(saved(Image.new("RGB", (50, 50), "red"), icc_profile=profile))

    assert sizes(found) == {"thumb": (50, 50), "screen": (50, 50)}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_read_in_its_colours(made, mode):
    grey = Image.linear_gradient("L").resize((2000, 500))
    image = (
        Image.frombytes("I;16", grey.size, b"".join(bytes([0, v]) for v in grey.tobytes())) if mode == "I;16" else grey
    )
    content = saved(image if mode == "I;16" else grey.convert(mode))

    found = made(content)

    with opened(found, "screen") as screen:
        shown = screen.convert("L").resize((1, 3), Image.Resampling.BOX)
    top, middle, bottom = (shown.getpixel((0, row)) for row in range(3))
    assert (abs(top - 42) < 12, abs(middle - 127) < 12, abs(bottom - 212) < 12) == (True, True, True)


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "GIF"])
def test_what_is_transparent_stays_so_without_a_dark_edge(made, format_):
    image = Image.new("RGBA", (2000, 1000), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (1001, 0, 2000, 1000))
    options = {"lossless": True} if format_ == "WEBP" else {}

    found = made(saved(image, format_, **options), format_)

    with opened(found, "thumb") as thumb:
        pixels = [thumb.convert("RGBA").getpixel((column, 80)) for column in range(320)]
    assert (pixels[10][3], pixels[310][3]) == (0, 255)
    assert all(min(pixel[:3]) > 180 for pixel in pixels if pixel[3] > 30)


def test_cmyk_is_shown_in_rgb(made):
    found = made(saved(Image.new("CMYK", (300, 200), (0, 255, 255, 0)), "JPEG"), "JPEG")

    with opened(found, "screen") as screen:
        red, green, blue = screen.convert("RGB").getpixel((100, 100))
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


@pytest.mark.parametrize("format_", ["GIF", "WEBP"])
def test_moving_picture_moves_on_the_screen_and_stands_as_a_thumbnail(made, format_):
    found = made(frames_of(7, format_=format_), format_)

    with opened(found, "screen") as screen, opened(found, "thumb") as thumb:
        assert (screen.n_frames, getattr(thumb, "n_frames", 1)) == (7, 1)
        screen.load()
        assert screen.info["duration"] == 40


@pytest.mark.parametrize(
    ("content", "format_"),
    [
        (frames_of(201), "GIF"),
        (frames_of(3, size=(1700, 100)), "GIF"),
        (frames_of(40, size=(1300, 1000)), "GIF"),
        (frames_of(201, format_="WEBP"), "WEBP"),
        (frames_of(3, size=(1700, 100), format_="WEBP"), "WEBP"),
        (frames_of(5, format_="PNG"), "PNG"),
    ],
    ids=["frames", "wide", "pixels", "webp frames", "webp wide", "apng"],
)
def test_what_would_move_too_much_shows_its_first_frame(made, content, format_):
    found = made(content, format_)

    with opened(found, "screen") as screen:
        assert getattr(screen, "n_frames", 1) == 1
        red, green, blue = screen.convert("RGB").getpixel((20, 20))
    assert (red < 30, green < 30, blue > 170) == (True, True, True)


def test_first_frame_of_a_moving_webp_keeps_its_place(made):
    canvas = Image.new("RGBA", (3200, 400), (0, 0, 0, 0))
    canvas.paste((255, 0, 0, 255), (1600, 0, 3200, 400))
    content = saved(
        canvas, "WEBP", save_all=True, append_images=[Image.new("RGBA", canvas.size, "blue")], lossless=True
    )
    assert webp.first_part(content, canvas.size).left > 0

    found = made(content, "WEBP")

    with opened(found, "screen") as screen:
        shown = screen.convert("RGBA")
    red, green, blue, cover = shown.getpixel((1500, 100))
    assert (shown.getpixel((100, 100))[3], red > 250, green < 5, blue < 5, cover) == (0, True, True, True, 255)


GIF, PNG, JPEG, WEBP = "GIF", "PNG", "JPEG", "WEBP"
HTML = b"<html><script>alert(1)</script></html>"
SIMPLE = saved(Image.effect_noise((200, 200), 50), "PNG")


@pytest.mark.parametrize(
    ("content", "format_", "refusal"),
    [
        (png_of(30_000, 30_000), PNG, "too_large"),
        (png_of(2**31 - 1, 2**31 - 1), PNG, "too_large"),
        (png_of(5001, 5000), PNG, "too_large"),
        (png_of(5000, 5000), PNG, "unreadable"),
        (png_of(1, SIDE + 1), PNG, "too_large"),
        (png_of(SIDE + 1, 1), PNG, "too_large"),
        (jpeg_of(scans=SCANS), JPEG, "unreadable"),
        (jpeg_of(comments=SEGMENTS), JPEG, "unreadable"),
        (jpeg_of(comments=6_000_000), JPEG, "unreadable"),
        (b"GIF89a\xff\xff\xff\xff\0\0\0" + b",\0\0\0\0\xff\xff\xff\xff\0\2\0;", GIF, "too_large"),
        (tiny_gif(10_000), GIF, "too_many"),
        (tiny_gif(1_500_000), GIF, "too_many"),
        (tiny_gif(FRAMES + 1), GIF, "too_many"),
        (frames_of(FRAMES + 1, size=(1, 1), format_=WEBP), WEBP, "too_many"),
        (frames_of(FRAMES + 1, size=(1, 1), format_=PNG), PNG, "too_many"),
        (b"RIFF\x26\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\xff\xff\x3f\xff\xff\x3f", WEBP, "too_large"),
        (SIMPLE[:-60], PNG, "unreadable"),
        (SIMPLE[:30], PNG, "unreadable"),
        (b"\xff\xd8\xff", JPEG, "unreadable"),
        (b"RIFF\0\0\0\0WAVE", WEBP, "not_picture"),
        (b"GIF89a", GIF, "unreadable"),
        (b"", PNG, "not_picture"),
        (HTML, PNG, "not_picture"),
        (HTML + SIMPLE, PNG, "not_picture"),
        (SIMPLE, GIF, "not_picture"),
        (b"%PDF-1.7\n" + SIMPLE, PNG, "not_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", PNG, "not_picture"),
    ],
    ids=lambda value: value if isinstance(value, str) else "bytes",
)
def test_bombs_and_what_only_looks_like_a_picture_are_refused_at_once(made_apart, content, format_, refusal):
    began = time.monotonic()

    found = made_apart(content, format_)

    assert (found.refusal, found.made) == (refusal, ())
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize("tail", [HTML, b"PK\x03\x04" + HTML], ids=["html", "zip"])
def test_what_is_hidden_behind_a_picture_is_not_in_what_is_shown(made_apart, tail):
    found = made_apart(SIMPLE + tail)

    assert sizes(found) == {"thumb": (200, 200), "screen": (200, 200)}
    assert not [each for each in found.made if b"script" in each.path.read_bytes()]


def test_picture_at_the_cap_is_taken(made_apart):
    found = made_apart(saved(Image.new("1", (5000, PIXELS // 5000))))

    assert sizes(found) == {"thumb": (320, 320), "screen": (1600, 1600)}


@pytest.mark.parametrize("size", [(SIDE, PIXELS // SIDE), (PIXELS // SIDE, SIDE), (1, SIDE), (SIDE, 1)])
def test_longest_pictures_are_taken(made_apart, size):
    content = png_of(*size, b"\0" * (size[0] * 3 + 1) * size[1])

    found = made_apart(content)

    assert ((found.width, found.height), [each.form for each in found.made]) == (size, BOTH)


@pytest.mark.parametrize("more", [{"scans": 20}, {"comments": 1000}])
def test_jpeg_of_more_parts_than_usual_is_taken(made_apart, more):
    assert sizes(made_apart(jpeg_of(**more), JPEG)) == {"thumb": (320, 240), "screen": (400, 300)}


MEASURED = """
import resource, runpy, sys
runpy.run_module("files.pictures", run_name="__main__")
limits = [resource.getrlimit(each)[1] for each in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE,
          resource.RLIMIT_NOFILE)]
most = [int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM:")]
print(*limits, *most, file=sys.stderr)
"""


@pytest.mark.parametrize("size", [(1, 12_000_000), (12_000_000, 1)], ids=["high", "wide"])
def test_thin_picture_takes_no_memory_and_nothing_lifts_the_limits(tmp_path, size):
    source = tmp_path / "original"
    source.write_bytes(png_of(*size, b"\0" * (size[0] * 3 + 1) * size[1]))
    wish = {"source": str(source), "format": PNG, "forms": BOTH, "folder": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", MEASURED], input=json.dumps(wish), capture_output=True, text=True, check=True
    )

    *limits, mebibytes = map(int, done.stderr.split())
    assert json.loads(done.stdout) == {"refusal": "too_large"}
    assert limits == [512 * 2**20, 10, 64 * 2**20, 32]
    assert mebibytes < 100


def test_process_that_does_not_end_is_ended(made_apart, monkeypatch, caplog):
    monkeypatch.setattr("files.rendering.WALL_SECONDS", 0.01)

    found = made_apart(SIMPLE)

    assert (found.refusal, "TimeoutExpired" in caplog.text) == ("unreadable", True)


def test_process_knows_none_of_our_secrets(monkeypatch, made_apart):
    seen = []
    real = subprocess.run

    def look(*args, **options):
        seen.append(options["env"])
        return real(*args, **options)

    monkeypatch.setattr(subprocess, "run", look)
    made_apart(SIMPLE)

    assert not {"SECRET_KEY", "DATABASE_URL", "S3_SECRET_ACCESS_KEY"} & set(seen[0])
    assert "DATABASE_URL" in os.environ
