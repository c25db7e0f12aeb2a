"""An nginx of the run's own: its own prefix, its own port, ended by its own process id."""

import getpass
import os
from contextlib import contextmanager
from pathlib import Path

from rig.certificate import Certificate
from rig.process import RigError, free_port, in_namespace, start, stop, tail

_CONFIGURATION = """\
daemon off;
user {user};
worker_processes {workers};
worker_rlimit_nofile 16384;
pid {prefix}/nginx.pid;
error_log {prefix}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    access_log {access_log};
    client_body_temp_path {prefix}/body;
    proxy_temp_path {prefix}/proxy;
    fastcgi_temp_path {prefix}/fastcgi;
    uwsgi_temp_path {prefix}/uwsgi;
    scgi_temp_path {prefix}/scgi;
    default_type application/octet-stream;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 65s;
    keepalive_requests 100000;
    open_file_cache max=8192 inactive=10m;
    map_hash_max_size 65536;
    map_hash_bucket_size 256;
    etag off;
    ssl_session_cache shared:sessions:8m;
{http}
    server {{
        listen {address}:{port} ssl backlog=4096;
        ssl_certificate {chain};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.2 TLSv1.3;
{server}
    }}
}}
"""


@contextmanager
def nginx(
    prefix: Path,
    certificate: Certificate,
    *,
    http: str = '',
    server: str,
    address: str = '127.0.0.1',
    port: int | None = None,
    namespace: str | None = None,
    workers: int = 2,
    access_log: str = 'off',
):
    """Runs nginx with TLS 1.2 and 1.3, HTTP/1.1 and keep-alive; gives its port.

    `server` and `http` are configuration text in which `{port}` stands for the port. nginx's own ETags are off: they
    are not MD5s, as a bucket's are. `access_log` is a path, or `path format` with a format that `http` declares.
    """
    prefix.mkdir(parents=True, exist_ok=True)
    for attempt in range(5):
        chosen = port or free_port('0.0.0.0' if namespace else address)
        configuration = prefix / 'nginx.conf'
        configuration.write_text(_CONFIGURATION.format(
            user=getpass.getuser(), workers=workers, prefix=prefix, address=address, port=chosen,
            chain=certificate.chain, key=certificate.key, access_log=access_log,
            http=http.replace('{port}', str(chosen)), server=server.replace('{port}', str(chosen)),
        ))
        pid_file = prefix / 'nginx.pid'
        pid_file.unlink(missing_ok=True)
        log = prefix / 'error.log'
        log.write_text('')
        command = ['nginx', '-p', str(prefix), '-c', str(configuration), '-e', str(log)]
        try:
            running = start(in_namespace(namespace, command), log, pid_file.exists, env={**os.environ, 'LC_ALL': 'C'})
            break
        except RigError:
            if port is not None or 'Address already in use' not in tail(log, 4000) or attempt == 4:
                raise
    try:
        yield chosen
    finally:
        stop(running)
