//! Files: ages and permissions.

use std::fs::{self, Metadata};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use market::time::new_york_text;
use market::{Duration, Instant};

use super::{Finding, Remedy};
use crate::places::Configuration;

/// Bits of a mode by which others than the owner may write.
const WRITABLE_BY_OTHERS: u32 = 0o022;
/// Bits by which others may read or write.
const OPEN_TO_OTHERS: u32 = 0o077;
/// All bits of a mode that say who may do what.
const PERMISSIONS: u32 = 0o777;

/// The configuration's file.
pub(super) fn configuration(configuration: &Configuration, wall: Instant) -> Finding {
    const NAME: &str = "config";
    let Some(path) = &configuration.file else {
        return Finding::ok(NAME, "no file: every default, on the local exchange");
    };
    let shown = path.display();
    let facts = match fs::metadata(path) {
        Ok(facts) => facts,
        Err(error) => {
            return Finding::of_error(NAME, format!("{shown}: {error}"), "see that it stays");
        }
    };
    let changed = changed(&facts, wall);
    let found = format!("{shown}, changed {changed}");
    match too_open(path, &facts, WRITABLE_BY_OTHERS) {
        None => Finding::ok(NAME, found),
        Some(remedy) => Finding::warn(
            NAME,
            format!("{found}; others on this machine may write it"),
            format!("whoever may change it decides what is traded: {remedy}"),
        )
        .with(remedy),
    }
}

/// What takes permissions from others that a file of secrets must not give.
pub(super) fn secret_is_open(path: &Path) -> Option<Remedy> {
    too_open(path, &fs::metadata(path).ok()?, OPEN_TO_OTHERS)
}

/// What takes the permission to write from others.
pub(super) fn others_may_write(path: &Path) -> Option<Remedy> {
    too_open(path, &fs::metadata(path).ok()?, WRITABLE_BY_OTHERS)
}

fn too_open(path: &Path, facts: &Metadata, unwanted: u32) -> Option<Remedy> {
    let mode = facts.permissions().mode() & PERMISSIONS;
    (mode & unwanted != 0).then(|| Remedy::Restrict {
        path: path.to_owned(),
        mode: mode & !unwanted,
    })
}

fn changed(facts: &Metadata, wall: Instant) -> String {
    let modified = facts
        .modified()
        .ok()
        .and_then(|at| Instant::try_from(at).ok());
    let Some(at) = modified else {
        return "at an unknown time".to_owned();
    };
    format!("{} ({})", new_york_text(at), ago(wall.duration_since(at)))
}

/// `3 days ago`, by the largest unit that fits.
fn ago(age: Duration) -> String {
    const UNITS: [(i64, &str); 3] = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let seconds = age.as_secs();
    if seconds < 0 {
        return "in the future by this machine's clock".to_owned();
    }
    let fits = UNITS.into_iter().find(|(length, _)| seconds >= *length);
    match fits {
        None => "just now".to_owned(),
        Some((length, unit)) => {
            let count = seconds / length;
            let plural = if count == 1 { "" } else { "s" };
            format!("{count} {unit}{plural} ago")
        }
    }
}

#[cfg(test)]
mod tests {
    use market::time::seconds;

    use super::*;

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let table = [
            (-5, "in the future by this machine's clock"),
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7199, "1 hour ago"),
            (3 * 86_400 + 5, "3 days ago"),
        ];
        for (age, text) in table {
            assert_eq!(ago(seconds(age)), text);
        }
    }

    #[test]
    fn permissions_are_taken_from_others_and_from_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "x").unwrap();
        for (mode, secret, config) in [
            (0o600, None, None),
            (0o640, Some(0o600), None),
            (0o666, Some(0o600), Some(0o644)),
            (0o400, None, None),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let wanted = |remedy: Option<Remedy>| {
                remedy.map(|remedy| match remedy {
                    Remedy::Restrict { mode, .. } => mode,
                    other => panic!("{other:?}"),
                })
            };
            assert_eq!(wanted(secret_is_open(&path)), secret, "{mode:o}");
            assert_eq!(wanted(others_may_write(&path)), config, "{mode:o}");
        }
    }
}
