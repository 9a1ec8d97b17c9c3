"""Content credentials: files signed with a chain of certificates that is made here, and read back."""

import datetime
import json
from pathlib import Path

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.made_jobs import digest, make
from tests.running import run
from vs_lipsync.errors import JobError
from vs_lipsync.media.sign import Signature

USES = """
    digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign
    encipher_only decipher_only
"""


def certificate(
    subject: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey, **uses: bool
) -> x509.CertificateBuilder:
    def name(common: str) -> x509.Name:
        parts = ((NameOID.ORGANIZATION_NAME, "Test"), (NameOID.COMMON_NAME, common))
        return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts])

    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    builder = x509.CertificateBuilder(name("authority"), name(subject), key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - day).not_valid_after(now + 9 * day)
    builder = builder.add_extension(x509.BasicConstraints(subject == "authority", None), critical=True)
    builder = builder.add_extension(x509.KeyUsage(**(dict.fromkeys(USES.split(), False) | uses)), critical=True)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return builder.add_extension(authority, critical=False)


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate chain and its private key, as PEM."""
    folder = tmp_path_factory.mktemp("credentials")
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = certificate("authority", authority_key, authority_key, key_cert_sign=True)
    signer = certificate("signer", key, authority_key, digital_signature=True).add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
    )
    signed = [part.sign(authority_key, hashes.SHA256()) for part in (signer, authority)]
    chain = b"".join(part.public_bytes(serialization.Encoding.PEM) for part in signed)
    (folder / "chain.pem").write_bytes(chain)
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    return folder / "chain.pem", folder / "key.pem"


@pytest.mark.usefixtures("home")
def test_signed_file(credentials: tuple[Path, Path], footage: Path, voice: Path, tmp_path: Path) -> None:
    signed, plain = tmp_path / "signed.mp4", tmp_path / "plain.mp4"
    make(footage, voice, signed, stop=50, signature=Signature(*credentials))
    make(footage, voice, plain, stop=50)
    assert digest(signed) == digest(plain)
    with signed.open("rb") as file:
        reader = c2pa.Reader("video/mp4", file)
        failures = [failure["code"] for failure in reader.get_validation_results()["activeManifest"]["failure"]]
        manifest = reader.get_active_manifest()
    assert failures == ["signingCredential.untrusted"]  # nobody knows the authority; all else is right
    assert manifest["signature_info"]["common_name"] == "signer"
    assert [part["title"] for part in manifest["ingredients"]] == [footage.name]
    (actions,) = (
        part["data"]["actions"] for part in manifest["assertions"] if part["label"].startswith("c2pa.actions")
    )
    assert [action["action"] for action in actions] == ["c2pa.opened", "c2pa.edited"]
    assert json.loads(actions[1]["parameters"]["vs-lipsync"])["range_count"] == 6
    assert {item.name for item in tmp_path.iterdir()} == {"signed.mp4", "plain.mp4"}


def test_changed_file_is_found_out(credentials: tuple[Path, Path], footage: Path, voice: Path, tmp_path: Path) -> None:
    signed = tmp_path / "signed.mp4"
    make(footage, voice, signed, stop=10, signature=Signature(*credentials))
    data = bytearray(signed.read_bytes())
    data[-100] ^= 1
    signed.write_bytes(data)
    with signed.open("rb") as file:
        found = c2pa.Reader("video/mp4", file).get_validation_results()["activeManifest"]["failure"]
    assert "assertion.bmffHash.mismatch" in [failure["code"] for failure in found]


def test_keys_that_cannot_sign(credentials: tuple[Path, Path], tmp_path: Path) -> None:
    chain, key = credentials
    with pytest.raises(JobError, match="cannot sign with"):
        Signature(chain, chain)
    (tmp_path / "empty.pem").write_text("")
    with pytest.raises(JobError, match="cannot sign with"):
        Signature(tmp_path / "empty.pem", key)
    signer, authority = chain.read_text().split("-----END CERTIFICATE-----\n")[:2]
    (tmp_path / "turned.pem").write_text(f"{authority}-----END CERTIFICATE-----\n{signer}-----END CERTIFICATE-----\n")
    with pytest.raises(JobError, match="another key"):
        Signature(tmp_path / "turned.pem", key)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-o", "o.mp4", "--sign-cert", "CHAIN"], "belong together"),
        (["-o", "o.mkv", "--sign-cert", "CHAIN", "--sign-key", "KEY"], "can be signed"),
        (["-o", "o.mp4", "--sign-cert", "CHAIN", "--sign-key", "KEY", "--no-provenance"], "nothing to sign"),
    ],
)
def test_bad_use(
    options: list[str],
    said: str,
    credentials: tuple[Path, Path],
    footage: Path,
    voice: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    named = {"CHAIN": str(credentials[0]), "KEY": str(credentials[1])}
    done = run("dub", footage, "-a", voice, *(named.get(option, option) for option in options))
    assert done.returncode == 2 and said in done.stderr
