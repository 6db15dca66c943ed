"""R1.2: the embedded cloud keeps what it was given, and keeps to this machine."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import Cloud, CloudDidNotStartError, free_port
from local.processes import Note

pytestmark = pytest.mark.cloud

LOST_SECONDS = 2.0


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    cloud = Cloud(tmp_path / "cloud", free_port())
    cloud.start()
    yield cloud
    cloud.kill()


def make_table(cloud: Cloud) -> None:
    cloud.client("dynamodb").create_table(
        TableName="things",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )


def put(cloud: Cloud, number: int) -> None:
    cloud.client("dynamodb").put_item(TableName="things", Item={"id": {"S": f"{number:04}"}})


def numbers(cloud: Cloud) -> list[int]:
    items = cloud.client("dynamodb").scan(TableName="things", ConsistentRead=True)["Items"]
    return sorted(int(item["id"]["S"]) for item in items)


def waiting(cloud: Cloud, url: str) -> int:
    attributes = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"])


def test_killed_it_forgets_no_more_than_two_seconds(cloud: Cloud) -> None:
    make_table(cloud)
    written: dict[int, float] = {}
    end = time.monotonic() + 5
    while time.monotonic() < end:
        put(cloud, len(written))
        written[len(written)] = time.monotonic()
        time.sleep(0.01)
    killed = time.monotonic()
    cloud.kill()
    cloud.start()
    kept = numbers(cloud)
    assert kept == list(range(len(kept))), "what it keeps has no holes"
    lost = [moment for number, moment in written.items() if number >= len(kept)]
    assert len(kept) > 50
    assert killed - min(lost, default=killed) <= LOST_SECONDS


def test_killed_it_keeps_tables_messages_and_objects_of_before(cloud: Cloud) -> None:
    make_table(cloud)
    for number in range(20):
        put(cloud, number)
    url = cloud.client("sqs").create_queue(QueueName="letters")["QueueUrl"]
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="გამარჯობა")
    cloud.client("s3").create_bucket(
        Bucket="vault", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    cloud.client("s3").put_object(Bucket="vault", Key="a", Body=bytes(range(256)))
    time.sleep(LOST_SECONDS)
    cloud.kill()
    cloud.start()
    assert numbers(cloud) == list(range(20))
    assert waiting(cloud, url) == 1
    assert cloud.client("s3").get_object(Bucket="vault", Key="a")["Body"].read() == bytes(range(256))


def test_killed_it_keeps_the_mails_that_were_sent(cloud: Cloud) -> None:
    ses = cloud.client("sesv2")
    ses.create_email_identity(EmailIdentity="no-reply@karibche.example")
    ses.send_email(
        FromEmailAddress="no-reply@karibche.example",
        Destination={"ToAddresses": ["nino@example.ge"]},
        Content={"Simple": {"Subject": {"Data": "გამარჯობა"}, "Body": {"Text": {"Data": "ტექსტი"}}}},
    )
    before = cloud.mails()
    assert [mail["subject"] for mail in before] == ["გამარჯობა"]
    time.sleep(LOST_SECONDS)
    cloud.kill()
    cloud.start()
    assert cloud.mails() == before


def test_stopped_it_keeps_the_last_write(cloud: Cloud) -> None:
    make_table(cloud)
    put(cloud, 1)
    began = time.monotonic()
    cloud.stop()
    assert time.monotonic() - began < 2
    cloud.start()
    assert numbers(cloud) == [1]


def test_at_rest_it_writes_nothing(cloud: Cloud) -> None:
    make_table(cloud)
    time.sleep(2 * LOST_SECONDS)
    saved = {file: file.stat().st_mtime_ns for file in (cloud.state_dir / "state").glob("*.json")}
    numbers(cloud)
    time.sleep(2 * LOST_SECONDS)
    assert saved
    assert saved == {file: file.stat().st_mtime_ns for file in (cloud.state_dir / "state").glob("*.json")}


def test_it_listens_to_this_machine_only(cloud: Cloud) -> None:
    port = f"{cloud.cloud_port:04X}"
    listening = [
        line.split()[1]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{port}")
    ]
    assert listening == [f"0100007F:{port}"]
    assert f":{port} " not in Path("/proc/net/tcp6").read_text()


def test_it_knows_nothing_of_the_developers_aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own profile and keys reach neither the cloud, nor its functions, nor our clients."""
    monkeypatch.setenv("AWS_PROFILE", "prod")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a real one")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://example.invalid")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    cloud = Cloud(tmp_path / "cloud", free_port())
    cloud.start()
    try:
        pid = Note(cloud.notes, "cloud").pid()
        names = {
            entry.partition(b"=")[0].decode() for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        }
        assert not {name for name in names if name.startswith("AWS_") or name.upper().endswith("_PROXY")}
        assert cloud.client("sqs").list_queues().get("QueueUrls", []) == []
    finally:
        cloud.kill()


def test_a_taken_port_is_said_before_anything_is_started(cloud: Cloud, tmp_path: Path) -> None:
    with pytest.raises(CloudDidNotStartError, match=f"port {cloud.cloud_port} is taken"):
        Cloud(tmp_path / "other", cloud.cloud_port).start()


def test_a_cloud_that_cannot_start_points_to_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud(tmp_path / "cloud", free_port())
    monkeypatch.setattr("local.cloud.ALLOWED_ENVIRONMENT", ())
    monkeypatch.setattr(cloud, "_cloud_environment", lambda: {"STATE_DIR": str(tmp_path)})
    cloud.state_dir.mkdir()
    with pytest.raises(CloudDidNotStartError, match=r"logs/cloud\.log"):
        cloud.start()
    assert "TMPDIR" in cloud.log("cloud").read_text()
