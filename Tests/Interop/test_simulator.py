"""The command against the simulator, judged by programs made by others."""

import json
import re
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import hyp3_sdk
import hyp3_sdk.util
import pytest
import requests

from geotiff import describe
from rig.simulator import simulator

SUFFIXES = ['.zip', '_VV.tif', '_VH.tif', '_rgb.tif', '_dem.tif', '_WM.tif', '_WM_HAND.tif', '_WM.zip',
            '_FM_{flood_depth_estimator}_WaterDepth.tif', '_FM_{flood_depth_estimator}_FloodMask.tif']

@pytest.fixture
def official_client(monkeypatch):
    """Makes hyp3_sdk's client for a simulator, logged in with user and password."""
    resolve = socket.getaddrinfo

    def loopback(host, *arguments, **options):
        # The system may know no name below localhost but localhost itself.
        return resolve('127.0.0.1' if str(host).endswith('.localhost') else host, *arguments, **options)

    def make(service):
        monkeypatch.setattr(socket, 'getaddrinfo', loopback)
        monkeypatch.setattr(hyp3_sdk.util, 'AUTH_URL', service.login)
        monkeypatch.setenv('REQUESTS_CA_BUNDLE', service.ca)
        return hyp3_sdk.HyP3(service.api, service.username, service.password)

    return make


def trusting(mirror, service):
    """The command with an archive of the test's own, the simulator's authority and its token."""
    return type(mirror)(mirror.executable, mirror.directory, Path(service.ca), {'EARTHDATA_TOKEN': service.token})


def notebook(client, service, directory: Path) -> list[Path]:
    """Downloads products as notebooks do: one after the other, straight to their names, with HyP3's own function."""
    made = []
    for job in client.find_jobs(name=service.project):
        for file in job.files or []:
            path = directory / file['filename']
            try:
                hyp3_sdk.util.download_file(file['url'], path, retries=0)
            except requests.HTTPError:
                # What HyP3 has deleted: the notebook goes on.
                path.unlink(missing_ok=True)
                continue
            made.append(path)
    return made


def products(mirror, service) -> list[Path]:
    project = mirror.archive / service.project
    return [path for path in project.rglob('*')
            if path.is_file() and '.hyp3-mirror' not in path.parts and path.name != 'SHA256SUMS']


def asked_of_products(requests: list[dict]) -> list[dict]:
    """Requests for objects (not for listings) of the bucket."""
    return [request for request in requests if re.search(r'\.(tif|zip|nc)$', urlsplit(request['target']).path)]


@pytest.mark.parametrize('window', [
    {},
    {'start': '2026-01-10T00:00:00Z'},
    {'end': '2026-01-20T12:30:00Z'},
    {'start': '2026-01-05T06:00:00Z', 'end': '2026-01-25T18:00:00Z'},
    {'start': '2020-01-01T00:00:00Z', 'end': '2020-02-01T00:00:00Z'},
], ids=lambda window: '-'.join(window) + window.get('start', '')[:4])
def test_the_official_client_finds_the_jobs_of_our_plan(mirror, tmp_path, official_client, window):
    now = '1769904000'  # 2026-02-01T00:00:00Z
    options = ['--jobs', '1200', '--now', now, '--raster-size', '64', '--name', 'another']
    with simulator(tmp_path / 'simulator', *options, project='floods') as service:
        theirs = [job.job_id for job in official_client(service).find_jobs(name='floods', **window)]

        words = [word for name, instant in window.items() for word in (f'--{name}', instant)]
        done = trusting(mirror, service)('plan', service.configuration('_VV.tif'), '--format', 'json', *words)

    assert done.status == 0, done
    rows = done.lines()
    ours = [row['job_id'] for row in rows]
    assert len(ours) == len(set(ours)), 'one suffix, so one row a job'
    assert sorted(ours) == sorted(theirs)
    assert bool(theirs) == (window.get('start') != '2020-01-01T00:00:00Z')


def test_password_login_as_the_official_client_does_it(mirror, tmp_path, official_client):
    with simulator(tmp_path / 'simulator', '--demo', project='floods') as service:
        theirs = {job.job_id for job in official_client(service).find_jobs(name='floods')}
        with_password = type(mirror)(mirror.executable, mirror.directory, Path(service.ca), {
            'EARTHDATA_USERNAME': service.username, 'EARTHDATA_PASSWORD': service.password})
        done = with_password('plan', service.configuration('_VV.tif'), '--format', 'json',
                             '--login-url', service.login)
    assert done.status == 0, done
    assert {row['job_id'] for row in done.lines()} == theirs != set()


def test_other_programs_open_what_was_mirrored_and_a_second_run_fetches_nothing(mirror, tmp_path):
    with simulator(tmp_path / 'simulator', '--demo', project='floods') as service:
        ours = trusting(mirror, service)
        first = ours('sync', service.configuration(*SUFFIXES))
        assert first.status == 0, first
        before = len(service.requests())
        names = {path: path.stat().st_mtime_ns for path in products(ours, service)}
        second = ours('sync', service.configuration(*SUFFIXES))
        requests = service.requests()
        after = asked_of_products(requests[before:])

    tiffs = [path for path in names if path.suffix == '.tif']
    zips = [path for path in names if path.suffix == '.zip']
    assert len(tiffs) >= 30 and len(zips) >= 8, first
    for path in tiffs:
        said = describe(path)
        assert 'Coordinate System is' in said and re.search(r'ID\["EPSG",\d+\]', said), said
        assert 'Origin = (' in said, said
    for path in zips:
        subprocess.run(['unzip', '-tqq', path], check=True)
    project = ours.archive / service.project
    subprocess.run(['sha256sum', '--check', '--quiet', '--strict', 'SHA256SUMS'], cwd=project, check=True)
    assert len((project / 'SHA256SUMS').read_text().splitlines()) == len(names)

    assert second.status == 0, second
    # What does not exist may be asked for again; what is archived may not.
    assert not [request['target'] for request in after if request['status'] in (200, 206)]
    assert {path: path.stat().st_mtime_ns for path in products(ours, service)} == names


def test_an_archive_that_a_notebook_made_is_adopted_and_its_half_file_named(mirror, tmp_path, official_client):
    with simulator(tmp_path / 'simulator', '--demo', project='floods') as service:
        ours = trusting(mirror, service)
        project = ours.archive / service.project
        project.mkdir(parents=True)
        files = sorted(set(notebook(official_client(service), service, project)))
        assert len(files) >= 8, files
        whole = files[2].read_bytes()
        # The notebook was closed in the middle of this one.
        files[2].write_bytes(whole[:len(whole) // 3])

        report = tmp_path / 'verify.json'
        configuration = service.configuration('.zip', '_WM.zip', '_FM.zip')
        adopted = ours('verify', configuration, '--adopt', '--report', str(report))
        assert adopted.status == 65, adopted
        said = json.loads(report.read_text())
        assert said['schema'] == 1 and said['adopted'] == len(files) - 1, adopted
        assert [(row['path'], row['finding']) for row in said['rows']] == [(files[2].name, 'half')]
        manifest = (project / '.hyp3-mirror/manifest.jsonl').read_text().splitlines()
        assert all('etag' in json.loads(line)['check'] for line in manifest)

        mended = ours('verify', configuration, '--adopt', '--repair')
        assert mended.status == 0, mended
        assert files[2].read_bytes() == whole
        last = ours('verify', configuration, EARTHDATA_TOKEN='')
        assert last.status == 0 and f'{len(files)} of {len(files)} files verified' in last.results, last
    subprocess.run(['sha256sum', '--check', '--quiet', '--strict', 'SHA256SUMS'], cwd=project, check=True)


@pytest.mark.parametrize('redirect', [None, 'otherHost', 'loginHost'])
@pytest.mark.parametrize('login', ['token', 'password'])
def test_no_credential_reaches_a_product_host(mirror, tmp_path, login, redirect):
    faults = [{'target': 'object', 'match': '*_VV.tif', 'first': 1, 'effect': {'redirect': {'to': redirect}}}]
    with simulator(tmp_path / 'simulator', '--demo', project='floods', faults=faults if redirect else []) as service:
        credentials = {'EARTHDATA_TOKEN': service.token}
        if login == 'password':
            credentials = {'EARTHDATA_USERNAME': service.username, 'EARTHDATA_PASSWORD': service.password}
        ours = type(mirror)(mirror.executable, mirror.directory, Path(service.ca), credentials)
        done = ours('sync', service.configuration('_VV.tif', '.zip'), '--login-url', service.login)
        requests = service.requests()

    assert done.status in (0, 1), done
    assert done.status == 0 or redirect, done
    api, login_host = urlsplit(service.api).hostname, urlsplit(service.login).hostname
    carried = [request for request in requests if {'authorization', 'cookie'} & request['headers'].keys()]
    assert carried, 'the job list asks for credentials'
    for request in carried:
        path = urlsplit(request['target']).path
        to_api = request['host'] == api and path in ('/jobs', '/login', '/')
        to_login = request['host'] == login_host and path == '/oauth/authorize'
        assert to_api or to_login, request
        assert request['isSecure'], request
    assert len(asked_of_products(requests)) >= 10
    if redirect:
        assert any('redirect' in fault for request in requests for fault in request['faults'])
    secrets = [service.token, service.password]
    assert not any(secret in done.said + done.results for secret in secrets)
