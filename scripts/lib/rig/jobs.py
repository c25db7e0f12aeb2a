"""The answer of `GET /jobs` for product files that lie in a directory."""

import uuid
from datetime import datetime, timedelta, timezone

# Any three base64url parts look like a token; its payload says that it expires in the year 2100.
TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJ1cmlkIjoicmlnIiwiZXhwIjo0MTAyNDQ0ODAwfQ.cmln'


def job(stem: str, index: int, base: str, *, name: str, job_type: str = 'RTC_GAMMA', size: int = 1024) -> dict:
    """One finished job whose products' URLs are `{base}/{stem}{suffix}`."""
    requested = datetime(2026, 1, 1, tzinfo=timezone.utc) - timedelta(seconds=60 * index)
    job_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f'{name}/{stem}'))
    return {
        'job_id': job_id,
        'user_id': 'rig',
        'job_type': job_type,
        'job_parameters': {'granules': ['S1A_IW_GRDH_1SDV_20230520T001530_20230520T001555_048616_05D8EF_0001'],
                           'resolution': 30.0},
        'name': name,
        'status_code': 'SUCCEEDED',
        'request_time': requested.isoformat(timespec='seconds'),
        'execution_started': True,
        'expiration_time': '2120-10-21T00:00:00+00:00',
        'processing_times': [1.0],
        'credit_cost': 1,
        'priority': 1,
        'logs': [],
        'browse_images': [],
        'thumbnail_images': [],
        'files': [{'filename': f'{stem}.zip', 'size': size, 'url': f'{base}/{stem}.zip'}],
    }
