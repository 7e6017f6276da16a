use zeroize::Zeroizing;

/// An upright picture: RGBA, 8 bits each, alpha not premultiplied, row by row from the top left.
///
/// It shows a customer's document, so it is wiped on drop and can be neither printed nor copied by accident.
pub struct Pixels {
    width: u32,
    height: u32,
    rgba: Zeroizing<Vec<u8>>,
}

impl Pixels {
    pub(crate) fn new(width: u32, height: u32, rgba: Zeroizing<Vec<u8>>) -> Self {
        Self { width, height, rgba }
    }

    /// Columns.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The same bytes, to be handed on.
    #[must_use]
    pub fn into_rgba(self) -> Zeroizing<Vec<u8>> {
        self.rgba
    }

    /// `width * height * 4` bytes.
    #[must_use]
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }
}
