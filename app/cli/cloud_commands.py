"""``relay offers|create|destroy|billing``: a relay in Amazon Lightsail from nothing, and back to nothing."""

from __future__ import annotations

import threading
from typing import Any

from app.cli.context import Context
from app.cli.exit_codes import ExitCode, exit_code
from app.cli.output import fault_value
from app.cli.setup_session import agrees, refused, with_ground
from app.cli.wiring import Cloud
from app.core.cloud import (
    SSH_PORT,
    CloudMarket,
    CloudOutcome,
    CloudRegion,
    CloudReport,
    CloudThing,
    NewMachine,
    OpenPort,
)
from app.core.faults import FaultCode
from app.core.provisioning import StepState
from app.sentences import sentence
from app.sentences.of_cloud import THING_SENTENCES, cloud_state_sentence, cloud_step_sentence

_SIGNS = {StepState.RIGHT: "ok", StepState.DONE: "ok", StepState.RUNNING: "...", StepState.FAILED: "x"}


def offers(context: Context) -> int:
    return _with_cloud(context, lambda cloud, cancelled: _offers(context, cloud, cancelled))


def _offers(context: Context, cloud: Cloud, cancelled: threading.Event) -> int:
    account = context.arguments.aws_profile
    if context.arguments.region is None:
        for region in cloud.regions(account, cancelled):
            context.out.both(f"{region.name:<16} {region.title}", _region_value(region))
        return ExitCode.OK
    market = cloud.market(context.arguments.region, account, cancelled)
    context.out.value(_market_value(market))
    for image in market.images:
        context.out.text(f"image  {image.id:<24} {image.title}")
    for size in market.sizes:
        context.out.text(
            f"size   {size.id:<24} {size.price:6.2f} USD a month, {size.cpus} CPU, "
            f"{size.memory_gb:g} GB memory, {size.disk_gb} GB disk, {size.transfer_gb} GB traffic"
        )
    return ExitCode.OK


def create(context: Context) -> int:
    return _with_cloud(context, lambda cloud, cancelled: _create(context, cloud, cancelled))


def _create(context: Context, cloud: Cloud, cancelled: threading.Event) -> int:
    arguments = context.arguments
    begun = next((one for one in cloud.begun() if one.name == arguments.name), None)
    if begun is not None:
        context.out.text(f"{begun.name} was begun in {begun.region}: going on with it.")
        question = f"Go on making {begun.name}, for {begun.price:.2f} USD a month?"
    else:
        prices = cloud.priced(_wanted(context))
        context.out.text(
            f"{arguments.name}: {prices.image.title} in {prices.region}, {prices.size.title}, "
            f"{prices.size.price:.2f} USD a month as long as it is there, also while it is stopped."
        )
        question = f"Make it, for {prices.size.price:.2f} USD a month?"
    if not agrees(context, question, cancelled):
        return refused(context, arguments.name)
    outcome = cloud.create(_wanted(context), lambda report: _tell(context, report), cancelled)
    if outcome.fault is not None:
        return _failed(context, outcome, f"relaytray relay create {arguments.name}")
    context.out.both(
        f"{arguments.name} is there. Set it up as a relay with: relaytray relay setup {arguments.name}",
        {"event": "done", "relay": arguments.name},
    )
    return ExitCode.OK


def _wanted(context: Context) -> NewMachine:
    arguments = context.arguments
    return NewMachine(
        name=arguments.name,
        region=arguments.region or "",
        zone=arguments.zone or "",
        image=arguments.image or "",
        size=arguments.size or "",
        account=arguments.aws_profile,
        ports=tuple(dict.fromkeys((OpenPort(port=SSH_PORT), *arguments.open))),
    )


def destroy(context: Context) -> int:
    return _with_cloud(context, lambda cloud, cancelled: _destroy(context, cloud, cancelled))


def _destroy(context: Context, cloud: Cloud, cancelled: threading.Event) -> int:
    name = context.arguments.name
    if not agrees(context, f"Delete the machine {name} with everything on it?", cancelled):
        return refused(context, name)
    account = context.arguments.aws_profile
    outcome = cloud.destroy(name, lambda report: _tell(context, report, is_removal=True), cancelled, account)
    for thing in outcome.left:
        context.out.value({"event": "left", **_thing_value(thing)})
    if outcome.left:
        context.out.text("This of yours could still cost money there:")
        for thing in outcome.left:
            context.out.text(f"  {_told(thing)}")
    if outcome.fault is not None:
        return _failed(context, outcome, f"relaytray relay destroy {name}")
    context.out.both(
        f"{name} is taken away, with its address and its key pair.", {"event": "done", "relay": name}
    )
    return ExitCode.OK


def billing(context: Context) -> int:
    return _with_cloud(context, lambda cloud, cancelled: _billing(context, cloud, cancelled))


def _billing(context: Context, cloud: Cloud, cancelled: threading.Event) -> int:
    bill = cloud.billing(
        cancelled, lambda region: context.out.aside(f"Asking {region}..."), context.arguments.aws_profile
    )
    context.out.value(
        {
            "things": [_thing_value(thing) for thing in bill.things],
            "total": bill.total,
            "unread": [{"region": region, "fault": fault_value(fault)} for region, fault in bill.unread],
            "not_enabled": list(bill.closed),
        }
    )
    for thing in bill.things:
        context.out.text(_told(thing))
    for region, fault in bill.unread:
        context.out.text(f"{region}: not known. {sentence(fault)}")
    if bill.closed:
        context.out.text(f"not enabled for this account, and not asked: {', '.join(bill.closed)}")
    if any(not thing.relay for thing in bill.things):
        context.out.text(
            "What no relay of yours here goes with is deleted by the computer that made it, or in the "
            "AWS console."
        )
    context.out.text(f"together {bill.total:.2f} USD a month, as far as the prices are told")
    return ExitCode.OK if not bill.unread else exit_code(bill.unread[0][1])


# --- all of them --------------------------------------------------------------------------------------------


def _with_cloud(context: Context, work: Any) -> int:
    document = context.load()
    code: int = with_ground(
        context, document, lambda request, cancelled: work(context.wiring.make_cloud(request), cancelled)
    )
    return code


def _tell(context: Context, report: CloudReport, *, is_removal: bool = False) -> None:
    context.out.value({"event": "step", **_step_value(report)})
    if report.state is StepState.RUNNING and report.detail:
        return
    about = cloud_step_sentence(report.step, is_removal=is_removal)
    state = cloud_state_sentence(report.state, is_removal=is_removal)
    detail = f" ({report.detail})" if report.detail else ""
    context.out.text(f"  {_SIGNS[report.state]:>3}  {about} {state}{detail} [{report.elapsed_s:.0f} s]")


def _failed(context: Context, outcome: CloudOutcome, again: str) -> int:
    assert outcome.fault is not None
    if outcome.fault.code is not FaultCode.CLOUD_NAME_TAKEN:
        context.out.aside(f"What was done is remembered. Go on with: {again}")
    return context.out.fault(outcome.fault)


def _told(thing: CloudThing) -> str:
    price = "price not told" if thing.price is None else f"{thing.price:.2f} USD a month"
    words = (THING_SENTENCES[thing.kind], thing.name, thing.region, thing.detail, price)
    owner = f"relay {thing.relay}" if thing.relay else "no relay of yours here"
    return ", ".join(word for word in (*words, owner) if word)


def _step_value(report: CloudReport) -> dict[str, Any]:
    value: dict[str, Any] = {
        "step": str(report.step),
        "state": str(report.state),
        "seconds": round(report.elapsed_s, 1),
        "detail": report.detail,
    }
    if report.fault is not None:
        value["fault"] = fault_value(report.fault)
    return value


def _thing_value(thing: CloudThing) -> dict[str, Any]:
    return {
        "kind": str(thing.kind),
        "name": thing.name,
        "region": thing.region,
        "usd_a_month": thing.price,
        "detail": thing.detail,
        "relay": thing.relay,
    }


def _region_value(region: CloudRegion) -> dict[str, Any]:
    return {"region": region.name, "title": region.title, "zones": list(region.zones)}


def _market_value(market: CloudMarket) -> dict[str, Any]:
    return {
        "region": market.region,
        "images": [{"id": image.id, "title": image.title} for image in market.images],
        "sizes": [
            {
                "id": size.id,
                "title": size.title,
                "usd_a_month": size.price,
                "memory_gb": size.memory_gb,
                "cpus": size.cpus,
                "disk_gb": size.disk_gb,
                "transfer_gb": size.transfer_gb,
            }
            for size in market.sizes
        ],
    }
