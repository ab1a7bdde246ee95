//! `cargo xtask image`: the container image, with nothing in it but the program and the
//! certificates of authorities.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::bootstrap::{self, Bootstrap};
use crate::stage::quiet;
use crate::tool::on_path;
use crate::{environment, say};

/// Its name.
const NAME: &str = "tqqq-lambda";
/// Where systems keep the certificates of authorities.
const BUNDLES: [&str; 2] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
];

/// Builds the image with buildah, else docker.
///
/// # Errors
/// When neither is there, or the image cannot be built.
pub(crate) fn run() -> Result<()> {
    let builder = ["buildah", "docker"]
        .into_iter()
        .find(|name| on_path(name).is_some());
    let Some(builder) = builder else {
        bail!("neither buildah nor docker is on PATH; install one with `apt-get install buildah`");
    };
    let built = bootstrap::build()?;
    say(&format!("bootstrap: {}", built.seen));
    let folder = context(&built)?;
    let mut build = Command::new(builder);
    build.args(["build", "--tag", NAME]).arg(&folder);
    quiet("image", &mut build)?;
    say(&format!("built {NAME} with {builder}"));
    Ok(())
}

/// The folder that an image is built from: Dockerfile, program, what it is linked with, and
/// certificates.
///
/// # Errors
/// When a part of it is not there.
pub(crate) fn context(built: &Bootstrap) -> Result<PathBuf> {
    let folder = environment::target().join("lambda").join("image");
    let root = folder.join("root");
    if root.exists() {
        fs::remove_dir_all(&root).with_context(|| format!("cannot empty {}", root.display()))?;
    }
    fs::create_dir_all(&root).with_context(|| format!("cannot make {}", root.display()))?;
    let program = built.folder.join("bootstrap");
    copy(&program, &root.join("bootstrap"))?;
    for library in libraries(&program)? {
        copy(
            &library,
            &root.join(library.strip_prefix("/").unwrap_or(&library)),
        )?;
    }
    let bundle = BUNDLES
        .iter()
        .map(PathBuf::from)
        .find(|path| path.is_file());
    let bundle =
        bundle.context("no certificates; install them with `apt-get install ca-certificates`")?;
    copy(&bundle, &root.join("etc/ssl/certs/ca-certificates.crt"))?;
    let dockerfile = environment::root()
        .join("infrastructure")
        .join("Dockerfile");
    copy(&dockerfile, &folder.join("Dockerfile"))?;
    Ok(folder)
}

/// What the program is linked with, as this system has it; nothing for a static one. The image
/// brings its own C library, so the system it is built on may be newer than Lambda's.
fn libraries(program: &std::path::Path) -> Result<Vec<PathBuf>> {
    let listing = Command::new("ldd")
        .arg(program)
        .output()
        .context("cannot start ldd")?;
    let text = String::from_utf8_lossy(&listing.stdout).into_owned();
    let mut found: Vec<PathBuf> = text
        .lines()
        .filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')))
        .map(PathBuf::from)
        .collect();
    if !found.is_empty() {
        // Names are looked up by modules that no program is linked with.
        let libc = found.iter().find(|path| path.ends_with("libc.so.6"));
        let folder = libc.and_then(|path| path.parent()).map(PathBuf::from);
        let folder = folder.context("the program is linked with no C library")?;
        for name in ["libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2"] {
            found.extend(Some(folder.join(name)).filter(|path| path.is_file()));
        }
    }
    Ok(found)
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    let folder = to.parent().context("a file lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let copied = fs::copy(from, to);
    copied.with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    ensure!(to.is_file(), "{} is not there", to.display());
    Ok(())
}
