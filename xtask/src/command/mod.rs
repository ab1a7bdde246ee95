//! One file a command.

pub(crate) mod archive;
pub(crate) mod aws;
pub(crate) mod bench;
pub(crate) mod browser;
pub(crate) mod clients;
pub(crate) mod coverage;
pub(crate) mod deny;
pub(crate) mod deploy;
pub(crate) mod image;
pub(crate) mod infrastructure;
pub(crate) mod manual;
pub(crate) mod mutants;
pub(crate) mod pages;
pub(crate) mod picture;
pub(crate) mod reference;
pub(crate) mod test;
