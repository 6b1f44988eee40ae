"""Consent given, withdrawn or detailed: in contact and profile at once."""

from models.decision.triggers import end, reachable
from models.errors import RefusedEventError
from models.feedback import outcomes
from models.person import contact
from models.person.profile import Profile
from models.programme.flow_events import Cancel
from models.step import Record, Step
from models.world import World
from streams.registry import on_event


@on_event("consent", name="consent", contact=True)
def consent(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Apply it unless newer consent stands; a withdrawal ends what waits and counts in outcomes.

    An opt-in that isn't confirmed, where the programme asks for that, says nothing yet: neither
    does it overcome a withdrawal, nor does it end consent that stands. The person is asked for it.

    Raises:
        RefusedEventError: An opt-in without proof (`no_proof`).
    """
    action = event["action"]
    if action == "preferences":
        contact.prefer(event, profile, step)
        return
    if action == "opt_in" and not event["proof"]:
        raise RefusedEventError("no_proof", "an opt-in comes without proof of consent")
    if action == "opt_in" and not contact.is_confirmed(event, world):
        step.noticed.append((contact.UNCONFIRMED, world.programme.purpose, ""))
        contact.ask_to_confirm(event, profile, step, world)
        return
    before = reachable(profile, world)
    if not contact.consent(event, profile, step, world, granted=action == "opt_in"):
        return
    if action == "opt_out" and event["purpose"] == world.programme.purpose:
        for pending in outcomes.within(profile, event["occurred_at"]):
            pending.unsubscribed = True
    at_ms = contact.said_ms(event, step.now_ms)
    if event["purpose"] == world.programme.purpose:
        # Also of who couldn't be mailed before: what asks them to confirm waits for an answer.
        end(Cancel.CONSENT if action == "opt_in" else Cancel.OPT_OUT, at_ms, profile, step, world)
    contact.changed(event, at_ms, profile, step, world, before=before)
