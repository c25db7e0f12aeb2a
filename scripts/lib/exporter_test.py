"""exporter_test.py FILE: a real prometheus-node-exporter on loopback serves FILE, each of its samples with the same value."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request


def samples(text: str) -> dict[str, float]:
    """Values by series, labels in the order of their names."""
    found = {}
    for line in text.splitlines():
        if match := re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line):
            labels = sorted(re.findall(r'\w+="(?:[^"\\]|\\.)*"', match[2] or ""))
            found[f"{match[1]}{{{','.join(labels)}}}"] = float(match[3])
    return found


def main(file: pathlib.Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        shutil.copy(file, pathlib.Path(directory, "hyp3-mirror.prom"))
        exporter = subprocess.Popen(
            ["prometheus-node-exporter", "--web.listen-address=127.0.0.1:0", "--collector.disable-defaults",
             "--collector.textfile", f"--collector.textfile.directory={directory}"],
            stderr=subprocess.PIPE, text=True)
        try:
            address = None
            for line in exporter.stderr:
                if match := re.search(r"Listening on.*address=(127\.0\.0\.1:\d+)", line):
                    address = match[1]
                    break
            assert address, "node_exporter ended before it listened"
            with urllib.request.urlopen(f"http://{address}/metrics", timeout=30) as answer:
                served = samples(answer.read().decode())
        finally:
            exporter.terminate()
            exporter.wait(timeout=30)
    assert served["node_textfile_scrape_error{}"] == 0, "node_exporter cannot read the file"
    wanted = samples(file.read_text())
    assert wanted, "no sample in the file"
    for series, value in wanted.items():
        assert served.get(series) == value, f"{series} is {served.get(series)}, not {value}"
    print(f"{file.name}: {len(wanted)} samples as node_exporter serves them")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
