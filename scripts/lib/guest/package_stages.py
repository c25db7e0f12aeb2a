"""The stages of scripts/package-test, inside the guest: what an administrator does, and what must come of it.

One stage a start of the guest; between two of them it was restarted in mid-run, or its power was cut.
"""

import hashlib
import json
import os
import pwd
import re
import shutil
import stat
import time
import urllib.parse
import urllib.request
from pathlib import Path

from guest.told import CUT, HOST, eventually, expect, judged, main, run, tell, Wrong
from rig.simulator import simulator

OPTIONS = json.loads((HOST / 'options.json').read_text())
EXPECTED = json.loads((HOST / 'expected.json').read_text())
ETC = Path('/etc/hyp3-mirror')
STATE = Path('/var/lib/hyp3-mirror')
LARGE = Path('/srv/archive')
TEXTFILES = Path('/var/lib/prometheus/node-exporter')
PORT = '8443'
# Slow enough for somebody to come in between.
SLOW = ['--bytes-per-second', '60000']


def serve(name: str, *options: str):
    """The simulator, its files on the host: they outlive this guest."""
    return simulator(HOST / name, '--port', PORT, *OPTIONS['catalogue'], *options)


def settle(service, name: str, archive: Path, **archive_options) -> None:
    """What an administrator writes: a project, a token, an authority."""
    shutil.copy(service.ca, ETC / 'authorities.pem')
    token = ETC / 'credentials' / 'token'
    token.write_text(service.token)
    token.chmod(0o600)
    about = service.configuration(*OPTIONS['suffixes'])
    about['archive'] = {'directory': str(archive), 'cacert': str(ETC / 'authorities.pem'),
                        'login_url': service.login, **archive_options}
    (ETC / f'{name}.json').write_text(json.dumps(about))


def property_of(unit: str, name: str) -> str:
    return run('systemctl', 'show', '--value', '-p', name, unit).stdout.strip()


def as_service(*command, status: int = 0):
    """Runs a command as the service's user, with the service's credentials, as the manual says."""
    return run('systemd-run', '--quiet', '--pipe', '--wait', '-p', 'User=hyp3-mirror',
               '-p', 'LoadCredential=earthdata:/etc/hyp3-mirror/credentials', *command, status=status, seconds=300)


def products(archive: Path) -> dict[str, Path]:
    """Files under final names, by path below the project."""
    project = archive / 'rig'
    return {str(path.relative_to(project)): path for path in project.rglob('*')
            if path.is_file() and '.hyp3-mirror' not in path.parts and path.name != 'SHA256SUMS'}


def look(archive: Path, what: str, is_whole: bool = True) -> None:
    """Nothing wrong under a final name; where `is_whole`, all of them there and in the lists."""
    found = products(archive)
    for path, file in found.items():
        if path not in EXPECTED:
            raise Wrong(f'{what}: {file} is no product')
        if hashlib.sha256(file.read_bytes()).hexdigest() != EXPECTED[path]['sha256']:
            raise Wrong(f'{what}: {file} has other bytes than its source')
    if is_whole and found.keys() != EXPECTED.keys():
        raise Wrong(f'{what}: {len(EXPECTED.keys() - found.keys())} products are missing')
    sums = archive / 'rig' / 'SHA256SUMS'
    if is_whole or (sums.exists() and sums.stat().st_size):
        run('sha256sum', '--check', '--quiet', '--strict', 'SHA256SUMS', cwd=archive / 'rig')
    if is_whole and len(sums.read_text().splitlines()) != len(EXPECTED):
        raise Wrong(f'{what}: SHA256SUMS does not have a line a product')
    judged(f'{what}: {len(found)} of {len(EXPECTED)} products are archived, each with its right bytes')


def finished(unit: str, seconds: float) -> str:
    """Waits until a oneshot unit is over; its `Result` and exit status."""
    eventually(lambda: property_of(unit, 'ActiveState') in ('inactive', 'failed'), seconds, f'{unit} is over', 2)
    return f'{property_of(unit, "Result")} {property_of(unit, "ExecMainStatus")}'


def log_of(unit: str) -> str:
    return run('journalctl', '--no-pager', '-n', '40', '-o', 'cat', '-u', unit).stdout


def install() -> None:
    """From nothing to an archive by the timer, and what watches it."""
    begun = time.monotonic()
    run('apt-get', 'install', '--yes', HOST / OPTIONS['package'], seconds=600,
        env={**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'})
    tell(f'      apt took {time.monotonic() - begun:.0f} s')
    judged('apt installs the package and what it depends on')
    service_user = pwd.getpwnam('hyp3-mirror')
    expect(service_user.pw_uid < 1000, 'a system user is made')
    expect(stat.S_IMODE((ETC / 'credentials').stat().st_mode) == 0o700, 'only root sees credentials')
    with serve('simulator-1') as service:
        # As the manual has it for a metrics file in the node exporter's directory.
        TEXTFILES.mkdir(parents=True, exist_ok=True)
        shutil.chown(TEXTFILES, group='hyp3-mirror')
        TEXTFILES.chmod(0o2775)
        settle(service, 'floods', STATE, metrics_file=str(TEXTFILES / 'hyp3-mirror.prom'))
        soon = Path('/etc/systemd/system/hyp3-mirror@floods.timer.d')
        soon.mkdir()
        (soon / 'soon.conf').write_text('[Timer]\nOnCalendar=\nOnActiveSec=1s\nAccuracySec=100ms\n'
                                        'RandomizedDelaySec=0\n')
        run('systemctl', 'daemon-reload')
        run('systemctl', 'enable', '--now', 'hyp3-mirror@floods.timer')
        unit = 'hyp3-mirror@floods.service'
        eventually(lambda: products(STATE) or property_of(unit, 'Result') != 'success', 300,
                   'a first product is archived', 1)
        tell(f'      from apt to the first archived product: {time.monotonic() - begun:.0f} s')
        result = finished(unit, 600)
        expect(result == 'success 0', 'the timer fires, and sync succeeds as the service user in its sandbox',
               f'{result}\n{log_of(unit)}')
        look(STATE, 'by the timer')
        owners = {path.stat().st_uid for path in products(STATE).values()}
        expect(owners == {service_user.pw_uid}, 'all of it is the service user\'s')
        run('systemctl', 'disable', '--now', 'hyp3-mirror@floods.timer')

        doctor = as_service('/usr/bin/hyp3-mirror', 'doctor', ETC / 'floods.json')
        expect('cannot' not in doctor.stdout, 'doctor finds nothing in the way', doctor.stdout)
        report = as_service('/usr/bin/hyp3-mirror', 'report', ETC / 'floods.json')
        expect(str(len(EXPECTED)) in report.stdout, 'report tells of the archive', report.stdout)
        tell('      ' + report.stdout.splitlines()[0])
        observe()
        sandbox(service)
        pages()

        # Two more, elsewhere: one that the unit allows, restarted in its midst.
    with serve('simulator-2', *SLOW) as service:
        LARGE.mkdir()
        shutil.chown(LARGE, 'hyp3-mirror', 'hyp3-mirror')
        settle(service, 'large', LARGE)
        run('systemctl', 'start', '--no-block', 'hyp3-mirror@large.service')
        interrupt('hyp3-mirror@large.service')
        run('systemctl', 'stop', 'hyp3-mirror@large.service')
        result = finished('hyp3-mirror@large.service', 60)
        said = log_of('hyp3-mirror@large.service')
        # systemd forgets the status of a unit of a template that has not failed.
        expect(result.startswith('success ') and 'exit=143' in said, 'a service that is stopped has not failed',
               f'{result}\n{said}')
        look(LARGE, 'after a stop in mid-run', is_whole=False)
        run('systemctl', 'start', '--no-block', 'hyp3-mirror@large.service')
        interrupt('hyp3-mirror@large.service')
        remember()
        (HOST / 'rebooting').touch()
        run('systemctl', 'reboot', '--no-block')
        time.sleep(600)


def observe() -> None:
    """The metrics, as a Prometheus gets them."""
    unit = 'prometheus-node-exporter.service'
    run('systemctl', 'unmask', unit)
    run('systemctl', 'start', unit)

    def metrics() -> str:
        try:
            with urllib.request.urlopen('http://127.0.0.1:9100/metrics', timeout=30) as answer:
                return answer.read().decode()
        except OSError:
            return ''

    served = eventually(metrics, 120, 'node-exporter answers')
    written = [line for line in (TEXTFILES / 'hyp3-mirror.prom').read_text().splitlines() if not line.startswith('#')]
    names = {re.match(r'\w+', line)[0] for line in written}
    missing = [name for name in names if not re.search(rf'^{name}\b', served, re.MULTILINE)]
    expect(len(names) > 5 and not missing, f'node-exporter serves the {len(names)} metrics of the run', str(missing))
    expect(re.search(r'^node_textfile_scrape_error 0$', served, re.MULTILINE) is not None, 'and without an error')
    run('systemctl', 'stop', unit)


def sandbox(service) -> None:
    """What systemd thinks of the unit, and that the sandbox is one."""
    units = ['/lib/systemd/system/hyp3-mirror@.service', '/lib/systemd/system/hyp3-mirror@.timer']
    done = run('systemd-analyze', 'verify', '--man=no', *units)
    said = [line for line in (done.stdout + done.stderr).splitlines() if 'hyp3' in line]
    expect(not said, 'systemd-analyze verify has nothing to say', '\n'.join(said))
    security = run('systemd-analyze', 'security', '--no-pager', 'hyp3-mirror@floods.service').stdout
    score = re.search(r'exposure level.*?: ([0-9.]+) (\w+)', security)
    expect(score is not None and float(score[1]) <= 2.0, f'systemd-analyze security: {score and score[0]}', security)
    elsewhere = Path('/opt/archive')
    elsewhere.mkdir(parents=True)
    elsewhere.chmod(0o777)
    settle(service, 'elsewhere', elsewhere)
    unit = 'hyp3-mirror@elsewhere.service'
    run('systemctl', 'start', unit, status=None)
    result = finished(unit, 120)
    expect(result == 'exit-code 74' and not list(elsewhere.iterdir()),
           'an archive outside of what the unit allows is refused with status 74', f'{result}\n{log_of(unit)}')
    said = log_of(unit)
    expect('ReadWritePaths' in said, 'and the cure is said', said)


def pages() -> None:
    for page in ('man1/hyp3-mirror.1.gz', 'man5/hyp3-mirror.5.gz'):
        expect(Path('/usr/share/man', page).is_file(), f'the manual has {page}')


def partial_bytes() -> int:
    place = LARGE / 'rig' / '.hyp3-mirror' / 'partial'
    total = 0
    for path in place.rglob('*') if place.exists() else []:
        try:
            total += path.stat().st_blocks * 512
        except FileNotFoundError:
            pass
    return total


def interrupt(unit: str) -> None:
    """Waits until a run is in its midst."""
    was = len(products(LARGE))
    eventually(lambda: (len(products(LARGE)) > was and partial_bytes() > 1_000_000)
               or property_of(unit, 'ActiveState') != 'activating', 300, f'{unit} is in its midst', 0.5)
    expect(property_of(unit, 'ActiveState') == 'activating',
           f'{unit} is in its midst: {len(products(LARGE))} products archived, '
           f'{partial_bytes() / 1e6:.1f} MB on the way', log_of(unit))


def remember() -> None:
    (HOST / 'archived-before.json').write_text(json.dumps(sorted(products(LARGE))))


def resumed(service, how: str, seconds: float = 900) -> None:
    """A run to the end: only what was not there before is fetched, and less of it than all."""
    before = json.loads((HOST / 'archived-before.json').read_text())
    gone = set(before) - products(LARGE).keys()
    expect(not gone, f'what was archived before {how} is there after it', str(gone))
    look(LARGE, f'after {how}', is_whole=False)
    missing = sum(about['size'] for path, about in EXPECTED.items() if path not in products(LARGE))
    kept = partial_bytes()
    run('systemctl', 'start', 'hyp3-mirror@large.service', seconds=seconds, status=None)
    result = finished('hyp3-mirror@large.service', 60)
    expect(result == 'success 0', f'a run after {how} succeeds', f'{result}\n{log_of("hyp3-mirror@large.service")}')
    look(LARGE, f'after {how} and a run')
    names = {Path(path).name for path in EXPECTED}
    fetched = sum(request['bodyBytes'] for request in service.requests() if request['method'] == 'GET'
                  and urllib.parse.unquote(request['target'].split('?')[0]).rsplit('/', 1)[-1] in names)
    expect(fetched <= missing - kept // 4,
           f'it fetched {fetched / 1e6:.1f} MB, of {missing / 1e6:.1f} MB that were not archived '
           f'({kept / 1e6:.1f} MB were on the way)')


def restarted() -> None:
    """After a restart in mid-run: ended by the power."""
    with serve('simulator-3', *SLOW) as service:
        settle(service, 'large', LARGE)
        look(LARGE, 'after a restart in mid-run', is_whole=False)
        before = json.loads((HOST / 'archived-before.json').read_text())
        expect(set(before) <= products(LARGE).keys(), 'what was archived before the restart is there after it')
        run('systemctl', 'start', '--no-block', 'hyp3-mirror@large.service')
        interrupt('hyp3-mirror@large.service')
        # What is kept is kept a second at a time.
        remember()
        time.sleep(3)
        tell(CUT)
        time.sleep(600)


def upgraded() -> None:
    """After the power cut: a run to the end, an upgrade, a purge."""
    with serve('simulator-4') as service:
        settle(service, 'large', LARGE)
        resumed(service, 'a power cut in mid-run')
    conffile = ETC / 'example.json'
    mine = conffile.read_text() + '// mine\n'
    conffile.write_text(mine)
    environment = {**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'}
    for package, keeps in (('same', []), ('other', ['-o', 'Dpkg::Options::=--force-confold'])):
        run('apt-get', 'install', '--yes', *keeps, HOST / OPTIONS[package], seconds=300, env=environment)
        expect(conffile.read_text() == mine, f'an upgrade keeps a changed conffile ({package} one in the new package)')
    expect((ETC / 'example.json.dpkg-dist').is_file(), 'and leaves the new one beside it')
    look(LARGE, 'after upgrades')
    before = snapshot()
    run('apt-get', 'purge', '--yes', 'hyp3-mirror', seconds=300, env=environment)
    expect(snapshot() == before, f'purge leaves the archives alone ({len(before)} files)')
    expect(not (ETC / 'credentials').exists() and not conffile.exists(), 'purge removes credentials and conffile')
    expect((ETC / 'floods.json').is_file(), 'and not what the administrator wrote')
    expect(not Path('/usr/bin/hyp3-mirror').exists(), 'the program is gone')
    look(STATE, 'after the purge')


def snapshot() -> dict:
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for place in (STATE, LARGE)
            for path in place.rglob('*') if path.is_file()}


def stage(name: str) -> None:
    {'install': install, 'restarted': restarted, 'upgraded': upgraded}[name]()


if __name__ == '__main__':
    main(stage)
