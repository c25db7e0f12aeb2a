"""sample_records.py KIND DIRECTORY: the records of an archive as runs leave them, to report on; prints its configuration.

KIND is well, losses, empty or large (100,000 jobs, two products each). Nothing but records: `report` reads no product.
"""

import datetime
import json
import pathlib
import random
import sys

HOST = "https://hyp3-watermap.asf.alaska.edu"
SUFFIXES = ["_VV.tif", "_VH.tif", "_WM.tif", "_WM_HAND.tif", "_FM_{flood_depth_estimator}_WaterDepth.tif"]
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
HOUR = datetime.timedelta(hours=1)
DAY = 24 * HOUR


def text(time: datetime.datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Records:
    """The records of one project."""

    def __init__(self, directory: pathlib.Path, name: str, suffixes: list[str]):
        self.root, self.name, self.suffixes = directory / name, name, suffixes
        self.state = self.root / ".hyp3-mirror"
        self.state.mkdir(parents=True)
        self.random = random.Random(name)
        self.manifest = (self.state / "manifest.jsonl").open("w")
        self.open, self.absent, self.runs = [], [], []
        self.counts: dict[str, int] = {}

    def job(self, acquired: datetime.datetime) -> dict:
        requested = acquired + DAY + self.random.random() * 10 * HOUR
        made = requested + HOUR * self.random.lognormvariate(0.6, 0.7)
        expires = (made + 15 * DAY).replace(hour=0, minute=0, second=0)
        number = f"{self.random.getrandbits(128):032x}"
        stem = f"S1A_IW_{acquired:%Y%m%dT%H%M%S}_DVP_RTC30_G_gpuned_{self.random.getrandbits(16):04X}"
        identity = "-".join([number[:8], number[8:12], number[12:16], number[16:20], number[20:]])
        return {"job_id": identity, "job_type": "WATER_MAP", "job_name": self.name, "requested": text(requested),
                "expires": text(expires), "job_parameters": {"flood_depth_estimator": "iterative", "resolution": 30,
                                                             "granules": [f"S1A_IW_GRDH_1SDV_{acquired:%Y%m%dT%H%M%S}"]},
                "made": made, "stem": stem}

    def product(self, job: dict, template: str, state: str, reason: str = "") -> None:
        self.counts[state] = self.counts.get(state, 0) + 1
        suffix = template.replace("{flood_depth_estimator}", "iterative")
        told = {key: value for key, value in job.items() if key not in ("made", "stem")}
        told |= {"file": job["stem"] + suffix, "suffix": suffix}
        if state == "present":
            archived = job["made"] + HOUR * self.random.lognormvariate(-0.2, 0.8)
            if archived > NOW:
                archived = NOW - HOUR / 4
            del told["suffix"]
            told |= {"schema": 1, "path": told.pop("file"), "size": self.random.randint(2_000_000, 90_000_000),
                     "sha256": f"{self.random.getrandbits(256):064x}", "etag": f'"{self.random.getrandbits(128):032x}"',
                     "url": f"https://bucket.s3.us-west-2.amazonaws.com/{job['job_id']}/{job['stem']}{suffix}",
                     "check": "multipart-etag", "archived": text(archived)}
            if job["made"] > NOW - 90 * DAY:
                told["published"] = text(job["made"])
            self.manifest.write(json.dumps(told, sort_keys=True) + "\n")
        elif state == "lost":
            found = NOW - self.random.random() * 3 * DAY
            told |= {"schema": 1, "state": "lost", "asked": 0, "first": text(found), "last": text(found)}
            self.absent.append(told)
        else:
            self.open.append(told | {"state": state, "reason": reason})

    def failed(self, job: dict) -> None:
        told = {key: value for key, value in job.items() if key not in ("made", "stem", "expires")}
        self.open.append(told | {"file": "", "state": "failed", "reason": "the job failed"})

    def run(self, started: datetime.datetime, code: int) -> None:
        self.runs.append({"schema": 1, "started": text(started), "ended": text(started + HOUR * self.random.uniform(.03, .4)),
                          "exit": code, "complete": code == 0, "planned": code in (0, 1), "full": True,
                          "query": f"{HOST}\t{self.name}\t\t\t\t", "suffixes": {s: text(started) for s in self.suffixes},
                          "bytes_fetched": self.random.randint(0, 6_000_000_000) if code in (0, 1) else 0})

    def close(self, jobs: int) -> None:
        self.manifest.close()
        header = {"schema": 1, "as_of": self.runs[-1]["started"], "ended": self.runs[-1]["ended"],
                  "query": self.runs[-1]["query"], "jobs": jobs, "unreadable_jobs": 0, "products": self.counts,
                  "dropped": max(0, len(self.open) - 20_000)}
        for name, lines in (("open", [header, *self.open[:20_000]]), ("absent", self.absent), ("runs", self.runs)):
            (self.state / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    def configuration(self) -> dict:
        return {"project_name": self.name, "host": HOST, "transfer_spec": {"extensions": self.suffixes}}


def well(records: Records) -> int:
    for number in range(240):
        acquired = NOW - DAY * (3 + number * 1.35) - HOUR * records.random.randint(0, 20)
        for _ in range(2 if number % 5 else 4):
            job = records.job(acquired + HOUR * records.random.random())
            for suffix in records.suffixes:
                records.product(job, suffix, "present")
    for hours in range(120, 0, -1):
        records.run(NOW - HOUR * (hours - 0.6), 0)
    return 500


def losses(records: Records) -> int:
    refusal = "https://hyp3-watermap-contentbucket.s3.us-west-2.amazonaws.com/x/y.tif: status 503 (SlowDown)"
    for number in range(260):
        age = 1.5 + number * 0.8
        job = records.job(NOW - DAY * age - HOUR * records.random.randint(0, 20))
        for place, suffix in enumerate(records.suffixes):
            if age < 9 and number % 4 == 0 and place > 1:
                records.product(job, suffix, "fetch", refusal)
            elif number == 3:
                records.product(job, suffix, "fetch", "missing; HyP3 keeps it until 2026-12-04")
            elif 18 < age < 22 and place != 1:
                records.product(job, suffix, "lost")
            elif number == 60 and place == 2:
                records.product(job, suffix, "damaged", "damaged upstream when last fetched on 2026-11-02")
            else:
                records.product(job, suffix, "present")
        if number % 70 == 9:
            records.failed(job)
    for hours in range(120, 0, -1):
        records.run(NOW - HOUR * (hours - 0.6), 69 if 40 < hours < 52 else 1 if hours < 30 else 0)
    return 264


def large(records: Records) -> int:
    for number in range(100_000):
        age = 1 + number * 0.01
        job = records.job(NOW - DAY * age)
        for suffix in records.suffixes:
            if records.random.random() < (0.6 if age < 12 else 0.002):
                state = "fetch" if age < 14 else "lost"
            else:
                state = "present"
            records.product(job, suffix, state, f"the host answered with status 503 for request {number:06}")
        if number % 900 == 0:
            records.failed(job)
    for hours in range(1200, 0, -1):
        records.run(NOW - HOUR * (hours - 0.6), records.random.choice([0, 0, 0, 0, 1, 69]))
    return 100_000


def main(kind: str, directory: pathlib.Path) -> None:
    name = {"well": "HKHwatermaps", "losses": "Bihar-floods", "empty": "Koshi-2026", "large": "HKH-all"}[kind]
    suffixes = SUFFIXES if kind != "large" else SUFFIXES[:2]
    if kind == "empty":
        directory.mkdir(parents=True, exist_ok=True)
        configuration = {"project_name": name, "host": HOST, "transfer_spec": {"extensions": suffixes}}
    else:
        records = Records(directory, name, suffixes)
        records.close({"well": well, "losses": losses, "large": large}[kind](records))
        configuration = records.configuration()
    path = directory / f"{kind}.json"
    path.write_text(json.dumps(configuration))
    print(path)


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]))
