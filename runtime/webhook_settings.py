"""Settings of the webhooks by which relays tell of bounces and complaints."""

import binascii
import re
from base64 import b64decode
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from runtime.setting_groups import Group
from runtime.setting_values import split_commas

_TOPIC = re.compile(r"arn:aws(-cn|-us-gov)?:sns:[a-z0-9-]{4,32}:\d{12}:[A-Za-z0-9_-]{1,256}")


def _topics(values: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [repr(value) for value in values if not _TOPIC.fullmatch(value)]
    if wrong:
        raise ValueError(f"no ARN of an SNS topic: {', '.join(wrong)}")
    return values


def _public_key(value: str) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  few need it
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    if not value:
        return ""
    try:
        key = load_der_public_key(b64decode(value, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        raise ValueError("must be a public key in base64, as SendGrid shows it") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise ValueError("must be a key of the curve P-256, as SendGrid's are")
    return value


class WebhookSettings(Group):
    """Bounces and complaints by webhook, served by the web role; each is off until it is set up."""

    ses_topics: Annotated[
        tuple[str, ...], NoDecode, BeforeValidator(split_commas), AfterValidator(_topics)
    ] = ()
    """ARNs of the SNS topics, separated by commas, to which Amazon SES tells of bounces and
    complaints; have them deliver to `/hooks/ses`. No other topic is believed."""
    sendgrid_public_key: Annotated[str, AfterValidator(_public_key)] = ""
    """Verification key of SendGrid's signed event webhook, in base64; have it post to
    `/hooks/sendgrid`."""
    sendgrid_window_seconds: Annotated[float, Field(ge=60, le=7 * 86_400)] = 3_600.0
    """How old a signed request of SendGrid may be."""
