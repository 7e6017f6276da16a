/// The kinds of picture that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Media {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `image/webp`
    WebP,
}

impl Media {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::WebP];

    /// The kind a media type names, none for a type that is not shown as a picture.
    #[must_use]
    pub fn from_type(media_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|media| media.as_type() == media_type)
    }

    /// The kind a file's first bytes say it is.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        let riff_of = |kind: &[u8]| bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(kind);
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if riff_of(b"WEBP") {
            Some(Self::WebP)
        } else {
            None
        }
    }

    /// Its media type.
    #[must_use]
    pub fn as_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }
}
