"""Settings, ids, the vault, buckets: what every floor above stands on."""

from pathlib import Path

import pytest

from tillside.base import settings, stamps
from tillside.base.bucket import Buckets
from tillside.base.errors import Misconfigured
from tillside.base.vault import Vault


def test_the_environment_sets_and_the_command_line_overrides() -> None:
    read = settings.load({"TILLSIDE_PORT": "9000", "TILLSIDE_HOST": "::1"}, port=9001, host=None)
    assert (read.port, read.host) == (9001, "::1")


def test_a_wrong_setting_is_named() -> None:
    with pytest.raises(Misconfigured, match="port"):
        settings.load({"TILLSIDE_PORT": "nine"})


def test_ids_sort_by_time() -> None:
    early, late = stamps.new_id("cus", 1_000_000_000), stamps.new_id("cus", 2_000_000_000)
    assert early < late
    assert len(early) == len("cus_") + 26


def test_a_derived_id_follows_from_its_origin_alone() -> None:
    assert stamps.derived_id("cus", 5, 1, "a") == stamps.derived_id("cus", 5, 1, "a") != stamps.derived_id("cus", 5, 1, "b")


def test_a_sealed_secret_opens_only_in_its_place(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path)
    sealed = vault.seal("tss_secret", "1/connector/con_1/secret")
    assert b"tss_secret" not in sealed
    assert Vault.open(tmp_path).unseal(sealed, "1/connector/con_1/secret") == "tss_secret"
    with pytest.raises(Misconfigured):
        vault.unseal(sealed, "2/connector/con_1/secret")


def test_the_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    Vault.open(tmp_path)
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_a_bucket_lets_its_burst_through_and_then_says_how_long_to_wait() -> None:
    buckets = Buckets(10, burst=5)
    assert [buckets.wait("a") == 0.0 for _ in range(6)] == [True] * 5 + [False]
    assert 0 < buckets.wait("a") <= 0.1
    assert buckets.wait("b") == 0.0


def test_a_batch_larger_than_the_burst_passes_when_the_bucket_is_full() -> None:
    buckets = Buckets(10, burst=5)
    assert buckets.wait("a", 50) == 0.0
    assert buckets.wait("a") > 0


def test_a_rate_of_nothing_is_no_limit() -> None:
    buckets = Buckets(0)
    assert all(buckets.wait("a", 1000) == 0.0 for _ in range(100))
