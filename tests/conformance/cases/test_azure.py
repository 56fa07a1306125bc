"""Each case about Azure's way is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import Sabotage, also, change, rename
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

CREATED = "session.created"
CONVERSATION = {"type": "conversation.created", "conversation": {"id": "conv_1"}}

PLANTED: Planted = {
    "a_deployment_is_served_in_the_beta": [
        lambda: change(CREATED, "session.type", "realtime"),
        lambda: change(CREATED, "session", {}),
        lambda: Sabotage(unwelcome="api-key"),
    ],
    "the_first_version_has_no_conversation_created": [
        lambda: also(CREATED, CONVERSATION),
        lambda: rename("conversation.item.created", "conversation.item.added"),
    ],
}


@pytest.mark.parametrize("case", cases_in("azure"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
