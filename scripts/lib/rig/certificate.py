"""A certificate authority of the run's own, and one server certificate from it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_CONFIGURATION = """\
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {alternatives}
"""


@dataclass(frozen=True)
class Certificate:
    """PEM files: `authority` is what clients trust; `chain` and `key` are the server's."""

    authority: Path
    chain: Path
    key: Path


def make_certificate(directory: Path, names: list[str], addresses: list[str]) -> Certificate:
    """Makes the authority and a server certificate (P-256, 30 days) for the names and addresses, in `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    alternatives = ', '.join([f'DNS:{name}' for name in names] + [f'IP:{address}' for address in addresses])
    key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    authority, authority_key = directory / 'authority.pem', directory / 'authority.key'
    for_authority, for_server = directory / 'authority.cnf', directory / 'server.cnf'
    for_authority.write_text(_CONFIGURATION.format(name='hyp3-mirror rig authority', alternatives='DNS:unused'))
    for_server.write_text(_CONFIGURATION.format(name=(names + addresses)[0], alternatives=alternatives))
    _openssl('req', '-x509', '-config', for_authority, '-extensions', 'authority', '-days', '30', *key,
             '-keyout', authority_key, '-out', authority)
    request, server, server_key = directory / 'server.csr', directory / 'server.pem', directory / 'server.key'
    _openssl('req', '-new', '-config', for_server, *key, '-keyout', server_key, '-out', request)
    _openssl('x509', '-req', '-in', request, '-CA', authority, '-CAkey', authority_key, '-CAcreateserial',
             '-days', '30', '-extfile', for_server, '-extensions', 'server', '-out', server)
    return Certificate(authority, server, server_key)


def _openssl(*arguments) -> None:
    subprocess.run(['openssl', *map(str, arguments)], check=True, capture_output=True)
