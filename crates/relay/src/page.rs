//! The customer's page: files read once, served as they are.

use crate::refused::Refused;
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};
use wire::ProblemCode;

/// All files of a page together, bytes. The page is a few dozen KB; more means a wrong folder.
const PAGE_MAX: u64 = 32 * 1024 * 1024;

/// Why the page's folder cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The folder or a file in it cannot be read.
    #[error("the page's folder cannot be read ({0}); build the page, or point to where it was built")]
    Unreadable(#[from] io::Error),
    /// There is no `index.html`.
    #[error("the page's folder has no index.html; build the page, or point to where it was built")]
    NoIndex,
    /// More than a page ever is.
    #[error("the page's folder holds more than 32 MiB; point to the folder of the built page alone")]
    TooLarge,
}

/// Marks an answer that carries the page's own policy.
#[derive(Clone)]
pub(crate) struct PageAnswer;

/// Every path the page answers to. What is not in here cannot be reached, however a path is written.
#[derive(Default)]
pub(crate) struct Page(HashMap<String, File>);

struct File {
    bytes: Bytes,
    media_type: &'static str,
}

impl Page {
    pub(crate) fn read(folder: &Path) -> Result<Self, PageError> {
        let mut page = Self::default();
        let mut left = PAGE_MAX;
        let mut folders = vec![(folder.to_owned(), String::from("/"))];
        while let Some((folder, prefix)) = folders.pop() {
            for (name, path, is_folder) in entries(&folder)? {
                if is_folder {
                    folders.push((path, format!("{prefix}{name}/")));
                    continue;
                }
                left = left.checked_sub(fs::metadata(&path)?.len()).ok_or(PageError::TooLarge)?;
                let file = File { bytes: fs::read(&path)?.into(), media_type: media_type(&name) };
                page.0.insert(format!("{prefix}{name}"), file);
            }
        }
        let index = page.0.remove("/index.html").ok_or(PageError::NoIndex)?;
        page.0.insert("/".to_owned(), index);
        Ok(page)
    }

    /// The file of exactly this path.
    pub(crate) fn answer(&self, path: &str) -> Response {
        // Some gateways turn a link's `#` into this; the page repairs it, and takes it out of the address at once.
        let path = if path.starts_with("/%23") { "/" } else { path };
        match self.0.get(path) {
            Some(file) => {
                let mut response =
                    ([(header::CONTENT_TYPE, file.media_type)], file.bytes.clone()).into_response();
                response.extensions_mut().insert(PageAnswer);
                response
            }
            None => Refused::from(ProblemCode::NoSuchCall).into_response(),
        }
    }
}

/// Files and folders with plain names; links and hidden files are left out.
fn entries(folder: &Path) -> io::Result<Vec<(String, PathBuf, bool)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if let Ok(name) = entry.file_name().into_string()
            && !name.starts_with('.')
            && (kind.is_file() || kind.is_dir())
        {
            found.push((name, entry.path(), kind.is_dir()));
        }
    }
    Ok(found)
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/vnd.microsoft.icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
