"""Alarms: each of the portal's promises has one that rings when it is in danger."""

from typing import Any

from chalicelib.auth.card_sign_in import STATUS_UNKNOWN_METRIC
from infra.alarms import OWN_NAMESPACE, SWEEPER_METRIC
from infra.providers import read_providers
from infra.stages import ROOT

PROVIDERS = read_providers(ROOT / "catalogue")


def alarms(template: Any) -> dict[str, dict[str, Any]]:
    found = template.of_type("CloudWatch::Alarm").values()
    return {
        alarm["Properties"]["AlarmName"].removeprefix("karibche-test-"): alarm["Properties"] for alarm in found
    }


def test_there_are_these_alarms_and_no_others(template: Any) -> None:
    late = {"mail-late", *(f"provider-{p.id}-{way}-late" for p in PROVIDERS for way in ("requests", "replies"))}

    assert set(alarms(template)) == {
        "mail-dead",
        "replies-dead",
        "outbox-dead",
        "sweeper-found",
        "sweeper-fails",
        "api-errors",
        "card-status-unknown",
        *late,
    }


def test_every_alarm_goes_to_the_topic(template: Any) -> None:
    for name, alarm in alarms(template).items():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmsTopic"}], name
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold", name
        assert alarm["TreatMissingData"] == "notBreaching", name


def test_dead_letters_ring_at_the_first(template: Any) -> None:
    dead = {name: alarm for name, alarm in alarms(template).items() if name.endswith("-dead")}
    redrive = {
        queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for queue in template.of_type("SQS::Queue").values()
        if "RedrivePolicy" in queue["Properties"]
    }

    watched = set()
    for alarm in dead.values():
        (dimension,) = alarm["Dimensions"]
        watched.add(dimension["Value"])
        assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (0, 1)
        assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert {template.properties(name)["QueueName"] for name in redrive} < watched
    assert "karibche-test-outbox-dead" in watched


def test_a_message_that_waits_five_minutes_rings(template: Any) -> None:
    for name, alarm in alarms(template).items():
        if name.endswith("-late"):
            (dimension,) = alarm["Dimensions"]
            assert dimension["Value"] == f"karibche-test-{name.removesuffix('-late')}"
            assert alarm["MetricName"] == "ApproximateAgeOfOldestMessage"
            assert (alarm["Threshold"], alarm["Statistic"]) == (300, "Maximum")


def test_the_sweepers_finds_ring(template: Any) -> None:
    alarm = alarms(template)["sweeper-found"]

    assert (
        (alarm["Namespace"], alarm["MetricName"]) == (OWN_NAMESPACE, SWEEPER_METRIC) == ("Karibche", "OutboxFound")
    )
    assert alarm["Dimensions"] == [{"Name": "stage", "Value": "test"}]
    assert alarm["Threshold"] == 0


def test_one_server_error_in_a_hundred_rings(template: Any) -> None:
    alarm = alarms(template)["api-errors"]

    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == (
        "AWS/ApiGateway",
        "5XXError",
        "Average",
    )
    assert alarm["Threshold"] == 0.01
    assert alarm["Dimensions"] == [{"Name": "ApiName", "Value": template.properties("RestAPI")["Name"]}]


def test_an_address_is_subscribed_when_there_is_one(template: Any) -> None:
    subscription = template.resources["AlarmsByEmail"]

    assert subscription["Condition"] == "HasAlarmEmail"
    assert subscription["Properties"]["TopicArn"] == {"Ref": "AlarmsTopic"}


def test_it_rings_when_cards_can_not_be_checked(template: Any) -> None:
    """R2.3, R8.1: one refusal may be a passing fault, several are not."""
    alarm = alarms(template)["card-status-unknown"]

    assert (alarm["Namespace"], alarm["MetricName"]) == (OWN_NAMESPACE, STATUS_UNKNOWN_METRIC)
    assert (alarm["Statistic"], alarm["Threshold"], alarm["Period"]) == ("Sum", 3, 300)
    assert alarm["Dimensions"] == [{"Name": "stage", "Value": "test"}]
