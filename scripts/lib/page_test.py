"""page_test.py PAGE DIRECTORY: PAGE in headless Chromium, on a phone and a desk, light and dark; screenshots go to DIRECTORY.

What the page shows is held against the JSON in it, and that against the schema of `report --json`; with REPORT=FILE, the
JSON that was written at the same time, against that, too.
"""

import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import jsonschema

PROBE = """<script>addEventListener('load', () => {
  const root = document.documentElement
  const asked = performance.getEntriesByType('resource').map(e => e.name).filter(name => !name.startsWith('data:'))
  const fields = [...document.querySelectorAll('section')].map(section => [...section.querySelectorAll('[data-field]')]
    .map(e => [e.dataset.field, e.firstChild.data, e.closest('[data-section]')?.dataset.section || '']))
  const cells = [...document.querySelectorAll('section')].map(section => ['g', 'w', 'o', 'b']
    .map(kind => section.querySelectorAll('.month g.' + kind).length))
  const small = [...document.querySelectorAll('p,li,dd,dt,td,th,figcaption')]
    .filter(e => e.innerText && parseFloat(getComputedStyle(e).fontSize) < 12).length
  root.dataset.probe = JSON.stringify({scroll: root.scrollWidth, inner: innerWidth, asked, fields, cells, small})
})</script>"""

SCHEMA = pathlib.Path(__file__).parents[2] / "config/report-schema.json"


def chromium(*words: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as profile:
        command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                   f"--user-data-dir={profile}", "--enable-logging=stderr", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def probe(text: str) -> dict:
    """What the page, as wide as a phone, says of itself."""
    with tempfile.TemporaryDirectory() as work:
        # The page's own policy forbids scripts: the probe stands in a copy without it, in a frame as wide as a phone.
        probed = pathlib.Path(work, "probed.html")
        probed.write_text(re.sub(r"<meta http-equiv=.*?>", "", text).replace("</head>", PROBE + "</head>"))
        frame = pathlib.Path(work, "frame.html")
        frame.write_text('<iframe src="probed.html" style="width:390px;height:800px;border:0"></iframe>'
                         "<script>addEventListener('load', () => document.body.append('<<' + btoa(unescape("
                         "encodeURIComponent(frames[0].document.documentElement.dataset.probe))) + '>>'))</script>")
        dom = chromium("--allow-file-access-from-files", "--dump-dom", frame.as_uri()).stdout
    found = re.search(r"&lt;&lt;([A-Za-z0-9+/=]+)&gt;&gt;", dom)
    assert found, "the page gave no measure of itself"
    return json.loads(base64.b64decode(found[1]))


def projects(report: dict) -> list[dict]:
    return report.get("projects", [report])


def standing(day: dict) -> str:
    if day["lost"]:
        return "lost"
    if day["open"] + day["damaged"] == 0:
        return "complete"
    return "partial" if day["archived"] else "missing"


def counts(report: dict) -> dict[tuple[str, str], str]:
    """What the page must show of a project, by section and field."""
    days = report["acquisitions"]["days"]
    expected = {("", "files"): report["files"], ("", "lost"): report["lost"],
                ("", "damaged"): report["verified"]["damaged"],
                ("", "within24"): report.get("expiring", {}).get("within_24_hours", "unknown"),
                ("", "incomplete"): report["incomplete"]["jobs"],
                ("", "reasons"): sum(r["count"] for r in report["failures"]["reasons"]) + report["failures"]["others"]}
    for name in ("archived", "open", "damaged", "lost"):
        expected["acquisitions", name] = sum(day[name] for day in days)
    for name in ("complete", "partial", "missing", "lost"):
        expected["acquisitions", f"days-{name}"] = sum(standing(day) == name for day in days)
    return {key: str(value) for key, value in expected.items()}


def check_counts(told: dict, report: dict) -> None:
    assert len(told["fields"]) == len(projects(report)), "a section a project"
    for fields, cells, project in zip(told["fields"], told["cells"], projects(report)):
        expected = counts(project)
        seen = set()
        for field, text, section in fields:
            seen.add((section, field))
            if (section, field) in expected:
                assert text == expected[section, field], (section, field, text, expected[section, field])
        assert {("", "files"), ("", "lost"), ("", "damaged"), ("", "within24")} <= seen
        kinds = [standing(day) for day in project["acquisitions"]["days"]]
        assert cells == [kinds.count(kind) for kind in ("complete", "partial", "missing", "lost")], (cells, kinds)


def check_whole(page: dict, whole: dict) -> None:
    """The page's own JSON against that of `report --json`: the same but for the length of lists."""
    for cut, full in zip(projects(page), projects(whole), strict=True):
        for key in ("files", "bytes", "lost", "lost_jobs", "missing", "verified", "expiring", "open_products", "products",
                    "failed_jobs", "latency", "throughput", "verdict", "unnamed"):
            assert cut.get(key) == full.get(key), (key, cut.get(key), full.get(key))
        assert cut["incomplete"]["jobs"] == full["incomplete"]["jobs"]
        days = {day["day"]: day for day in full["acquisitions"]["days"]}
        assert all(days[day["day"]] == day for day in cut["acquisitions"]["days"])
        assert counts(cut)["", "reasons"] == counts(full)["", "reasons"]


def main(page: pathlib.Path, directory: pathlib.Path) -> None:
    assert page.stat().st_size < 1_000_000, f"{page} has {page.stat().st_size} bytes"
    text = page.read_text()
    found = re.search(r'<script type="application/json" id="report">(.*?)</script>', text, re.DOTALL)
    assert found, "no JSON in the page"
    report = json.loads(found[1])
    documents = [report]
    if os.environ.get("REPORT"):
        documents.append(json.loads(pathlib.Path(os.environ["REPORT"]).read_text()))
        check_whole(*documents)
    for document in documents:
        jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(document)
    told = probe(text)
    assert told["scroll"] <= told["inner"] == 390, f"{told['scroll']} px wide on a phone of {told['inner']}"
    assert not told["asked"], f"it asks for {told['asked']}"
    assert not told["small"], f"{told['small']} texts below 12 px"
    check_counts(told, report)
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        # A window of Chromium's is no narrower than 500 px.
        phone = pathlib.Path(work, "phone.html")
        phone.write_text(f'<body style="margin:0"><iframe src="{page.as_uri()}" style="width:390px;height:4000px;border:0">')
        for name, size, theme, shown in (("desk-light", "1100,2400", 0, page), ("desk-dark", "1100,2400", 1, page),
                                         ("phone", "500,4000", 0, phone)):
            shot = directory / f"{page.stem}-{name}.png"
            words = ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"] if theme else []
            log = chromium("--allow-file-access-from-files", *words, f"--window-size={size}", f"--screenshot={shot}",
                           shown.as_uri()).stderr
            told = [line for line in log.splitlines() if "CONSOLE" in line]
            assert not told, told
    print(f"{page.name}: {page.stat().st_size} bytes, counts as in its JSON, no request, no error, no sideways scroll")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
