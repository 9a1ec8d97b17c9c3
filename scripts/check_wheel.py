"""Build the wheel, install it alone into a new environment, and dub the demo from another folder, without a network.

    python scripts/check_wheel.py

It needs the package `uv`, and a network to install what the wheel depends on.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

ROOT = Path(__file__).parent.parent
LARGEST = 100 << 20


def run(*command: str | Path, cwd: Path, environment: dict[str, str] | None = None) -> None:
    """Run a command that must succeed."""
    subprocess.run([str(word) for word in command], cwd=cwd, env=environment, check=True)


@click.command()
def main() -> None:
    """Build, install and try the wheel."""
    with tempfile.TemporaryDirectory(prefix="vs-lipsync-wheel-") as scratch:
        folder = Path(scratch)
        uv = [sys.executable, "-m", "uv"]
        run(*uv, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT, cwd=folder)
        (wheel,) = folder.glob("*.whl")
        size = wheel.stat().st_size
        click.echo(f"{wheel.name}: {size / 1e6:.1f} MB")
        if size > LARGEST:
            raise click.ClickException(f"the wheel is larger than {LARGEST >> 20} MB")
        run(*uv, "venv", "--quiet", "--python", sys.executable, folder / "venv", cwd=folder)
        python = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        constraints = ROOT / "constraints.txt"
        run(*uv, "pip", "install", "--quiet", "--python", python, "--constraint", constraints, wheel, cwd=folder)
        # Nothing of the source tree is on the path there, and every way out leads nowhere.
        environment = {name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
        environment |= dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
        environment |= {"VS_LIPSYNC_HOME": str(folder / "home"), "HOME": str(folder)}
        program = "from vs_lipsync.cli import main; main()"
        alone = ["unshare", "--map-root-user", "--net"]  # a network namespace without any device, where Linux allows it
        cut_off = subprocess.run([*alone, "true"], check=False).returncode == 0 if shutil.which("unshare") else False
        demo = ROOT / "demo"
        dub: list[str | Path] = [
            "dub",
            demo / "footage.mp4",
            "--audio",
            demo / "dub.ogg",
            "--target",
            "main",
            "-o",
            "dubbed.mp4",
        ]
        run(*(alone if cut_off else []), python, "-c", program, *dub, cwd=folder, environment=environment)
        click.echo(f"network: {'none' if cut_off else 'proxies that lead nowhere'}")
        click.echo(f"dubbed: {(folder / 'dubbed.mp4').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
