"""deploy/, the Dockerfile and the dev container name files, settings and commands that exist.

Nothing here needs Docker: a container's commands are the project's own, which other tests run.
"""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from sqlalchemy.engine import make_url

from sota_core import paths
from sota_core.cli.main import build_parser, main
from sota_core.recipes import PRESETS
from sota_core.settings import Settings

ROOT = paths.ROOT
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
FILES = {
    path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ROOT / "deploy").glob("compose*.yaml")
}
COMPOSE = FILES["compose.yaml"]
UNIT = (ROOT / "deploy" / "systemd" / "sota-lab.service").read_text(encoding="utf-8")
PREFIX = ["python", "-m", "sota_core"]


def instruction(name: str) -> list[str]:
    """The arguments of each Dockerfile instruction of this name, continued lines joined."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", DOCKERFILE))
    return re.findall(rf"(?m)^{name} (.*)$", joined)


def of_the_image() -> list[str]:
    return json.loads(instruction("CMD")[-1])


def of_the_health_check() -> list[str]:
    return json.loads(instruction("HEALTHCHECK")[0].partition("CMD ")[2])


def of_the_unit() -> list[str]:
    found = re.search(r"(?m)^ExecStart=(.*)$", UNIT)
    assert found is not None
    return ["python", *shlex.split(found[1])[1:]]


@pytest.mark.parametrize(
    "command",
    [
        of_the_image(),
        of_the_health_check(),
        COMPOSE["services"]["app"]["command"],
        COMPOSE["services"]["app"]["healthcheck"]["test"][1:],
        of_the_unit(),
    ],
    ids=["image", "health check", "compose", "compose's health check", "unit"],
)
def test_each_command_is_one_the_program_understands(command: list[str]):
    assert command[:3] == PREFIX
    args = build_parser().parse_args(command[3:])
    assert args.run.__module__ in ("sota_core.cli.serve", "sota_core.cli.hosting.readiness")


def test_the_image_has_what_its_commands_need_and_runs_as_nobody_in_particular():
    copied = instruction("COPY")
    for file in " ".join(copied[0].split()[:-1]).split():
        assert (ROOT / file).exists(), file
    installed = " ".join(instruction("RUN"))
    assert "nginx-light" in installed and "tini" in installed and "-r requirements.txt" in installed
    assert instruction("USER") == ["lab"] and "--uid 1000" in installed  # a Space runs as user 1000
    assert DOCKERFILE.index("\nUSER lab") < DOCKERFILE.index("\nCMD")
    variables = set(re.findall(r"\b(SOTA_[A-Z_]+)=", DOCKERFILE))
    assert variables <= documented() and {"SOTA_HOME", "SOTA_DATA_DIR"} <= variables


def documented() -> set[str]:
    """The variables that settings.py reads."""
    return set(re.findall(r"SOTA_[A-Z_]+", (paths.CORE / "settings.py").read_text(encoding="utf-8")))


def test_a_space_s_front_matter_fits_the_image():
    text = (ROOT / "deploy" / "huggingface" / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(text.split("---\n")[1])
    (port,) = instruction("EXPOSE")
    assert front["sdk"] == "docker" and front["app_port"] == int(port) and front["license"] == "apache-2.0"
    assert port in of_the_image() and of_the_health_check()[-1].endswith(f":{port}")
    assert len(front["short_description"]) <= 60  # the Hub's limit


def test_compose_publishes_the_port_that_is_served_and_keeps_the_home():
    app = COMPOSE["services"]["app"]
    command = app["command"]
    port = command[command.index("--port") + 1]
    assert app["ports"] == [f"443:{port}"] and app["healthcheck"]["test"][-1].endswith(f":{port}")
    assert "lab:/data" in app["volumes"] and "lab" in COMPOSE["volumes"]
    assert set(app["environment"]) <= documented()
    assert (ROOT / "deploy" / app["build"]["context"]).resolve() == ROOT


def test_each_compose_file_adds_to_the_app_of_the_first_and_is_told_of():
    page = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
    assert set(FILES) == {"compose.yaml", "compose.gpu.yaml", "compose.postgres.yaml", "compose.sign-in.yaml"}
    for name, file in FILES.items():
        assert f"`deploy/{name}`" in page or f"-f deploy/{name} up -d --build`" in page, name
        app = file["services"]["app"]
        assert set(app.get("build", {}).get("args", {})) <= {arg.partition("=")[0] for arg in instruction("ARG")}
        assert set(app.get("environment", {})) <= documented()


def test_a_card_is_given_to_the_container_that_trains():
    app = FILES["compose.gpu.yaml"]["services"]["app"]
    (device,) = app["deploy"]["resources"]["reservations"]["devices"]
    assert device == {
        "driver": "nvidia",
        "count": "all",
        "capabilities": ["gpu"],
    }  # compose requires capabilities here
    assert app["build"]["args"] == {"TORCH": "cuda"}


def test_postgres_has_a_password_and_is_waited_for():
    services = FILES["compose.postgres.yaml"]["services"]
    store = services["postgres"]
    asked = re.compile(r"\$\{POSTGRES_PASSWORD:\?[^}]+\}")  # compose refuses to start where it is empty
    assert asked.fullmatch(store["environment"]["POSTGRES_PASSWORD"])
    assert services["app"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert store["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    said = make_url(asked.sub("letters7", services["app"]["environment"]["SOTA_DB_URL"]))
    assert (said.host, said.password, said.drivername) == ("postgres", "letters7", "postgresql+psycopg")
    assert (said.username, said.database) == (
        store["environment"]["POSTGRES_USER"],
        store["environment"]["POSTGRES_DB"],
    )
    assert (
        "POSTGRES_PASSWORD"
        not in (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8").partition("services:")[2]
    )


def test_sign_in_has_its_package_and_its_secrets_where_streamlit_looks():
    app = FILES["compose.sign-in.yaml"]["services"]["app"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f'pip install "{app["build"]["args"]["PACKAGES"]}"' in readme and "$PACKAGES" in " ".join(instruction("RUN"))
    (mount,) = app["volumes"]
    assert (ROOT / "deploy" / mount["source"]).resolve() == ROOT / ".streamlit" / "secrets.toml" and mount["read_only"]
    (folder,) = instruction("WORKDIR")
    assert mount["target"] == f"{folder}/.streamlit/secrets.toml"


# Where docs/hosting.md, README.md and compose have secrets put, and where a copy of one may end up.
SECRET = [
    ".streamlit/secrets.toml",
    "deploy/tls/key.pem",
    "deploy/tls/cert.pem",
    "deploy/tls/chain.crt",
    "deploy/.env",
    ".env",
    ".env.production",
    "key.pem",
    "server.key",
    "backup/server.key",
]
SHIPPED = [".env.example", "deploy/.env.example", "app.py", ".streamlit/config.toml", "sota_core/settings.py"]


def is_left_out(path: str, patterns: list[str]) -> bool:
    """Whether .dockerignore leaves this path out: of the patterns that match the path or a folder above it, the last
    one decides; `**/` stands for any folders.
    """
    left_out = False
    parts = path.split("/")
    above = ["/".join(parts[: i + 1]) for i in range(len(parts))]
    for pattern in patterns:
        wanted = pattern.removeprefix("!").rstrip("/")
        form = re.escape(wanted).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(form, one) for one in above):
            left_out = not pattern.startswith("!")
    return left_out


@pytest.mark.parametrize("path", SECRET)
def test_neither_git_nor_an_image_takes_a_secret_along(path: str):
    asked = ["git", "check-ignore", "--quiet", "--no-index", path]
    if (ROOT / ".git").exists():  # git can be asked only in a checkout
        assert subprocess.run(asked, cwd=ROOT).returncode == 0, f"git would commit {path}"
    assert is_left_out(path, docker_ignored()), f"the image would contain {path}"


@pytest.mark.parametrize("path", SHIPPED)
def test_what_is_no_secret_is_taken_along(path: str):
    assert not is_left_out(path, docker_ignored())
    if (ROOT / ".git").exists():
        assert subprocess.run(["git", "check-ignore", "--quiet", "--no-index", path], cwd=ROOT).returncode == 1


def docker_ignored() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_takes_the_unit(tmp_path: Path):
    """systemd accepts the unit, with a program and a user that exist on this machine in place of its own."""
    unit = tmp_path / "sota-lab.service"
    text = UNIT.replace("/opt/sota-lab/.venv/bin/python", "/bin/true").replace("User=sota-lab", "User=root")
    unit.write_text(text.replace("WorkingDirectory=/opt/sota-lab", "WorkingDirectory=/"))
    told = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
    ours = [line for line in told.stderr.splitlines() if "sota-lab" in line]
    assert (told.returncode, ours) == (0, []), told.stderr


def test_a_worker_that_memory_ran_out_for_takes_nobody_with_it():
    """They are of the unit's own group of processes; systemd's default is to stop a unit that has lost one so."""
    assert {"KillMode=process", "OOMPolicy=continue"} <= set(UNIT.splitlines())


@pytest.mark.parametrize("name", PRESETS)
def test_the_notebooks_are_those_the_command_line_writes(
    name: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setenv("SOTA_HOME", str(settings.home))
    assert main(["recipes", "code", name, "--notebook"]) == 0
    kept = ROOT / "deploy" / "colab" / f"{name}.ipynb"
    again = f"python -m sota_core recipes code {name} --notebook > deploy/colab/{name}.ipynb"
    assert kept.read_text(encoding="utf-8") == capsys.readouterr().out, f"write it again: {again}"


def test_the_dev_container_installs_the_pinned_torch():
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    pins = re.findall(r"(?m)^((?:torch|torchvision)==[\d.]+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"))
    assert len(pins) == 2 and all(pin in json.loads(text)["postCreateCommand"] for pin in pins)


def test_the_pages_alone_are_pinned_as_everything_is_without_what_only_training_imports():
    def pins(*parts: str) -> set[str]:
        text = ROOT.joinpath(*parts).read_text(encoding="utf-8")
        return {line for line in text.splitlines() if line and not line.startswith("#")}

    alone, all_of_it = pins("deploy", "streamlit", "requirements.txt"), pins("requirements.txt")
    assert alone < all_of_it
    left_out = {line.partition("==")[0] for line in all_of_it - alone}
    # what is left out is imported where something is trained or exported, at most; tests/pages/test_without_training.py
    # opens every page without it
    assert left_out == {
        "torch", "torchvision", "fastai", "fastcore", "safetensors", "onnx", "onnxscript", "tensorboardX",
    }  # fmt: skip
