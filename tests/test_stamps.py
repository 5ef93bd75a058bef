"""Time stamps: asked for, checked before anything is claimed, kept, and checked again."""

from __future__ import annotations

import base64
import json
import random
import re
import shutil
import uuid
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from clipper.archive import Archive, manifest, stamps, verifying
from clipper.archive.stamps import Stamp, Unstamped, trust
from clipper.cli import main
from clipper.errors import ArchiveError
from clipper.store import Store

from .damage import DAY, Shelf, page, stocked
from .packing import Stand, stand_in
from .time_stamper import NAME, Service, openssl_verifies, service

__all__ = ["service"]

LEAD = "The city sold its prison shares on Monday.\nThe vote was seven to two, and late."

WRONG = {
    "failing": "answered with status 500",
    "garbage": "no time stamp that can be read",
    "empty": "no time stamp that can be read",
    "cut": "no time stamp that can be read",
    "something else": "for something else",
    "another request": "the answer to another request",
    "refusing": "the service refused it (status 2",
    "endless": "more than 4 MB",
}


@pytest.fixture
def stand(tmp_path: Path, service: Service) -> Iterator[Stand]:
    folder = tmp_path / "stand"
    folder.mkdir()
    with stand_in(folder) as made:
        config = folder / "sources.yaml"
        config.write_text(config.read_text() + service.config)
        made.clip("1", "Sold", LEAD)
        yield made


def run(stand: Stand, *words: str) -> int:
    return main(["--config", str(stand.folder / "sources.yaml"), *words])


def part(package: Path, name: str) -> bytes:
    with zipfile.ZipFile(package) as opened:
        return opened.read(name)


def changed(package: Path, to: Path, **parts: bytes | None) -> Path:
    """A copy of a package with parts changed, added, or (None) left out; `_` stands for `/`."""
    told = {name.replace("__", "/").replace("_", "."): each for name, each in parts.items()}
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(to, "w") as new:
        for entry in old.infolist():
            content = told.pop(entry.filename, old.read(entry))
            if content is not None:
                new.writestr(entry.filename, content)
        for name, added in told.items():
            new.writestr(name, added or b"")
    return to


# ---------------------------------------------------------------- a package


@pytest.mark.parametrize("sign", [(), ("--sign",)])
def test_a_package_bears_a_time_stamp_that_anybody_can_check(
    stand: Stand, service: Service, capsys: pytest.CaptureFixture[str], sign: tuple[str, ...]
) -> None:
    out = stand.folder / "out.wacz"
    assert run(stand, "archive", "export", str(out), *sign) == 0
    assert f"{NAME} vouches that it existed on" in capsys.readouterr().out
    sealed = json.loads(part(out, "datapackage-digest.json"))
    digest = sha256(part(out, "datapackage.json")).hexdigest()
    assert openssl_verifies(service, base64.b64decode(sealed["timeStamp"]), digest)
    signed = sealed.get("signedData", {})
    # The format allows no field there beside its own.
    assert set(signed) in (
        set(), {"hash", "created", "software", "version", "signature", "publicKey"},
    )  # fmt: skip
    assert run(stand, "archive", "check", str(out)) == 0
    told = capsys.readouterr().out
    assert re.search(rf"Time stamp: {NAME} vouches that this package existed on 20\d\d-", told)
    assert ("Signature: it holds" if sign else "Signature: none.") in told


@pytest.mark.parametrize("way", WRONG)
def test_an_answer_that_is_not_right_is_no_time_stamp_and_costs_no_package(
    stand: Stand, service: Service, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    service.way = way
    out = stand.folder / "out.wacz"
    assert run(stand, "archive", "export", str(out), "--sign") == 1
    told = capsys.readouterr()
    assert "out.wacz: 1 page" in told.out
    assert "The package bears no time stamp: " in told.err
    assert WRONG[way] in told.err
    assert "Traceback" not in told.err
    assert run(stand, "archive", "check", str(out)) == 0
    assert "Time stamp: none." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("days", "why"),
    [((-10, -1), "was not valid any more"), ((1, 10), "was not valid yet")],
)
def test_a_certificate_out_of_its_time_is_no_witness(
    stand: Stand, service: Service, capsys: pytest.CaptureFixture[str],
    days: tuple[int, int], why: str,
) -> None:  # fmt: skip
    service.certify(*days)
    assert run(stand, "archive", "export", str(stand.folder / "out.wacz")) == 1
    assert why in capsys.readouterr().err


def test_a_certificate_that_leads_elsewhere_is_no_witness(
    stand: Stand, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.certify(root=False)
    assert run(stand, "archive", "export", str(stand.folder / "out.wacz")) == 1
    assert "does not lead to any that you trust" in capsys.readouterr().err


def test_an_earlier_answer_played_again_is_no_time_stamp(service: Service) -> None:
    trusted = trust(service.root)

    def post(request: bytes) -> bytes:
        return service.answer(request)[1]

    assert isinstance(trusted.stamp(post, b"words"), Stamp)
    service.way = "again"
    done = trusted.stamp(post, b"words")
    assert done == Unstamped("the time stamp is the answer to another request")


def test_services_are_set_up_in_different_ways(service: Service) -> None:
    """RSA and longer digests, names, fractions of a second, the older way to name a certificate."""
    service.certify(key=lambda: rsa.generate_private_key(65537, 2048))
    service.signer_digest = "sha512"
    service.more = (
        "tsa_name = yes\nordering = yes\ness_cert_id_chain = yes\ness_cert_id_alg = sha1\n"
        "accuracy = secs:1, millisecs:500, microsecs:100\nclock_precision_digits = 3\n"
    )
    done = by(service)(b"words")
    assert isinstance(done, Stamp)
    assert openssl_verifies(service, done.answer, sha256(b"words").hexdigest())


def test_a_service_that_is_not_there_is_told_of(
    stand: Stand, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    config = stand.folder / "sources.yaml"
    config.write_text(config.read_text().replace(f":{service.port}/", ":9/"))
    assert run(stand, "archive", "export", str(stand.folder / "out.wacz")) == 1
    assert "the service could not be asked: " in capsys.readouterr().err


def test_a_service_in_ones_own_network_is_asked_only_where_that_is_allowed(
    stand: Stand, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    config = stand.folder / "sources.yaml"
    config.write_text(config.read_text().replace("allow: 127.0.0.0/8, ", ""))
    assert run(stand, "archive", "export", str(stand.folder / "out.wacz")) == 1
    assert "this machine" in capsys.readouterr().err
    assert service.asked == []


def test_mangled_answers_are_never_believed_and_never_a_bug(service: Service) -> None:
    """Whatever is believed of a changed answer is what the service signed."""
    trusted = trust(service.root)
    content = b"The city sold its prison shares."
    answer = b""

    def post(request: bytes) -> bytes:
        nonlocal answer
        answer = service.answer(request)[1]
        return answer

    true = trusted.stamp(post, content)
    assert isinstance(true, Stamp)
    draw = random.Random(3)
    believed = 0
    for _ in range(1500):
        changed_ = bytearray(answer)
        for _ in range(draw.randint(1, 3)):
            changed_[draw.randrange(len(changed_))] = draw.randrange(256)
        if draw.random() < 0.2:
            del changed_[draw.randrange(len(changed_)) :]
        done = trusted.check(bytes(changed_), sha256(content).hexdigest())
        if isinstance(done, Stamp):
            believed += 1
            assert (done.at, done.authority) == (true.at, true.authority)
    assert believed < 300  # the root beside it is covered by nothing, and needed for nothing


def test_certificates_that_can_not_be_read_are_told_of_before_anything_is_asked(
    stand: Stand, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.root.write_text("no certificate")
    assert run(stand, "archive", "export", str(stand.folder / "out.wacz")) == 1
    assert "no certificate in it that can be read" in capsys.readouterr().err
    service.root.unlink()
    assert run(stand, "archive", "verify") == 1
    told = capsys.readouterr()
    assert "Level 4: 1 file" in told.out, "the archive is looked at all the same"
    assert "The time stamps could not be looked at." in told.err
    assert run(stand, "doctor") == 1
    assert "can't be read (No such file or directory)" in capsys.readouterr().out
    with pytest.raises(ArchiveError, match="can't be read"):
        trust(service.root)
    assert service.asked == []


# ---------------------------------------------------------------- a package that was changed


def exported(stand: Stand, *words: str) -> Path:
    out = stand.folder / "out.wacz"
    assert run(stand, "archive", "export", str(out), *words) == 0
    return out


def checked(package: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """What `archive check` says where there is neither config nor archive."""
    capsys.readouterr()
    code = main(
        ["--config", str(package.parent / "none.yaml"), "archive", "check", str(package), *words]
    )
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return code, told.out + told.err


def test_a_package_is_checked_where_there_is_nothing_else_of_clipper(
    stand: Stand, service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.move(exported(stand, "--sign"), tmp_path / "theirs.wacz")
    code, told = checked(tmp_path / "theirs.wacz", capsys)
    assert code == 0
    assert "Time stamp: not checked." in told
    code, told = checked(tmp_path / "theirs.wacz", capsys, "--certificates", str(service.root))
    assert code == 0
    assert f"{NAME} vouches" in told
    code, told = checked(tmp_path / "theirs.wacz", capsys, "--json")
    assert json.loads(told)["faults"] == []


def test_what_was_changed_in_a_package_is_named(
    stand: Stand, service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = exported(stand, "--sign")
    words = part(package, "pages/pages.jsonl").replace(b"Sold", b"Kept")
    description = part(package, "datapackage.json")
    digest = part(package, "datapackage-digest.json")
    other_stamp = json.loads(digest) | {"timeStamp": "c3RhbXA="}
    other = json.loads(digest)
    other["signedData"]["signature"] = base64.b64encode(bytes(96)).decode()
    forged = description.replace(
        sha256(part(package, "pages/pages.jsonl")).hexdigest().encode(),
        sha256(words).hexdigest().encode(),
    )
    resealed = digest.replace(
        sha256(description).hexdigest().encode(), sha256(forged).hexdigest().encode()
    )
    cases: list[tuple[dict[str, bytes | None], str]] = [
        ({"pages__pages_jsonl": words}, "pages/pages.jsonl is not what it was"),
        ({"pages__pages_jsonl": words + b"\n"}, "pages/pages.jsonl has"),
        ({"pages__pages_jsonl": None}, "pages/pages.jsonl is missing"),
        ({"pages__more_jsonl": words}, "pages/more.jsonl is in the package, and not in its list"),
        (
            {"pages__pages_jsonl": words, "datapackage_json": forged},
            "datapackage.json is not what it was",
        ),
        (
            {"pages__pages_jsonl": words, "datapackage_json": forged,
             "datapackage-digest_json": resealed},
            "the signature does not hold",
        ),
        ({"datapackage-digest_json": json.dumps(other).encode()}, "the signature does not hold"),
        ({"datapackage-digest_json": json.dumps(other_stamp).encode()}, "stamp does not hold"),
        ({"datapackage-digest_json": b"[[["}, "datapackage.json is not what it was"),
        ({"datapackage-digest_json": None}, "datapackage-digest.json is missing"),
        ({"datapackage_json": None}, "no WACZ package"),
        ({"datapackage_json": b'{"resources": 7}'}, "lists no files"),
        ({"datapackage_json": b'{"resources": [{"path": 7}]}'}, "without its path"),
        ({"datapackage-digest_json": digest.replace(b'Stamp": "', b'Stamp": "\xc3\xa9')}, "be read"),
        ({"datapackage-digest_json": bytes(5_000_000)}, "is too long"),
    ]  # fmt: skip
    for number, (parts, said) in enumerate(cases):
        mutant = changed(package, tmp_path / f"{number}.wacz", **parts)
        code, told = checked(mutant, capsys, "--certificates", str(service.root))
        assert code == 1, said
        assert said in told


def test_what_is_no_package_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.wacz"
    path.write_bytes(b"no zip")
    assert checked(path, capsys)[0] == 1
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("datapackage.json", json.dumps({"resources": []}))
        with pytest.warns(UserWarning, match="Duplicate"):
            opened.writestr("datapackage.json", json.dumps({"resources": []}))
    code, told = checked(path, capsys)
    assert code == 1
    assert "two files by the name" in told


# ---------------------------------------------------------------- the archive's chain


def by(service: Service) -> stamps.Stamper:
    return lambda content: trust(service.root).stamp(
        lambda request: service.answer(request)[1], content
    )


def test_sealing_has_the_chain_stamped_and_verify_says_since_when(
    stand: Stand, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    stand.archive.close()
    assert run(stand, "archive", "seal") == 0
    assert f"{NAME} vouches that all of it existed on" in capsys.readouterr().out
    first, second = (stand.pages / manifest.FILE).read_bytes().splitlines()
    line = json.loads(second)
    assert (line["event"], line["previous"]) == ("stamped", sha256(first).hexdigest())
    # What the docs say how to do without clipper.
    assert openssl_verifies(service, base64.b64decode(line["answer"]), line["previous"])
    assert run(stand, "archive", "verify") == 0
    told = capsys.readouterr().out
    assert re.search(rf"1 time stamp since 20\d\d-.*: {NAME} vouches that what was sealed by", told)
    assert run(stand, "archive", "seal") == 0
    assert len(service.asked) == 1  # nothing new to vouch for
    capsys.readouterr()
    assert run(stand, "archive", "verify", "--json") == 0
    told_ = json.loads(capsys.readouterr().out)
    assert [each["line"] for each in told_["time_stamps"]] == [2]
    assert told_["time_stamps"][0]["authority"] == NAME
    assert told_["unstamped"] == []


def test_each_capture_says_since_when_it_is_vouched_for(
    stand: Stand, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    stand.archive.close()
    assert run(stand, "archive", "show", "1") == 0
    assert "vouches" not in capsys.readouterr().out
    assert run(stand, "archive", "seal") == 0
    stand.correct(1, "Sold in part", LEAD.replace("seven", "six"), stand.archive._now() + DAY)
    stand.archive.close()
    capsys.readouterr()
    assert run(stand, "archive", "show", "1") == 0
    first, second = capsys.readouterr().out.split("  2  ")
    assert f"{NAME} vouches that it existed on 20" in first
    assert "vouches" not in second
    assert run(stand, "archive", "show", "1", "--json") == 0
    told_ = json.loads(capsys.readouterr().out)
    assert [each["stamped_by"] for each in told_] == [NAME, None]
    assert run(stand, "archive", "forget", "1", "--why", "They asked.", "--yes") == 0
    check = trust(service.root).check
    files = [line.file for line in manifest.read(stand.pages).lines]
    assert verifying.vouched(stand.pages, check, files) == {}, "each is another file now"
    assert run(stand, "archive", "seal") == 0
    assert set(verifying.vouched(stand.pages, check, files)) == set(files)
    path = stand.pages / files[0]
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"x")
    assert set(verifying.vouched(stand.pages, check, files)) == set(files[1:]), "not what it was"
    path.unlink()
    assert set(verifying.vouched(stand.pages, check, files)) == set(files[1:]), "not there"


def test_each_seal_gets_its_stamp_and_a_stamp_covers_the_stamps_before(
    tmp_path: Path, service: Service
) -> None:
    shelf = Shelf(tmp_path / "warc")
    for number in range(3):
        with shelf.archive() as archive:
            shelf.keep(archive, page(number, at=shelf.at))
            archive.seal()
            assert isinstance(archive.stamp(by(service)), Stamp)
            assert archive.stamp(by(service)) is None
        shelf.at += DAY
    found = manifest.read(shelf.folder)
    assert [each.number for each in found.stamps] == [2, 4, 6]
    assert [each.files for each in found.stamps] == [(line.file,) for line in found.lines]
    assert (found.faults, found.unstamped) == ((), ())


def test_damage_to_a_manifest_with_stamps_is_found(tmp_path: Path, service: Service) -> None:
    """Each bit turned, and each line dropped, doubled or moved, save the last stamp taken away."""
    shelf = Shelf(tmp_path / "warc")
    for number in range(3):
        with shelf.archive() as archive:
            shelf.keep(archive, page(number, at=shelf.at))
            archive.seal()
            archive.stamp(by(service))
        shelf.at += DAY
    path = shelf.folder / manifest.FILE
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    mutants = [
        content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :]
        for at in range(0, len(content), 97)
    ]
    for at, line in enumerate(lines):
        rest = [*lines[:at], *lines[at + 1 :]]
        mutants.append(b"".join([*lines[: at + 1], line, *lines[at + 1 :]]))
        if at < len(lines) - 1:
            mutants.append(b"".join(rest))
            mutants.append(b"".join([*rest, line]))
    for mutant in mutants:
        path.write_bytes(mutant)
        assert verifying.verify(shelf.folder, level=1).findings, mutant[:80]
    path.write_bytes(content)
    assert verifying.verify(shelf.folder, shelf.rows).findings == []


def test_a_round_has_what_was_sealed_stamped(
    stand: Stand, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    from clipper.cli.home import Home
    from clipper.cli.parts import assemble

    stand.archive.seal()
    stand.archive.close()
    home = Home(str(stand.folder / "sources.yaml"))
    for _ in range(2):
        with assemble(home, stand.store):
            pass
    assert len(service.asked) == 1
    assert len(manifest.read(stand.pages).stamps) == 1
    assert capsys.readouterr().err == ""
    home.archive_override = stand.folder / "dry"
    with assemble(home, stand.store):
        pass
    assert len(service.asked) == 1, "a dry run asks nobody"


def test_a_forged_line_or_stamp_is_found_though_each_digest_was_made_anew(
    stand: Stand, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who may write the whole folder can't make up what the service signed."""
    stand.archive.close()
    assert run(stand, "archive", "seal") == 0
    path = stand.pages / manifest.FILE
    true = path.read_bytes()
    sealed, stamped = (json.loads(line) for line in true.splitlines())
    sealed["sealed_at"] = "2001-01-01T00:00:00+00:00"
    one = manifest.written(manifest.Other("sealed", sealed["file"], sealed))
    stamped["previous"] = sha256(one[:-1]).hexdigest()
    two = manifest.written(manifest.Other("stamped", stamped["file"], stamped))
    path.write_bytes(one + two)
    assert manifest.read(stand.pages).faults == ()
    assert run(stand, "archive", "verify") == 1
    assert "line 2: the time stamp does not hold" in capsys.readouterr().err
    told = json.loads(true.splitlines()[1]) | {"answer": "?"}
    path.write_bytes(
        true.splitlines(keepends=True)[0]
        + manifest.written(manifest.Other("stamped", told["file"], told))
    )
    assert run(stand, "archive", "verify") == 1
    assert "no time stamp that can be read" in capsys.readouterr().err


def test_a_stamp_is_good_at_its_own_time_though_the_certificate_ended_since(
    tmp_path: Path,
) -> None:
    """Judged by its own time, not by today's: else every stamp would end with a certificate."""
    kept = json.loads((Path(__file__).parent / "data" / "stamp_ended.json").read_text())
    (tmp_path / "root.pem").write_text(kept["root"])
    answer = base64.b64decode(kept["answer"])
    done = trust(tmp_path / "root.pem").check(answer, sha256(b"words").hexdigest())
    assert isinstance(done, Stamp)
    assert (done.at.isoformat(), done.authority) == (kept["at"], NAME)


def test_a_failing_service_is_no_failure_of_a_round_and_has_its_rest(
    stand: Stand, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    from clipper.cli.home import Home
    from clipper.cli.parts import assemble

    stand.archive.seal()
    stand.archive.close()
    service.way = "failing"
    home = Home(str(stand.folder / "sources.yaml"))
    for _ in range(2):
        with assemble(home, stand.store):
            pass
    assert len(service.asked) == 1
    err = capsys.readouterr().err
    assert err.count("The archive has no new time stamp: the service answered with status 500") == 1
    assert run(stand, "doctor") in (0, 1)
    assert (
        "time stamps: the latest could not be had: the service answered" in capsys.readouterr().out
    )
    service.way = "right"
    assert run(stand, "archive", "seal") == 0
    assert manifest.read(stand.pages).unstamped == ()


def test_without_a_service_nothing_is_stamped_or_said(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    with stand_in(folder) as stand:
        stand.clip("1", "Sold", LEAD)
        stand.archive.close()
        assert run(stand, "archive", "seal") == 0
        assert run(stand, "archive", "verify") == 0
        assert run(stand, "archive", "export", str(folder / "out.wacz")) == 0
        assert b"timeStamp" not in part(folder / "out.wacz", "datapackage-digest.json")


def test_a_file_that_was_sealed_meanwhile_has_the_stamp_thrown_away(
    tmp_path: Path, service: Service
) -> None:
    """A stamp over a line that is not the last any more has no place in the chain."""
    shelf = stocked(tmp_path / "warc")
    with shelf.archive() as archive:
        shelf.keep(archive, page(9, at=shelf.at))

        def slow(content: bytes) -> Stamp | Unstamped:
            archive.seal()
            return by(service)(content)

        assert archive.stamp(slow) == Unstamped("another file was sealed just then")
        assert manifest.read(shelf.folder).stamps == ()
        assert isinstance(archive.stamp(by(service)), Stamp)


def test_a_damaged_manifest_is_not_stamped(tmp_path: Path, service: Service) -> None:
    shelf = stocked(tmp_path / "warc")
    path = shelf.folder / manifest.FILE
    path.write_bytes(path.read_bytes().replace(b"sealed_at", b"sealed_by", 1))
    with Archive(shelf.folder, now=lambda: shelf.at, ids=uuid.uuid4) as archive:
        done = archive.stamp(by(service))
    assert isinstance(done, Unstamped)
    assert service.asked == []


def test_the_store_forgets_a_failure_once_it_went_well(stand: Stand, service: Service) -> None:
    from clipper import custody

    store: Store = stand.store
    stand.archive.seal()
    service.way = "failing"
    at = stand.archive._now()
    assert custody.stamp(store, stand.archive, by(service), at) is not None
    assert custody.stamp(store, stand.archive, by(service), at) is None
    assert len(service.asked) == 1
    service.way = "right"
    assert custody.stamp(store, stand.archive, by(service), at + custody.REST) is None
    assert custody.failure(store, at + custody.REST) is None
    assert len(service.asked) == 2


@pytest.mark.parametrize(
    ("told", "missing"),
    [("{service: 'https://stamps.example/tsr'}", "certificates"), ("{certificates: x.pem}", "service")],
)  # fmt: skip
def test_a_service_without_its_certificates_is_a_problem_of_the_config(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: str, missing: str
) -> None:
    with stand_in(tmp_path) as stand:
        config = tmp_path / "sources.yaml"
        config.write_text(config.read_text() + f"archive: {{time_stamps: {told}}}\n")
        assert run(stand, "check") == 1
    told_ = capsys.readouterr()
    assert f"{missing} is missing." in told_.out + told_.err
