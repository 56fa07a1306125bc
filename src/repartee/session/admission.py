"""Whether an item that a client sends may enter a conversation, beyond what its shape says."""

from collections.abc import Container

from repartee.protocol import errors
from repartee.protocol.audio import BUFFER_BYTES, BYTES_PER_MS, Encoding, bytes_per_ms
from repartee.protocol.errors import Refused
from repartee.protocol.items import (
    FunctionCallOutput,
    InputAudio,
    InputImage,
    InputText,
    Item,
    Message,
    OutputAudio,
    OutputText,
    Part,
)

_SAYABLE: dict[str, tuple[type[Part], ...]] = {
    "system": (InputText,),
    "user": (InputText, InputAudio, InputImage),
    "assistant": (OutputText,),
}
_IMAGE_HEADS = ("data:image/png;base64,", "data:image/jpeg;base64,")


def fault(
    item: Item,
    path: str,
    calls: Container[str | None],
    *,
    sees: bool,
    encoding: Encoding = "audio/pcm",
) -> Refused | None:
    """What is wrong with `item`, named by `path`.

    `calls` are the ids of the calls it may answer, `sees` says whether the model sees images,
    `encoding` how the client's sound comes.
    """
    match item:
        case Message():
            return _message_fault(item, path, sees, encoding)
        case FunctionCallOutput(call_id=call_id) if call_id not in calls:
            return errors.unknown_call(call_id)
        case _:
            return None


def _message_fault(message: Message, path: str, sees: bool, encoding: Encoding) -> Refused | None:
    sayable = _SAYABLE[message.role]
    for index, part in enumerate(message.content):
        where = f"{path}.content[{index}]"
        if isinstance(part, OutputAudio):
            return errors.missing(f"{where}.text")
        if not isinstance(part, sayable):
            names = tuple(str(kind.__struct_config__.tag) for kind in sayable)
            return errors.unsupported_value(
                f"{where}.type", str(type(part).__struct_config__.tag), names
            )
        if refused := _part_fault(part, where, sees, encoding):
            return refused
    return _sounds_fault(message, path)


def _sounds_fault(message: Message, path: str) -> Refused | None:
    """Sound and its words belong to an item as a whole, so it has one part of sound at most."""
    sounds = [n for n, part in enumerate(message.content) if isinstance(part, InputAudio)]
    if len(sounds) < 2:
        return None
    return errors.bad_value(
        f"{path}.content[{sounds[1]}]", "An item can hold one part of type 'input_audio'."
    )


def _part_fault(part: Part, where: str, sees: bool, encoding: Encoding) -> Refused | None:
    match part:
        case InputAudio(audio=bytes(audio)):
            return sound_fault(audio, f"{where}.audio", encoding)
        case InputAudio():
            return errors.missing(f"{where}.audio")
        case InputImage() if not sees:
            return errors.bad_value(
                f"{where}.type", "The language model in use cannot see images ('input_image')."
            )
        case InputImage(image_url=url) if not url.startswith(_IMAGE_HEADS):
            return errors.bad_value(
                f"{where}.image_url",
                f"Invalid '{where}.image_url'. Expected a base64 data URI of a PNG or JPEG image.",
            )
        case InputText() | OutputText() | _:
            return None


def sound_fault(audio: bytes, param: str, encoding: Encoding = "audio/pcm") -> Refused | None:
    """What is wrong with a client's sound, if anything."""
    if not audio:
        return errors.bad_audio(param, "empty bytes", encoding)
    if encoding == "audio/pcm" and len(audio) % 2:
        return errors.bad_audio(param, f"an odd number of bytes ({len(audio)})", encoding)
    allowed = BUFFER_BYTES * bytes_per_ms(encoding) // BYTES_PER_MS
    if len(audio) > allowed:
        return errors.too_much_audio(param, len(audio), allowed)
    return None
