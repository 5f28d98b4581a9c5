"""What is built is whole: wheels hold everything that runs, and a service runs from them alone."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("wheels")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps", "-w", folder]
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode:
        pytest.skip("this environment has no pip to build wheels with")
    subprocess.run([*command, ROOT, ROOT / "client"], check=True, capture_output=True)
    return sorted(folder.glob("*.whl"))


def test_the_wheels_hold_every_source_file(wheels: list[Path]) -> None:
    client, service = [set(zipfile.ZipFile(wheel).namelist()) for wheel in reversed(wheels)]
    if not any(name.startswith("adjudge_client/") for name in client):
        client, service = service, client
    for root, found in ((ROOT / "service", service), (ROOT / "sandboxes", service), (ROOT / "client", client)):
        for package in root.glob("adjudge*/"):
            files = {str(path.relative_to(root)) for path in package.rglob("*.*") if "__pycache__" not in path.parts}
            assert files <= found
    assert not any(name.startswith("tests") for name in service | client)


def test_a_service_runs_from_the_wheels_alone(wheels: list[Path], tmp_path: Path) -> None:
    """Nothing of this clone is reachable: the sandbox's agent is found inside the installed package."""
    venv.create(tmp_path / "venv", with_pip=False)
    inner = tmp_path / "venv" / "bin" / "python"
    site = next((tmp_path / "venv" / "lib").glob("python*/site-packages"))
    for wheel in wheels:
        zipfile.ZipFile(wheel).extractall(site)
    for package in ("adjudge", "adjudge_client", "adjudge_sandboxes"):
        assert (site / package).is_dir()
    dependencies = [path for path in sys.path if path.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(dependencies) + "\n")
    code = (
        "import adjudge, adjudge_client\n"
        "print(adjudge.__file__)\n"
        "with adjudge_client.local(workers=1) as server:\n"
        "    item = {'prompt': '', 'trace': '$\\\\sqrt{x^2}$', 'ground_truth': '|x|'}\n"
        "    verdict = server.score([item], explain=True).verdicts[0]['correct']\n"
        "    print(verdict.score, verdict.stage)\n"
    )
    done = subprocess.run([inner, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    place, verdict = done.stdout.splitlines()
    assert place.startswith(str(site))
    assert verdict == "1.0 decide"
