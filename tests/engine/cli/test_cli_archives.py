"""`coterie rebuild` and `coterie check`: what was lost comes back, what differs is named."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from cli_shop import AS_OF, Run

pytestmark = pytest.mark.usefixtures("shop")

CATALOG = ("--catalog", "catalog.yaml")


def test_a_store_that_is_gone_comes_back_with_equal_answers(run: Run) -> None:
    asked = ("members", "shop.duckdb", "parisians.yaml", *CATALOG, *AS_OF)
    before = run(*asked).output
    Path("shop.duckdb").unlink()
    assert run("rebuild", "shop.duckdb", *CATALOG).output == "Replayed 2 archived changes; the data version is 2.\n"
    assert run(*asked).output == before


def test_a_damaged_store_is_replaced_and_kept(run: Run) -> None:
    Path("shop.duckdb").write_bytes(b"garbage")
    told = json.loads(run("rebuild", "shop.duckdb", *CATALOG, "--json").output)
    assert told == {"replayed": 2, "data_version": 2, "kept": "shop.duckdb.replaced-1"}
    assert Path("shop.duckdb.replaced-1").read_bytes() == b"garbage"
    output = run("rebuild", "shop.duckdb", *CATALOG).output
    assert output.endswith("The file that was there is kept as shop.duckdb.replaced-2.\n")


def test_a_store_like_its_archive_is_in_order(run: Run) -> None:
    result = run("check", "shop.duckdb", *CATALOG)
    assert result.exit_code == 0
    assert result.output.endswith("Data version 2, 2 archived changes replayed: no difference.\n")
    told = json.loads(run("check", "shop.duckdb", *CATALOG, "--json").output)
    assert (told["differences"], told["rows"]["entity_contact"], told["pending"]) == ([], 4, 0)


def test_what_differs_is_named_with_exit_code_1(run: Run) -> None:
    with duckdb.connect("shop.duckdb") as connection:
        connection.execute("DELETE FROM interaction_purchase WHERE message_id = 'm2'")
    result = run("check", "shop.duckdb", *CATALOG)
    assert result.exit_code == 1
    assert "interaction_purchase: the store has 2 rows, the archive 3 rows" in result.output
    told = json.loads(run("check", "shop.duckdb", *CATALOG, "--json").output)
    assert told["differences"][0] == {
        "table": "interaction_purchase", "column": None, "store": "2 rows", "archive": "3 rows",
    }  # fmt: skip


def test_what_is_not_in_the_store_yet_is_told(run: Run) -> None:
    older = Path("shop.duckdb").read_bytes()
    Path("more.csv").write_text("contact_id,city\n00009,Rome\n")
    run("load", "shop.duckdb", "contact", "more.csv", *CATALOG)
    Path("shop.duckdb").write_bytes(older)
    assert "1 archived changes are not in the store yet" in run("check", "shop.duckdb", *CATALOG).output


@pytest.mark.parametrize("command", ["rebuild", "check"])
def test_an_archive_that_cannot_be_used_is_an_error_of_the_store(run: Run, command: str) -> None:
    first = Path("shop.duckdb.archive") / "000000000001.parquet"
    whole = first.read_bytes()
    first.write_bytes(whole[:-1])
    result = run(command, "shop.duckdb", *CATALOG)
    assert (result.exit_code, result.stderr.startswith("error[archive_damaged] ")) == (4, True)
    assert "000000000001.parquet" in result.stderr
    first.unlink()
    result = run(command, "shop.duckdb", *CATALOG)
    assert (result.exit_code, result.stderr.startswith("error[archive_missing] ")) == (4, True)


def test_a_store_that_is_not_there_cannot_be_checked(run: Run) -> None:
    result = run("check", "none.duckdb", *CATALOG)
    assert (result.exit_code, result.stderr.startswith("error[store_not_found] ")) == (4, True)
