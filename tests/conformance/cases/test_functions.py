"""Each case about function calls is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import Event, both, change, does_as_well, hears, late, without
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

_DELTA = "response.function_call_arguments.delta"
_DONE = "response.function_call_arguments.done"
_ANSWER = {"type": "response.create", "response": {"output_modalities": ["text"]}}


def _is_call(event: Event) -> bool:
    return bool(event["item"]["type"] == "function_call")


def _is_output(event: Event) -> bool:
    return bool(event["item"]["type"] == "function_call_output")


def _is_forbidden(event: Event) -> bool:
    return bool(event["response"]["tool_choice"] == "none")


PLANTED: Planted = {
    "a_call_climbs_its_ladder": [
        lambda: change("response.output_item.added", "item.arguments", "{}"),
        lambda: change("response.output_item.added", "item.status", "completed"),
        lambda: late("conversation.item.added", behind=_DONE, when=_is_call),
        lambda: late(_DONE, behind="response.output_item.done"),
        lambda: change(_DONE, "name", "get_time"),
        lambda: without(_DONE, "name"),
        lambda: change(_DONE, "call_id", "call_other"),
        lambda: change("response.function_call_arguments.delta", "delta", "{"),
        lambda: both(change(_DONE, "arguments", "{}"), change(_DELTA, "delta", "{}")),
    ],
    "an_output_is_not_answered": [
        lambda: does_as_well("conversation.item.create", _ANSWER, when=_is_output),
        lambda: change("conversation.item.added", "item.output", "Rainy.", when=_is_output),
    ],
    "tool_choice_decides": [
        lambda: hears("response.create", "response.tool_choice", "required", when=_is_forbidden),
        lambda: hears("response.create", "response.tool_choice", "none", skip=1),
        lambda: hears("response.create", "response.tool_choice", "none", skip=2),
    ],
    "calls_need_not_be_parallel": [
        lambda: change("response.done", "response.output", lambda calls: calls * 2),
        lambda: hears("response.create", "response.tool_choice", "none"),
    ],
}


@pytest.mark.parametrize("case", cases_in("functions"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
