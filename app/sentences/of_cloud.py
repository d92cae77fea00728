"""The English sentences of relays in a cloud account: its faults, the steps, and what is there."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.cloud import CloudStep, ThingKind
from app.core.faults import FaultCode
from app.core.provisioning import StepState
from app.sentences.template import QT_TRANSLATE_NOOP

CLOUD_SENTENCES: Mapping[FaultCode, str] = {
    FaultCode.CLOUD_PACKAGE_MISSING: QT_TRANSLATE_NOOP(
        "ErrorText",
        "Amazon Lightsail needs the Python package boto3, which is not installed. Install "
        'relaytray with its extra "lightsail", or set up a machine that you have already.',
    ),
    FaultCode.CLOUD_NO_CREDENTIALS: QT_TRANSLATE_NOOP(
        "ErrorText",
        'No AWS credentials were found on this computer. Run "aws configure" (or "aws sso login"), or set '
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then try again.",
    ),
    FaultCode.CLOUD_CREDENTIALS_REFUSED: QT_TRANSLATE_NOOP(
        "ErrorText",
        'AWS does not accept the credentials of this computer: {reason}. Renew them ("aws sso login", "aws '
        'configure"), or choose another AWS profile, then try again.',
    ),
    FaultCode.CLOUD_CLOCK_WRONG: QT_TRANSLATE_NOOP(
        "ErrorText",
        "AWS finds this computer's clock too far off: {reason}. Set the clock by network time, then "
        "try again.",
    ),
    FaultCode.CLOUD_DENIED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "This AWS user has no permission for {action}. Let the owner of the account add it to the user's "
        "policy, then try again.",
    ),
    FaultCode.CLOUD_ACCOUNT_NOT_READY: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The AWS account cannot be used for Lightsail yet: {reason}. Finish its registration (payment card, "
        "identity) in the AWS console, then try again.",
    ),
    FaultCode.CLOUD_REGION_OFF: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The region {region} is not enabled for this AWS account, or is still being prepared. Wait some "
        "minutes, enable it in the AWS console, or choose another region.",
    ),
    FaultCode.CLOUD_CHOICE_GONE: QT_TRANSLATE_NOOP(
        "ErrorText",
        'There is no {kind} "{value}" in {region}. It has: {choices}.',
    ),
    FaultCode.CLOUD_NAME_TAKEN: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The name {name} is taken in the account[, by something of the kind {kind}] that RelayTray did not "
        "make. Rename or delete that in the AWS console, then try again.",
    ),
    FaultCode.CLOUD_QUOTA: QT_TRANSLATE_NOOP(
        "ErrorText",
        "The account has reached a limit ({action}): {reason}. Delete what is not needed, or ask AWS for a "
        "higher quota, then try again.",
    ),
    FaultCode.CLOUD_THROTTLED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "AWS takes no more requests from this account for the moment ({action}), after several tries. Wait a "
        "minute, then try again; it goes on where it was.",
    ),
    FaultCode.CLOUD_UNREACHABLE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "Amazon Lightsail in {region} cannot be reached ({reason}). Check the network of this computer, "
        "then try again; it goes on where it was.",
    ),
    FaultCode.CLOUD_REFUSED: QT_TRANSLATE_NOOP(
        "ErrorText",
        "Amazon Lightsail refused a step ({action}): {reason}. What was made so far is remembered: try "
        "again, or take it away.",
    ),
    FaultCode.CLOUD_TOO_SLOW: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{what} did not happen within {minutes} minutes. What was made so far is remembered: try again, or "
        "take it away.",
    ),
    FaultCode.CLOUD_NOTHING_MADE: QT_TRANSLATE_NOOP(
        "ErrorText",
        'RelayTray has made no machine for "{name}" in a cloud account. Nothing was taken away.',
    ),
    FaultCode.CLOUD_BEGUN_OTHERWISE: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{name} was begun with another choice ({kind}: {begun}, not {value}). Go on without naming that, or "
        "take away what was begun and make it anew.",
    ),
    FaultCode.CLOUD_OTHER_ACCOUNT: QT_TRANSLATE_NOOP(
        "ErrorText",
        "{name} was made in the AWS account {there}, and the credentials of this computer now lead to "
        "{here}. Nothing was changed. Give those of the first account (--aws-profile, or AWS_PROFILE), then "
        "try again.",
    ),
}

CLOUD_STEP_SENTENCES: Mapping[CloudStep, str] = {
    CloudStep.LOGIN_KEY: QT_TRANSLATE_NOOP(
        "CloudText", "A key on this computer; its private half stays here."
    ),
    CloudStep.KEY_PAIR: QT_TRANSLATE_NOOP("CloudText", "The public half of that key in the account."),
    CloudStep.INSTANCE: QT_TRANSLATE_NOOP("CloudText", "The machine."),
    CloudStep.RUNNING: QT_TRANSLATE_NOOP("CloudText", "Waiting until it runs."),
    CloudStep.STATIC_IP: QT_TRANSLATE_NOOP("CloudText", "An address that stays the same."),
    CloudStep.FIREWALL: QT_TRANSLATE_NOOP("CloudText", "Its firewall: only what the relay needs."),
    CloudStep.HOST_KEYS: QT_TRANSLATE_NOOP(
        "CloudText", "Its host keys, as Amazon tells them, remembered on this computer."
    ),
    CloudStep.LOGIN: QT_TRANSLATE_NOOP("CloudText", "The first login, with the host key checked."),
    CloudStep.PROFILE: QT_TRANSLATE_NOOP("CloudText", "The relay in your list."),
}

CLOUD_REMOVAL_SENTENCES: Mapping[CloudStep, str] = {
    CloudStep.INSTANCE: QT_TRANSLATE_NOOP("CloudText", "The machine, with everything on it."),
    CloudStep.STATIC_IP: QT_TRANSLATE_NOOP("CloudText", "Its address, which would cost money on its own."),
    CloudStep.KEY_PAIR: QT_TRANSLATE_NOOP("CloudText", "The public key in the account."),
    CloudStep.LOGIN_KEY: QT_TRANSLATE_NOOP("CloudText", "Its key and the record on this computer."),
}

CLOUD_STATE_SENTENCES: Mapping[StepState, str] = {
    StepState.RUNNING: QT_TRANSLATE_NOOP("CloudText", "Being done..."),
    StepState.RIGHT: QT_TRANSLATE_NOOP("CloudText", "Was there already."),
    StepState.DONE: QT_TRANSLATE_NOOP("CloudText", "Done."),
    StepState.FAILED: QT_TRANSLATE_NOOP("CloudText", "Failed."),
}

CLOUD_REMOVAL_STATE_SENTENCES: Mapping[StepState, str] = {
    StepState.RUNNING: QT_TRANSLATE_NOOP("CloudText", "Being taken away..."),
    StepState.RIGHT: QT_TRANSLATE_NOOP("CloudText", "Not there (any more)."),
    StepState.DONE: QT_TRANSLATE_NOOP("CloudText", "Taken away."),
    StepState.FAILED: QT_TRANSLATE_NOOP("CloudText", "Failed."),
}

THING_SENTENCES: Mapping[ThingKind, str] = {
    ThingKind.INSTANCE: QT_TRANSLATE_NOOP("CloudText", "machine"),
    ThingKind.STATIC_IP: QT_TRANSLATE_NOOP("CloudText", "static IP"),
    ThingKind.KEY_PAIR: QT_TRANSLATE_NOOP("CloudText", "key pair"),
    ThingKind.SNAPSHOT: QT_TRANSLATE_NOOP("CloudText", "snapshot"),
    ThingKind.DISK: QT_TRANSLATE_NOOP("CloudText", "disk"),
}


def cloud_step_sentence(step: CloudStep, *, is_removal: bool = False) -> str:
    return (CLOUD_REMOVAL_SENTENCES if is_removal else CLOUD_STEP_SENTENCES)[step]


def cloud_state_sentence(state: StepState, *, is_removal: bool = False) -> str:
    return (CLOUD_REMOVAL_STATE_SENTENCES if is_removal else CLOUD_STATE_SENTENCES)[state]
