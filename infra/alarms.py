"""What wakes a person: each alarm says that the portal's promise is in danger, and goes to one topic."""

from typing import Any

from troposphere import GetAtt, Ref, Template
from troposphere.cloudwatch import Alarm, MetricDimension
from troposphere.sns import SubscriptionResource, Topic, TopicPolicy

from chalicelib.core.names import resource_name
from infra.functions import function_name
from infra.naming import arn, logical
from infra.parameters import HAS_ALARM_EMAIL
from infra.policies import allow, deny_without_tls, document
from infra.providers import Provider

TOPIC = "AlarmsTopic"
DEAD_LETTER_QUEUES = ("mail-dead", "replies-dead", "outbox-dead")
OLDEST_MESSAGE_SECONDS = 300
SERVER_ERRORS_PERCENT = 1
# The sweeper counts what the stream missed (embedded metric format: `chalicelib.core.observability`).
OWN_NAMESPACE = "Karibche"
SWEEPER_METRIC = "OutboxFound"
# The API counts whom it had to refuse because nobody could tell whether a card is revoked.
CARD_METRIC = "CardStatusUnknown"
CARDS_REFUSED = 3


def add_alarms(template: Template, stage: str, providers: tuple[Provider, ...], api_name: str) -> None:
    """Add the topic and the alarms."""
    _add_topic(template, stage)
    watched = ("mail", *(thing for provider in providers for thing in (provider.requests, provider.replies)))
    for alarm in (
        *(_dead_letters(stage, thing) for thing in DEAD_LETTER_QUEUES),
        *(_oldest_message(stage, thing) for thing in watched),
        _sweeper_found(stage),
        _sweeper_fails(stage),
        _server_errors(stage, api_name),
        _card_status_unknown(stage),
    ):
        template.add_resource(alarm)


def _add_topic(template: Template, stage: str) -> None:
    template.add_resource(
        Topic(TOPIC, TopicName=resource_name(stage, "alarms"), KmsMasterKeyId=GetAtt("QueueKey", "Arn"))
    )
    publishers = {"ArnLike": {"aws:SourceArn": arn("cloudwatch", f"alarm:{resource_name(stage, '*')}")}}
    template.add_resource(
        TopicPolicy(
            "AlarmsTopicPolicy",
            Topics=[Ref(TOPIC)],
            PolicyDocument=document(
                allow(
                    "Alarms",
                    ("sns:Publish",),
                    (Ref(TOPIC),),
                    Principal={"Service": "cloudwatch.amazonaws.com"},
                    Condition=publishers,
                ),
                deny_without_tls("sns:Publish", (Ref(TOPIC),)),
            ),
        )
    )
    template.add_resource(
        SubscriptionResource(
            "AlarmsByEmail",
            Condition=HAS_ALARM_EMAIL,
            TopicArn=Ref(TOPIC),
            Protocol="email",
            Endpoint=Ref("AlarmEmail"),
        )
    )


def _alarm(stage: str, thing: str, description: str, **properties: Any) -> Any:
    settings: dict[str, Any] = {
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "EvaluationPeriods": 1,
        "TreatMissingData": "notBreaching",
    }
    return Alarm(
        logical(thing, "Alarm"),
        AlarmName=resource_name(stage, thing),
        AlarmDescription=description,
        AlarmActions=[Ref(TOPIC)],
        OKActions=[Ref(TOPIC)],
        **(settings | properties),
    )


def _queue_metric(stage: str, thing: str, metric: str) -> dict[str, Any]:
    return {
        "Namespace": "AWS/SQS",
        "MetricName": metric,
        "Dimensions": [MetricDimension(Name="QueueName", Value=resource_name(stage, thing))],
        "Statistic": "Maximum",
        "Period": 60,
    }


def _dead_letters(stage: str, thing: str) -> Any:
    return _alarm(
        stage,
        thing,
        f"Messages lie in {thing}: a fault of ours stopped them",
        **_queue_metric(stage, thing, "ApproximateNumberOfMessagesVisible"),
    )


def _oldest_message(stage: str, thing: str) -> Any:
    return _alarm(
        stage,
        f"{thing}-late",
        f"Nobody has read the oldest message in {thing} for {OLDEST_MESSAGE_SECONDS // 60} minutes",
        Threshold=OLDEST_MESSAGE_SECONDS,
        **_queue_metric(stage, thing, "ApproximateAgeOfOldestMessage"),
    )


def _sweeper_found(stage: str) -> Any:
    return _alarm(
        stage,
        "sweeper-found",
        "The sweeper sent what the stream should have announced",
        Namespace=OWN_NAMESPACE,
        MetricName=SWEEPER_METRIC,
        Dimensions=[MetricDimension(Name="stage", Value=stage)],
        Statistic="Sum",
        Period=60,
    )


def _sweeper_fails(stage: str) -> Any:
    return _alarm(
        stage,
        "sweeper-fails",
        "The sweeper failed three times in a row: what the stream misses stays unsent",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[MetricDimension(Name="FunctionName", Value=function_name(stage, "sweep_outbox"))],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=3,
    )


def _server_errors(stage: str, api_name: str) -> Any:
    return _alarm(
        stage,
        "api-errors",
        f"More than {SERVER_ERRORS_PERCENT} % of the API's answers are the portal's own errors",
        Threshold=SERVER_ERRORS_PERCENT / 100,
        EvaluationPeriods=5,
        DatapointsToAlarm=3,
        Namespace="AWS/ApiGateway",
        MetricName="5XXError",
        Dimensions=[MetricDimension(Name="ApiName", Value=api_name)],
        # Each call counts as 0 or 1, so the average is the share of failures.
        Statistic="Average",
        Period=60,
    )


def _card_status_unknown(stage: str) -> Any:
    return _alarm(
        stage,
        "card-status-unknown",
        "Neither OCSP nor the revocation list can be had: nobody comes in with a card",
        Threshold=CARDS_REFUSED,
        Namespace=OWN_NAMESPACE,
        MetricName=CARD_METRIC,
        Dimensions=[MetricDimension(Name="stage", Value=stage)],
        Statistic="Sum",
        Period=300,
    )
