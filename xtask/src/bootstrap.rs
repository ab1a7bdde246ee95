//! The program that Lambda starts: built, and checked against what Lambda runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::environment;
use crate::stage::quiet;

/// Largest program, in bytes.
const BYTES_MAX: usize = 8_000_000;
/// Largest package, in bytes, compressed.
const PACKED_BYTES_MAX: usize = 4_000_000;
/// The C library of Amazon Linux 2023, whose symbols are all there are.
const GLIBC: (u32, u32) = (2, 34);

/// A program that Lambda can start.
pub(crate) struct Bootstrap {
    /// The folder with it, and nothing else.
    pub(crate) folder: PathBuf,
    /// What was seen of it, for people.
    pub(crate) seen: String,
}

/// Builds it and checks architecture, symbols and size.
///
/// # Errors
/// When it does not build, or Lambda could not start it.
pub(crate) fn build() -> Result<Bootstrap> {
    let mut build = Command::new(environment::cargo());
    build.args([
        "build",
        "--locked",
        "--profile",
        "lambda",
        "--package",
        "lambda",
    ]);
    quiet("bootstrap", &mut build)?;
    let built = environment::target().join("lambda").join("bootstrap");
    let bytes = fs::read(&built).with_context(|| format!("cannot read {}", built.display()))?;
    let symbols = check(&bytes)?;
    let folder = environment::target().join("lambda").join("package");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let program = folder.join("bootstrap");
    fs::copy(&built, &program).with_context(|| format!("cannot write {}", program.display()))?;
    let packed = packed_bytes(&program)?;
    ensure!(
        packed <= PACKED_BYTES_MAX,
        "the package has {packed} bytes, more than {PACKED_BYTES_MAX}"
    );
    let links = symbols.map_or_else(
        || "static".to_owned(),
        |(major, minor)| format!("glibc symbols up to {major}.{minor}"),
    );
    let seen = format!(
        "x86_64, {links}, {} bytes, {packed} compressed",
        bytes.len()
    );
    Ok(Bootstrap { folder, seen })
}

/// The newest glibc version that the program's symbols need; `None` when it needs none.
fn check(program: &[u8]) -> Result<Option<(u32, u32)>> {
    // The ELF header: magic and class, then the machine at byte 18, little end first.
    let (magic, machine) = (program.get(..5), program.get(18..20));
    ensure!(
        magic == Some(b"\x7fELF\x02"),
        "the program is no 64-bit ELF file; build on Linux"
    );
    ensure!(
        machine == Some(&[0x3e, 0]),
        "the program is not for x86_64; build with that target"
    );
    ensure!(
        program.len() <= BYTES_MAX,
        "the program has {} bytes, more than {BYTES_MAX}",
        program.len()
    );
    let needed = newest_glibc(program);
    if let Some((major, minor)) = needed.filter(|needed| *needed > GLIBC) {
        bail!(
            "the program needs glibc {major}.{minor}, and Lambda's Amazon Linux 2023 has {}.{}\nhint: build on an older system (Debian 12 does), or deploy the container image: --image",
            GLIBC.0,
            GLIBC.1
        );
    }
    Ok(needed)
}

/// The greatest `GLIBC_x.y` among the names of symbol versions.
fn newest_glibc(program: &[u8]) -> Option<(u32, u32)> {
    const MARK: &[u8] = b"GLIBC_";
    let after = |at: usize| {
        let rest = &program[at + MARK.len()..];
        let end = rest.iter().position(|byte| *byte == 0)?;
        let (major, minor) = std::str::from_utf8(&rest[..end]).ok()?.split_once('.')?;
        // `2.2.5` counts as 2.2.
        let minor = minor.split('.').next()?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    program
        .windows(MARK.len())
        .enumerate()
        .filter(|(_, window)| *window == MARK)
        .filter_map(|(at, _)| after(at))
        .max()
}

/// Its size as a zip file has it, whose compression is gzip's.
fn packed_bytes(program: &Path) -> Result<usize> {
    let listing = Command::new("sh")
        .args(["-c", "gzip -9 -c \"$0\" | wc -c"])
        .arg(program)
        .output()
        .context("cannot start gzip")?;
    String::from_utf8_lossy(&listing.stdout)
        .trim()
        .parse()
        .context("gzip tells no size")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf(machine: u8, tail: &[u8]) -> Vec<u8> {
        let mut program = b"\x7fELF\x02".to_vec();
        program.resize(18, 0);
        program.extend([machine, 0]);
        program.extend_from_slice(tail);
        program
    }

    #[test]
    fn what_lambda_could_not_start_is_refused_with_the_reason() {
        let told = |program: &[u8]| check(program).map_err(|error| error.to_string());
        assert_eq!(told(&elf(0x3e, b"")), Ok(None));
        let old = b"\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0GLIBC_PRIVATE\0";
        assert_eq!(told(&elf(0x3e, old)), Ok(Some((2, 34))));
        let newer = told(&elf(0x3e, b"\0GLIBC_2.38\0")).expect_err("too new");
        assert!(
            newer.contains("glibc 2.38") && newer.contains("hint: "),
            "{newer}"
        );
        assert!(told(&elf(0xb7, b"")).is_err(), "another machine");
        assert!(told(b"MZ").is_err(), "another system");
        assert!(told(&elf(0x3e, &vec![0; BYTES_MAX])).is_err(), "too large");
    }
}
