"""page_test.py PAGE DIRECTORY: PAGE in headless Chromium, on a phone and a desk, light and dark; screenshots go to DIRECTORY."""

import pathlib
import re
import subprocess
import sys
import tempfile

PROBE = """<script>addEventListener('load', () => {
  const root = document.documentElement
  const bad = performance.getEntriesByType('resource').map(e => e.name)
  root.dataset.probe = JSON.stringify([root.scrollWidth, innerWidth, bad])
})</script>"""


def chromium(*words: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as profile:
        command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                   f"--user-data-dir={profile}", "--enable-logging=stderr", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def main(page: pathlib.Path, directory: pathlib.Path) -> None:
    assert page.stat().st_size < 1_000_000, f"{page} has {page.stat().st_size} bytes"
    text = page.read_text()
    with tempfile.TemporaryDirectory() as work:
        # The page's own policy forbids scripts: the probe stands in a copy without it, in a frame as wide as a phone.
        probed = pathlib.Path(work, "probed.html")
        probed.write_text(re.sub(r"<meta http-equiv=.*?>", "", text).replace("</head>", PROBE + "</head>"))
        frame = pathlib.Path(work, "frame.html")
        frame.write_text(f'<iframe src="probed.html" style="width:390px;height:800px;border:0"></iframe>'
                         "<script>addEventListener('load', () => document.body.append(frames[0].document."
                         "documentElement.dataset.probe))</script>")
        dom = chromium("--allow-file-access-from-files", "--dump-dom", frame.as_uri()).stdout
        found = re.search(r"\[(\d+),(\d+),(\[.*?\])\]", dom)
        assert found, "the page gave no measure of itself"
        assert int(found[1]) <= int(found[2]) == 390, f"{found[1]} px wide on a phone of {found[2]}"
        assert found[3] == "[]", f"it asks for {found[3]}"
    directory.mkdir(parents=True, exist_ok=True)
    for name, size, theme in (("desk-light", "1100,1500", 0), ("desk-dark", "1100,1500", 1), ("phone", "500,1500", 0)):
        shot = directory / f"{page.stem}-{name}.png"
        words = ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"] if theme else []
        log = chromium(*words, f"--window-size={size}", f"--screenshot={shot}", page.as_uri()).stderr
        told = [line for line in log.splitlines() if "CONSOLE" in line]
        assert not told, told
    print(f"{page.name}: {page.stat().st_size} bytes, no request, no error, no sideways scroll")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
