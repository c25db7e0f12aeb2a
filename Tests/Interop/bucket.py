"""A bucket in moto's S3, behind a TLS front that also answers `GET /jobs`."""

import json
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from moto.server import ThreadedMotoServer

from rig.jobs import job
from rig.nginx import nginx

MiB = 1024 ** 2
NAME = 'interop'


@dataclass(frozen=True)
class Bucket:
    """`host` is the API's URL; what is uploaded under `{stem}{suffix}` belongs to the job of that stem."""

    client: object
    name: str
    host: str
    jobs: Path

    @property
    def base(self) -> str:
        return f'{self.host}/{self.name}/products'

    def upload(self, path: Path, part: int = 8 * MiB) -> str:
        """Uploads as HyP3 does, in parts of `part` bytes from that size on; gives the ETag."""
        transfer = TransferConfig(multipart_threshold=part, multipart_chunksize=part)
        key = f'products/{path.name}'
        self.client.upload_file(str(path), self.name, key, Config=transfer)
        return self.client.head_object(Bucket=self.name, Key=key)['ETag'].strip('"')

    def list_jobs(self, stems: list[str]) -> None:
        self.jobs.write_text(json.dumps({'jobs': [job(s, i, self.base, name=NAME) for i, s in enumerate(stems)]}))

    def configuration(self, *suffixes: str) -> dict:
        return {'project_name': NAME, 'host': self.host, 'transfer_spec': {'extensions': list(suffixes)}}


@contextmanager
def make_bucket(directory: Path, certificate):
    server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        client = boto3.client(
            's3', endpoint_url=f'http://127.0.0.1:{port}', region_name='us-west-2', aws_access_key_id='rig',
            aws_secret_access_key='rig',
            # moto names a composite checksum as if it were one of the whole object: send none.
            config=Config(request_checksum_calculation='when_required', s3={'addressing_style': 'path'}),
        )
        # moto's buckets are those of the process, whichever server they were made through.
        name = f'hyp3-contentbucket-{uuid.uuid4().hex[:12]}'
        client.create_bucket(Bucket=name, CreateBucketConfiguration={'LocationConstraint': 'us-west-2'})
        everyone = [{'Effect': 'Allow', 'Principal': '*', 'Action': action, 'Resource': f'arn:aws:s3:::{resource}'}
                    for action, resource in (('s3:GetObject', f'{name}/*'), ('s3:ListBucket', name))]
        client.put_bucket_policy(Bucket=name, Policy=json.dumps({'Version': '2012-10-17', 'Statement': everyone}))
        jobs = directory / 'jobs.json'
        front = f"""
        location = /jobs {{ default_type application/json; alias {jobs}; }}
        location / {{ proxy_pass http://127.0.0.1:{port}; proxy_http_version 1.1; proxy_buffering off;
                     proxy_set_header Host localhost; }}"""
        with nginx(directory / 'front', certificate, server=front) as front_port:
            yield Bucket(client, name, f'https://localhost:{front_port}', jobs)
    finally:
        server.stop()
