"""Backup while serving, restore while not: nothing acknowledged before the backup began is missing from it."""

import shutil
import threading
from pathlib import Path

from tests.cli.house import House, eventually, post, settled
from tests.conftest import Store
from tillside.connectors import connector


def elsewhere(house: House, tmp_path: Path) -> House:
    """The same desk at another data folder: on PostgreSQL the database stays and is replaced."""
    other = House(Store(house.store.kind, tmp_path / "elsewhere", house.store.url))
    other.store.data.mkdir()
    other.shop, other.key = house.shop, house.key
    return other


def test_a_backup_under_load_holds_what_was_acknowledged_before_it(house: House, tmp_path: Path) -> None:
    file = tmp_path / "desk.tar.gz"
    stop, sent = threading.Event(), [0]

    def load(url: str) -> None:
        while not stop.is_set():
            assert post(url, house.batch([house.order(f"B{sent[0]}")])).status_code == 200
            sent[0] += 1

    with house.serve() as desk:
        sender = threading.Thread(target=load, args=(desk.url,))
        sender.start()
        try:
            eventually(lambda: sent[0] > 40)
            before = sent[0]
            made = house.facts("backup", str(file))
            after = sent[0] + 1
        finally:
            stop.set()
            sender.join()
    assert made["bytes"] == file.stat().st_size and file.stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob(".backup-*")) and not file.with_name("desk.tar.gz.part").exists()
    there = elsewhere(house, tmp_path)
    there.tillside("restore", str(file), *(["--force"] if there.store.url else []))
    with there.serve() as desk:
        settled(desk.url)
        assert post(desk.url, there.batch([there.order("after")])).status_code == 200
        settled(desk.url)
    assert before < there.count("orders") <= after + 1
    assert there.facts("replay", "--expect-same")["is_same"]
    [shop] = there.look(lambda desk: connector.every(desk.store, desk.vault, 1))
    assert shop.secret == house.shop.secret


def test_restore_refuses_a_serving_desk_and_a_full_place(house: House, tmp_path: Path) -> None:
    file = tmp_path / "desk.tar.gz"
    with house.serve() as desk:
        post(desk.url, house.batch([house.order("S1")]))
        house.tillside("backup", str(file))
        assert "serves" in house.tillside("restore", str(file), "--force", code=4)
        post(desk.url, house.batch([house.order("S2")]))
        settled(desk.url)
    assert "holds a desk already" in house.tillside("restore", str(file), code=4)
    assert house.count("orders") == 2
    house.tillside("restore", str(file), "--force")
    with house.serve() as desk:
        settled(desk.url)
    assert house.count("orders") == 1


def test_a_damaged_or_foreign_file_changes_nothing(house: House, tmp_path: Path) -> None:
    file = tmp_path / "desk.tar.gz"
    house.tillside("backup", str(file))
    whole = file.read_bytes()
    digest = house.facts("replay", "--check")["digest"]
    for name, content in (("half", whole[: len(whole) // 2]), ("none", b"not a backup"), ("bent", _bent(whole))):
        broken = tmp_path / name
        broken.write_bytes(content)
        house.tillside("restore", str(broken), "--force", code=4)
    assert house.facts("replay", "--check")["digest"] == digest
    assert not (house.store.data / "restore.unfinished").exists()


def test_an_interrupted_restore_is_noticed_and_can_be_finished(house: House, tmp_path: Path) -> None:
    file = tmp_path / "desk.tar.gz"
    house.tillside("backup", str(file))
    (house.store.data / "restore.unfinished").touch()
    assert "interrupted" in house.tillside("serve", "--port", "0", code=3)
    assert "interrupted" in house.tillside("doctor", code=1)
    house.tillside("restore", str(file))
    house.serve().start().stop()


def test_the_key_file_travels_along(house: House, tmp_path: Path) -> None:
    file = tmp_path / "desk.tar.gz"
    house.tillside("backup", str(file))
    key = (house.store.data / "secret.key").read_text()
    shutil.rmtree(house.store.data)
    house.store.data.mkdir()
    house.tillside("restore", str(file), *(["--force"] if house.store.url else []))
    path = house.store.data / "secret.key"
    assert path.read_text() == key and path.stat().st_mode & 0o077 == 0


def _bent(whole: bytes) -> bytes:
    middle = len(whole) * 3 // 4
    return whole[:middle] + bytes(byte ^ 0xFF for byte in whole[middle : middle + 64]) + whole[middle + 64 :]
