"""The clients of AWS that are tried: how each is installed, and the command that makes it call AWS."""

import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ACCOUNT = "333344445555"


@dataclass(frozen=True, slots=True)
class Client:
    """A client of AWS.

    `install` and `command` are lines of sh; they run in the client's folder, in which `files` are written before.
    Clients with the same `folder` share it, and with it the version that is installed there. `system` prints the
    version of a client that is not installed here; `package` names what to install then. The services are at
    AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL_S3. With `prints`, the command prints the id of the key that it would
    sign with, and calls no service. With `own_portal` it calls Identity Center's portal at AWS, whatever
    AWS_ENDPOINT_URL_SSO says, so that profiles of the style sso cannot be tried.
    """

    name: str
    version: str
    command: str
    install: str = ""
    files: dict[str, str] = field(default_factory=dict)
    folder: str = ""
    system: str = ""
    package: str = ""
    prints: bool = False
    own_portal: bool = False


# The folder of the programs that the test suite has for clients.
PROGRAMS = Path(__file__).parents[2] / "fixtures" / "sdk_programs"
PYTHON = shlex.quote(sys.executable)


def program(name: str) -> str:
    """The text of a program, or of a file that a tool needs."""
    return (Path(__file__).with_name("programs") / name).read_text()


def pip(packages: str) -> str:
    """Install packages from PyPI into a virtual environment in the client's folder."""
    return f"{PYTHON} -m venv . && bin/python -m pip install -q {packages}"


def npm(packages: str) -> str:
    """Install packages from npm into the client's folder."""
    return f"npm install --prefix . --no-audit --no-fund --ignore-scripts {packages}"


def go(packages: str) -> str:
    """Build the Go program in the client's folder with these modules."""
    build = "go mod tidy && CGO_ENABLED=0 go build ."
    return f"rm -f go.mod go.sum && go mod init client && go get {packages} && {build}"


def java(source: str, group: str, version: str, *artifacts: str) -> tuple[str, dict[str, str]]:
    """How a Java program with these artifacts is built, and its files."""
    entry = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
    lines = [entry.format(group, artifact, version) for artifact in artifacts]
    lines.append(entry.format("org.slf4j", "slf4j-nop", "1.7.36"))
    copy = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory=jars"
    install = f"mvn -B -q {copy} && javac -cp 'jars/*' -d . Client.java"
    return install, {"pom.xml": program("pom.xml").format("\n".join(lines)), "Client.java": source}


def java_2(name: str, version: str, *artifacts: str) -> Client:
    """A client that uses the SDK 2 for Java."""
    install, files = java(program("Java2.java"), "software.amazon.awssdk", version, *artifacts)
    return Client(name, version, "java -Duser.home=\"$HOME\" -cp '.:jars/*' Client", install=install, files=files)


def javascript_3(version: str, sts_version: str, providers_version: str) -> Iterator[Client]:
    """The default chain and two providers of the SDK 3 for JavaScript."""
    packages = f"@aws-sdk/client-sts@{sts_version} @aws-sdk/credential-providers@{providers_version}"
    for provider in ("", "fromIni", "fromSSO"):
        yield Client(
            f"JavaScript SDK 3{f', {provider}' if provider else ''} ({version})",
            sts_version if sts_version == providers_version else f"{sts_version}, providers {providers_version}",
            f"NODE_NO_WARNINGS=1 node client.mjs {provider}",
            install=npm(packages),
            files={"client.mjs": program("javascript3.mjs")},
            folder=f"javascript-{sts_version}",
        )


def clients() -> Iterator[Client]:
    """All clients, in the order of the table."""
    yield from sdks()
    yield from python_tools()
    yield from storage_tools()
    yield from deployment_tools()


def sdks() -> Iterator[Client]:
    """AWS's SDKs, its CLI, and async-aws, a third-party SDK for PHP."""
    for version in ("1.44.8", "1.24.96"):
        install = pip(f"boto3=={version}")
        yield Client(
            f"boto3 {version[:4]}", version, "bin/python client.py", install, {"client.py": program("boto3.py")}
        )
    call = 'sts get-caller-identity --endpoint-url "$AWS_ENDPOINT_URL_STS"'
    yield Client("AWS CLI 1", "1.46.3", f"bin/aws {call}", pip("awscli==1.46.3"), folder="awscli")
    yield Client(
        "AWS CLI 2",
        "",
        f"/usr/bin/aws {call}",
        system="/usr/bin/aws --version",
        package="awscli (Debian)",
    )
    yield Client(
        "JavaScript SDK 2",
        "2.1693.0",
        "AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE=1 node --no-deprecation client.js",
        npm("aws-sdk@2.1693.0"),
        {"client.js": program("javascript2.js")},
    )
    yield from javascript_3("current", "3.1174.0", "3.1175.0")
    yield from javascript_3("3.100", "3.100.0", "3.100.0")
    build = f'CGO_ENABLED=0 go build -C {PROGRAMS / "go"} -buildvcs=false -o "$PWD/client" .'
    yield Client("Go SDK 2", "config 1.33.18", "echo | ./client", build)
    for version in ("1.55.8", "1.44.297"):
        install = go(f"github.com/aws/aws-sdk-go@v{version}")
        yield Client(f"Go SDK {version[:4]}", version, "./client", install, {"main.go": program("go1.go")})
    source = (PROGRAMS / "java1" / "Client.java").read_text()
    install, files = java(source, "com.amazonaws", "1.12.797", "aws-java-sdk-sts")
    quiet = "-Daws.java.v1.disableDeprecationAnnouncement=true"
    quiet += " -Dorg.apache.commons.logging.Log=org.apache.commons.logging.impl.NoOpLog"
    run = f"echo | java -Duser.home=\"$HOME\" {quiet} -cp '.:jars/*' Client"
    yield Client("Java SDK 1", "1.12.797", run, install, files)
    yield java_2("Java SDK 2 with sso, ssooidc", "2.57.8", "sts", "sso", "ssooidc")
    yield java_2("Java SDK 2 without sso, ssooidc", "2.57.8", "sts")
    yield java_2("Java SDK 2.17 with sso", "2.17.290", "sts", "sso")
    manifest = PROGRAMS / "rust" / "Cargo.toml"
    build = f"cargo build -q --locked --manifest-path {manifest} --target-dir target && cp target/debug/client client"
    yield Client("Rust SDK", "aws-config 1.13.0", "echo | ./client", build, folder="rust")
    yield Client(
        "Arrow (C++ SDK)",
        "pyarrow 26.0.1",
        f"echo | bin/python -P {PROGRAMS / 'python' / 'arrow.py'}",
        pip("pyarrow==26.0.1"),
        own_portal=True,
    )
    for major in ("3", "4"):
        variables = 'PROBE_STS_URL="$AWS_ENDPOINT_URL_STS" AWS_EC2_METADATA_DISABLED=true'
        yield Client(
            f".NET SDK {major}",
            "",
            f"{variables} aws-dotnet-{major} loop default 1 1 900",
            system=f"aws-dotnet-{major} version",
            package=f"aws-dotnet-{major}, a program of tests/fixtures/dotnet.py",
        )
    version = "dpkg-query -W -f '${Version}\\n' "
    yield Client(
        "Ruby SDK",
        "",
        "ruby client.rb",
        files={"client.rb": program("client.rb")},
        system=version + "ruby-aws-sdk-core",
        package="ruby-aws-sdk-core (Debian)",
    )
    yield Client(
        "PHP async-aws",
        "",
        "php client.php",
        files={"client.php": program("client.php")},
        system=version + "php-async-aws-core",
        package="php-async-aws-core php-cli (Debian)",
    )


def python_tools() -> Iterator[Client]:
    """Packages from PyPI."""
    yield Client(
        "object_store (obstore)",
        "obstore 0.12.1",
        f"echo | bin/python -P {PROGRAMS / 'python' / 'object_store.py'}",
        pip("obstore==0.12.1"),
    )
    for name, more in (("polars, without boto3", ""), ("polars, with boto3", " boto3==1.44.8")):
        yield Client(
            name, "2.1.0", "bin/python client.py", pip(f"polars==2.1.0{more}"), {"client.py": program("polars.py")}
        )
    for name, package, version, source in (
        ("deltalake", "deltalake", "1.6.6", program("deltalake.py")),
        ("s3fs", "s3fs", "2026.9.0", program("s3fs.py")),
        ("cloudpathlib", "cloudpathlib[s3]", "0.26.0", program("cloudpathlib.py")),
    ):
        yield Client(name, version, "bin/python client.py", pip(f"'{package}=={version}'"), {"client.py": source})
    yield Client("dvc", "3.67.1, dvc-s3 3.3.0", program("dvc.sh"), pip("dvc==3.67.1 dvc-s3==3.3.0"))


def storage_tools() -> Iterator[Client]:
    """Tools that copy files to S3."""
    remote = ":s3,provider=Other,env_auth=true,region=us-east-1,endpoint='$AWS_ENDPOINT_URL_S3':bucket"
    listing = f'rclone --config "" --retries 1 lsf "{remote}"'
    yield Client("rclone 1.60", "", listing, system="rclone version", package="rclone (Debian)")
    install = "GOBIN=$PWD go install github.com/rclone/rclone@v1.76.0"
    yield Client("rclone", "1.76.0", f"./{listing}", install)
    backup = 'RESTIC_PASSWORD=x restic --repo "s3:$AWS_ENDPOINT_URL_S3/bucket/$$" init'
    yield Client("restic", "", backup, system="restic version", package="restic (Debian)")
    install = go("github.com/minio/minio-go/v7@v7.4.1")
    yield Client("minio-go", "7.4.1", "./client", install, {"main.go": program("minio.go")}, own_portal=True)
    install = "GOBIN=$PWD go install github.com/minio/mc@v0.0.0-20250313080218-cf909e1063a9"
    listing = 'MC_HOST_local="$AWS_ENDPOINT_URL_S3" ./mc --quiet --config-dir "$HOME/mc" ls local/bucket'
    yield Client("mc", "2025-03-13", listing, install)
    options = '--host="${AWS_ENDPOINT_URL_S3#http://}" --host-bucket= --no-ssl --region=us-east-1'
    yield Client(
        "s3cmd",
        "2.4.0",
        f': >"$HOME/.s3cfg" && bin/s3cmd {options} ls s3://bucket',
        pip("s3cmd==2.4.0 setuptools==80.9.0"),
    )


def deployment_tools() -> Iterator[Client]:
    """Tools that deploy, and helpers of other programs."""
    token = "bin/aws eks get-token --cluster-name cluster --region us-east-1 | bin/python decode.py"
    yield Client(
        "aws eks get-token",
        "AWS CLI 1.46.3",
        token,
        pip("awscli==1.46.3"),
        {"decode.py": program("decode_token.py")},
        folder="eks",
        prints=True,
    )
    login = 'bin/aws ecr get-login-password --region us-east-1 --endpoint-url "$AWS_ENDPOINT_URL_STS"'
    yield Client("aws ecr get-login-password", "AWS CLI 1.46.3", login, pip("awscli==1.46.3"), folder="awscli")
    package = "SAM_CLI_TELEMETRY=0 bin/sam package --template-file sam.yaml --s3-bucket bucket --region us-east-1"
    yield Client("aws-sam-cli", "1.170.0", package, pip("aws-sam-cli==1.170.0"), {"sam.yaml": program("sam.yaml")})
    yield Client(
        "git-remote-codecommit",
        "1.17",
        'PATH="$PWD:$PATH" bin/git-remote-codecommit origin us-east-1://repository',
        f"chmod +x git && {pip('git-remote-codecommit==1.17 setuptools==80.9.0')}",
        {"git": program("git.sh")},
        prints=True,
    )
    yield Client(
        "AWS CDK",
        "2.1148.1",
        'AWS_ENDPOINT_URL="$AWS_ENDPOINT_URL_STS" CDK_DISABLE_CLI_TELEMETRY=true node_modules/.bin/cdk bootstrap'
        f" --no-notices aws://{ACCOUNT}/us-east-1",
        npm("aws-cdk@2.1148.1"),
    )
    yield Client(
        "Serverless Framework 3",
        "3.40.0",
        'NODE_OPTIONS="--require ./endpoint.js --no-deprecation" SLS_TELEMETRY_DISABLED=1 SLS_NOTIFICATIONS_MODE=off'
        " AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE=1 node_modules/.bin/serverless info --verbose",
        npm("serverless@3.40.0"),
        {"serverless.yml": program("serverless.yml"), "endpoint.js": program("serverless_endpoint.js")},
    )
