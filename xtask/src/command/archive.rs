//! `cargo xtask archive`: the command with all that belongs to it, packed for one system.
//!
//! The same sources give the same bytes: names in order, one moment for all files, no owner, and no
//! path of the machine in the program. What is packed is unpacked again into an empty folder and
//! tried there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::stage::{output, quiet};
use crate::tool::on_path;
use crate::{environment, notices, say};

/// Largest archive, in bytes.
const PACKED_BYTES_MAX: u64 = 12_000_000;
/// Shells that completions are packed for, with the file each looks for.
const SHELLS: [(&str, &str); 3] = [
    ("bash", "tqqq.bash"),
    ("zsh", "_tqqq"),
    ("fish", "tqqq.fish"),
];
/// Files of the project that are packed as they are, with their place in the archive.
const FILES: [(&str, &str); 7] = [
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("CHANGELOG.md", "CHANGELOG.md"),
    ("docs/quickstart.md", "quickstart.md"),
    ("config/paper.toml", "config/paper.toml"),
    ("config/live.toml", "config/live.toml"),
    ("deploy/linux/tqqq.service", "systemd/tqqq.service"),
];
/// A run of two sessions, to see that the program works where nothing else is.
const TRIAL: [&str; 4] = ["run", "--to", "2024-02-21", "--json"];

/// Builds, packs and tries.
///
/// # Errors
/// When a part of it is missing, or the packed program does not work.
pub(crate) fn run() -> Result<()> {
    for (name, package) in [("tar", "tar"), ("gzip", "gzip"), ("sha256sum", "coreutils")] {
        ensure!(
            on_path(name).is_some(),
            "{name} is not on PATH; install it with `apt-get install {package}`"
        );
    }
    let program = build()?;
    let name = name()?;
    let folder = environment::target().join("archives");
    let staged = folder.join(&name);
    stage(&program, &staged)?;
    let packed = pack(&folder, &name)?;
    let sum = sum(&packed)?;
    // Packed once more, to see that nothing of this moment went in.
    let again = self::sum(&pack(&folder, &name)?)?;
    ensure!(sum == again, "the same files were packed to other bytes");
    let line = format!("{sum}  {name}.tar.gz\n");
    fs::write(folder.join("SHA256SUMS"), line).context("cannot write SHA256SUMS")?;
    let seen = attempt(&packed, &name)?;
    let sizes = [&staged.join("tqqq"), &packed].map(|path| fs::metadata(path).map(|it| it.len()));
    let [whole, small] = sizes;
    let (whole, small) = (whole?, small?);
    ensure!(
        small <= PACKED_BYTES_MAX,
        "{small} bytes are more than {PACKED_BYTES_MAX}"
    );
    say(&format!("program   {whole} bytes, without symbols"));
    say(&format!("archive   {} {small} bytes", packed.display()));
    say(&format!("sha256    {sum}"));
    say(&format!("tried     {seen}"));
    Ok(())
}

/// The program, with no path of this machine in it.
///
/// # Errors
/// When it does not build, or names such a path.
pub(super) fn build() -> Result<PathBuf> {
    let home = environment::cargo_home().context("neither CARGO_HOME nor HOME is set")?;
    let root = environment::root();
    let renamed = [(home.as_path(), "/cargo"), (root.as_path(), "/tqqq")];
    let flags = renamed.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    let mut build = Command::new(environment::cargo());
    build
        .args([
            "build",
            "--locked",
            "--profile",
            "archive",
            "--package",
            "cli",
        ])
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    quiet("archive", &mut build)?;
    let program = environment::target().join("archive").join("tqqq");
    let bytes = fs::read(&program).with_context(|| format!("cannot read {}", program.display()))?;
    for (path, _) in renamed {
        let text = path.as_os_str().as_encoded_bytes();
        ensure!(
            !bytes.windows(text.len()).any(|window| window == text),
            "the program names {}",
            path.display()
        );
    }
    Ok(program)
}

/// `tqqq-0.1.0-x86_64-unknown-linux-gnu`.
fn name() -> Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let told = output(Command::new("rustc").arg("-vV"))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("rustc names no host")?;
    Ok(format!("tqqq-{version}-{host}"))
}

/// Everything that is packed, in one folder.
fn stage(program: &Path, staged: &Path) -> Result<()> {
    if staged.exists() {
        fs::remove_dir_all(staged).with_context(|| format!("cannot empty {}", staged.display()))?;
    }
    copy(program, &staged.join("tqqq"))?;
    for (from, to) in FILES {
        copy(&environment::root().join(from), &staged.join(to))?;
    }
    let (notices, packages) = notices::text()?;
    say(&format!("notices   of {packages} packages"));
    write(&staged.join("THIRD-PARTY.txt"), &notices)?;
    for (shell, file) in SHELLS {
        let script = output(Command::new(program).args(["completions", shell]))?;
        write(&staged.join("completions").join(file), &script)?;
    }
    let mut man = Command::new(program);
    man.arg("man").arg("-o").arg(staged.join("man"));
    output(&mut man).map(drop)
}

/// The folder as one file.
fn pack(folder: &Path, name: &str) -> Result<PathBuf> {
    // The moment of the newest commit: a file's own is the moment it was copied.
    let moment = output(Command::new("git").args(["log", "-1", "--format=%ct"]))?;
    let packed = folder.join(format!("{name}.tar"));
    let mut tar = Command::new("tar");
    tar.args(["--create", "--sort=name", "--owner=0", "--group=0"])
        .args(["--numeric-owner", "--format=ustar", "--mode=u+rw,go+r,go-w"])
        .arg(format!("--mtime=@{}", moment.trim()))
        .arg("--file")
        .arg(&packed)
        .arg("--directory")
        .arg(folder)
        .arg(name);
    quiet("archive-tar", &mut tar)?;
    let mut gzip = Command::new("gzip");
    gzip.args(["--best", "--no-name", "--force"]).arg(&packed);
    quiet("archive-gzip", &mut gzip)?;
    Ok(packed.with_extension("tar.gz"))
}

fn sum(path: &Path) -> Result<String> {
    let told = output(Command::new("sha256sum").arg(path))?;
    let sum = told.split_whitespace().next();
    sum.map(str::to_owned).context("sha256sum tells no sum")
}

/// Unpacks it where nothing else is, and runs what came out. Returns what was seen.
fn attempt(packed: &Path, name: &str) -> Result<String> {
    let folder = environment::target().join("archives").join("trial");
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let empty = folder.join("empty");
    fs::create_dir_all(&empty).with_context(|| format!("cannot make {}", empty.display()))?;
    let mut unpack = Command::new("tar");
    unpack.arg("-xzf").arg(packed).arg("-C").arg(&folder);
    quiet("archive-unpack", &mut unpack)?;
    let there = folder.join(name);
    let program = there.join("tqqq");
    let within = |arguments: &[&str]| {
        // `output` begins in the project's root; the trial is of an empty folder.
        let line = format!("cd '{}' && exec \"$0\" \"$@\"", empty.display());
        let mut shell = Command::new("sh");
        output(shell.args(["-c", &line]).arg(&program).args(arguments))
    };
    let version = within(&["--version"])?;
    let told: serde_json::Value =
        serde_json::from_str(&within(&TRIAL)?).context("the run tells no summary")?;
    within(&["replay"])?;
    let unit = unit(&there, &program)?;
    Ok(format!(
        "{}, a run of {} slots, its replay, {unit}",
        version.trim(),
        told["slots"]
    ))
}

/// The systemd unit, looked at by systemd itself where it is there.
fn unit(there: &Path, program: &Path) -> Result<&'static str> {
    if on_path("systemd-analyze").is_none() {
        return Ok("the unit not looked at (no systemd-analyze)");
    }
    let packed = there.join("systemd/tqqq.service");
    let text =
        fs::read_to_string(&packed).with_context(|| format!("cannot read {}", packed.display()))?;
    let here = text.replace("/usr/local/bin/tqqq", &program.display().to_string());
    let tried = there.join("tqqq.service");
    write(&tried, &here)?;
    let mut verify = Command::new("systemd-analyze");
    quiet("archive-unit", verify.arg("verify").arg(&tried))?;
    Ok("systemd-analyze finds no fault in the unit")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().context("a file lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let copied = fs::copy(from, to);
    copied.with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("a file lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
