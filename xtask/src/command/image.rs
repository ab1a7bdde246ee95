//! `cargo xtask image`: the container images, with nothing in them but a program, what it is linked
//! with, and the certificates of authorities. Each is run once it is built.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::bootstrap::{self, Bootstrap};
use crate::stage::{output, quiet};
use crate::tool::on_path;
use crate::{environment, say};

/// Where systems keep the certificates of authorities.
const BUNDLES: [&str; 2] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
];
/// The one user of an image.
const PASSWD: &str = "tqqq:x:65532:65532::/data:/sbin/nologin\n";
/// The same as `chroot` wants it.
const USER: &str = "--userspec=65532:65532";

/// Which image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Image {
    /// Of the functions on AWS.
    Functions,
    /// Of the runner.
    Desk,
}

impl Image {
    fn parse(arguments: &[String]) -> Result<Self> {
        match arguments {
            [] => Ok(Self::Functions),
            [only] if only == "functions" => Ok(Self::Functions),
            [only] if only == "desk" => Ok(Self::Desk),
            _ => bail!(
                "`image {}`: write `image` or `image desk`",
                arguments.join(" ")
            ),
        }
    }

    /// Its stage in the Containerfile.
    const fn stage(self) -> &'static str {
        match self {
            Self::Functions => "functions",
            Self::Desk => "desk",
        }
    }

    /// Its name.
    const fn name(self) -> &'static str {
        match self {
            Self::Functions => "tqqq-lambda",
            Self::Desk => "tqqq",
        }
    }
}

/// Builds an image with buildah, else docker, and runs what buildah built.
///
/// # Errors
/// When neither is there, the image cannot be built, or does not work.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let image = Image::parse(arguments)?;
    let builder = ["buildah", "docker"]
        .into_iter()
        .find(|name| on_path(name).is_some());
    let Some(builder) = builder else {
        bail!("neither buildah nor docker is on PATH; install one with `apt-get install buildah`");
    };
    let folder = match image {
        Image::Functions => {
            let built = bootstrap::build()?;
            say(&format!("bootstrap: {}", built.seen));
            context(&built)?
        }
        Image::Desk => filled(&desk()?, "tqqq")?,
    };
    let mut build = if builder == "buildah" {
        let mut build = buildah();
        // Docker's format is the one that has health checks.
        build.args(["build", "--isolation", "chroot", "--format", "docker"]);
        build
    } else {
        let mut build = Command::new("docker");
        build.arg("build");
        build
    };
    build.args(["--target", image.stage(), "--tag", image.name()]);
    quiet("image", build.arg(&folder))?;
    say(&format!("built {} with {builder}", image.name()));
    if builder != "buildah" {
        say("not run here: try it with `docker run`");
        return Ok(());
    }
    let seen = in_container(image)?;
    say(&format!("ran it: {seen}"));
    Ok(())
}

/// Files instead of layers work on any file system, and as root everywhere.
fn buildah() -> Command {
    let mut command = Command::new("buildah");
    command.args(["--storage-driver", "vfs"]);
    command
}

/// Runs the program of an image where nothing but the image is to be seen.
fn in_container(image: Image) -> Result<String> {
    let container = output(buildah().args(["from", image.name()]))?;
    let container = container.trim();
    let root = output(buildah().args(["mount", container]))?;
    let seen = tried(image, Path::new(root.trim()));
    // What was tried is told, whether or not the container can be put away.
    let _ = output(buildah().args(["rm", container]));
    seen
}

fn tried(image: Image, root: &Path) -> Result<String> {
    match image {
        Image::Functions => {
            let program = environment::target().join("lambda").join("in-image");
            let script = format!("#!/bin/sh\nexec chroot '{}' /bootstrap\n", root.display());
            fs::write(&program, script)
                .with_context(|| format!("cannot write {}", program.display()))?;
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755))
                .with_context(|| format!("cannot make {} run", program.display()))?;
            super::aws::session_with(&program)
        }
        Image::Desk => {
            output(Command::new("chroot").arg(USER).arg(root).args([
                "/tqqq",
                "run",
                "--journal",
                "/data/image.journal",
            ]))?;
            Ok("a quarter of trading, as a user that is not root".to_owned())
        }
    }
}

/// The runner, built for release.
fn desk() -> Result<PathBuf> {
    let mut build = Command::new(environment::cargo());
    build.args(["build", "--locked", "--release", "--package", "cli"]);
    quiet("desk", &mut build)?;
    Ok(environment::target().join("release").join("tqqq"))
}

/// The folder that the image of the functions is built from.
///
/// # Errors
/// When a part of it is not there.
pub(crate) fn context(built: &Bootstrap) -> Result<PathBuf> {
    filled(&built.folder.join("bootstrap"), "bootstrap")
}

/// A folder that an image is built from: `Dockerfile`, the ground of both images, the program.
fn filled(program: &Path, name: &str) -> Result<PathBuf> {
    let folder = environment::target().join("xtask").join("image").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    copy(program, &folder.join("program").join(name))?;
    let ground = folder.join("ground");
    for library in libraries(program)? {
        let inside = library.strip_prefix("/").unwrap_or(&library);
        copy(&library, &ground.join(inside))?;
    }
    let bundle = BUNDLES
        .iter()
        .map(PathBuf::from)
        .find(|path| path.is_file());
    let bundle =
        bundle.context("no certificates; install them with `apt-get install ca-certificates`")?;
    copy(&bundle, &ground.join("etc/ssl/certs/ca-certificates.crt"))?;
    let passwd = ground.join("etc/passwd");
    fs::write(&passwd, PASSWD).with_context(|| format!("cannot write {}", passwd.display()))?;
    let data = folder.join("data");
    fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let containerfile = environment::root().join("deploy/container/Containerfile");
    copy(&containerfile, &folder.join("Dockerfile"))?;
    Ok(folder)
}

/// What the program is linked with, as this system has it; nothing for a static one. The image
/// brings its own C library, so the system it is built on may be newer than Lambda's.
fn libraries(program: &Path) -> Result<Vec<PathBuf>> {
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

fn copy(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().context("a file lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let copied = fs::copy(from, to);
    copied.with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    ensure!(to.is_file(), "{} is not there", to.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_named_or_the_functions_one_is_meant() {
        let parse = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            Image::parse(&words).ok()
        };
        assert_eq!(parse(&[]), Some(Image::Functions));
        assert_eq!(parse(&["desk"]), Some(Image::Desk));
        assert_eq!(parse(&["desk", "now"]), None);
        assert_eq!(parse(&["--push"]), None);
    }

    #[test]
    fn both_images_are_stages_of_the_one_file() {
        let file = environment::root().join("deploy/container/Containerfile");
        let text = fs::read_to_string(file).expect("it is there");
        for image in [Image::Functions, Image::Desk] {
            assert!(text.contains(&format!("FROM ground AS {}\n", image.stage())));
        }
    }
}
