"""Still WebP pictures, made smaller while they are decoded. For files/pictures.py, without Django.

Pillow decodes each of them as an animation, which takes four times the memory of the whole picture: 400 MB at the cap.
libwebp itself scales as it decodes; it is there already, as what Pillow's module is linked to. The container is read by
hand (https://developers.google.com/speed/webp/docs/riff_container).
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, _webp

ABI = 0x0209
MODE_RGBA = 1
HAS_ALPHA = 0x10


class Damaged(Exception):
    """It is no WebP picture that can be decoded."""


class _Features(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("width", "height", "has_alpha", "has_animation", "format")] + [
        ("pad", ctypes.c_uint32 * 5)
    ]


class _Pixels(ctypes.Structure):
    _fields_ = [("rgba", ctypes.c_void_p), ("stride", ctypes.c_int), ("size", ctypes.c_size_t)]


class _Planes(ctypes.Structure):
    _fields_ = [
        ("planes", ctypes.c_void_p * 4),
        ("strides", ctypes.c_int * 4),
        ("sizes", ctypes.c_size_t * 4),
    ]


class _Content(ctypes.Union):
    _fields_ = [("rgba", _Pixels), ("yuva", _Planes)]


class _Buffer(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int) for name in ("colorspace", "width", "height", "is_external_memory")),
        ("content", _Content),
        ("pad", ctypes.c_uint32 * 4),
        ("private_memory", ctypes.c_void_p),
    ]


class _Options(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_int)
        for name in (
            *("bypass_filtering", "no_fancy_upsampling", "use_cropping", "crop_left", "crop_top", "crop_width"),
            *("crop_height", "use_scaling", "scaled_width", "scaled_height", "use_threads", "dithering_strength"),
            *("flip", "alpha_dithering_strength"),
        )
    ] + [("pad", ctypes.c_uint32 * 5)]


class _Config(ctypes.Structure):
    """WebPDecoderConfig of webp/decode.h."""

    _fields_ = [("input", _Features), ("output", _Buffer), ("options", _Options)]


@dataclass(frozen=True, slots=True)
class Part:
    """A picture within the canvas: a file of its own to the decoder."""

    content: bytes
    left: int
    top: int
    width: int
    height: int


@lru_cache(maxsize=1)
def library() -> Any:
    """Return libwebp, found through the module of Pillow's that is linked to it; None where that is built otherwise."""
    try:
        found = ctypes.CDLL(_webp.__file__)
        return found if found.WebPDecode and found.WebPInitDecoderConfigInternal else None
    except (AttributeError, OSError, TypeError):
        return None


def shrunk(source: Path, canvas: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    """Return the picture, of an animation the first frame, scaled to a size while it is decoded. Raises Damaged."""
    part = first_part(source.read_bytes(), canvas)
    across, down = size[0] / canvas[0], size[1] / canvas[1]
    scaled = max(1, round(part.width * across)), max(1, round(part.height * down))
    picture = decoded(part, scaled)
    if scaled == size:
        return picture
    whole = Image.new("RGBA", size)
    whole.paste(picture, (round(part.left * across), round(part.top * down)))
    return whole


def decoded(part: Part, size: tuple[int, int]) -> Image.Image:
    """Decode one picture to a size that is no larger than its own."""
    webp, config = library(), _Config()
    if not webp.WebPInitDecoderConfigInternal(ctypes.byref(config), ABI):
        raise Damaged("another libwebp")
    target = bytearray(size[0] * size[1] * 4)
    config.output.colorspace, config.output.is_external_memory = MODE_RGBA, 1
    pixels = config.output.content.rgba
    pixels.rgba, pixels.stride, pixels.size = _address(target), size[0] * 4, len(target)
    if size != (part.width, part.height):
        config.options.use_scaling, config.options.scaled_width, config.options.scaled_height = 1, *size
    if status := webp.WebPDecode(part.content, ctypes.c_size_t(len(part.content)), ctypes.byref(config)):
        raise Damaged(f"libwebp says {status}")
    return Image.frombuffer("RGBA", size, target, "raw", "RGBA", 0, 1)


def _address(target: bytearray) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(target))


def first_part(content: bytes, canvas: tuple[int, int]) -> Part:
    """Return the whole of a still picture, and of an animation the first frame with a container of its own."""
    for name, chunk in chunks(content, 12):
        if name == b"ANMF":
            left, top = _three(chunk, 0) * 2, _three(chunk, 3) * 2
            width, height = _three(chunk, 6) + 1, _three(chunk, 9) + 1
            if left + width > canvas[0] or top + height > canvas[1]:
                raise Damaged("a frame beyond the canvas")
            head = bytes([HAS_ALPHA, 0, 0, 0]) + chunk[6:12]
            body = b"VP8X" + len(head).to_bytes(4, "little") + head + chunk[16:]
            return Part(b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body, left, top, width, height)
    return Part(content, 0, 0, *canvas)


def chunks(content: bytes, start: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield names and contents of the chunks up to the first frame; of what is no frame only the beginning."""
    at = start
    while at + 8 <= len(content):
        name, length = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        yield name, content[at + 8 : at + 8 + (length if name == b"ANMF" else 16)]
        if name == b"ANMF":
            return
        at += 8 + length + length % 2


def _three(content: bytes, at: int) -> int:
    """Return a number of three bytes."""
    if at + 3 > len(content):
        raise Damaged("a short frame")
    return int.from_bytes(content[at : at + 3], "little")
