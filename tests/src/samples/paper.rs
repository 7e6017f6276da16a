//! A PDF of several pages (ISO 32000-1), with enough in it to travel in several chunks.

use std::fmt::Write;

/// Stands in the document's title.
pub const PAPER_MARK: &str = "Household register 7f3c91 of Zwanziger";

const PAGES: usize = 5;
const ATTACHED: usize = 700_000;

/// The file.
pub fn paper() -> Vec<u8> {
    let kids: String = (0..PAGES).fold(String::new(), |mut kids, page| {
        let _ = write!(kids, "{} 0 R ", 5 + 2 * page);
        kids
    });
    let mut objects: Vec<Vec<u8>> = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Count {PAGES} /Kids [{kids}] >>").into_bytes(),
        format!("<< /Title ({PAPER_MARK}) >>").into_bytes(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_vec(),
    ];
    for page in 0..PAGES {
        objects.push(
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R \
                 /Resources << /Font << /F1 4 0 R >> >> >>",
                6 + 2 * page
            )
            .into_bytes(),
        );
        objects
            .push(stream(format!("BT /F1 24 Tf 72 760 Td (Page {} of {PAGES}) Tj ET", page + 1).as_bytes()));
    }
    objects.push(stream(&scan()));

    let mut file = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = String::new();
    for (number, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        file.extend_from_slice(format!("{} 0 obj\n", number + 1).as_bytes());
        file.extend_from_slice(object);
        file.extend_from_slice(b"\nendobj\n");
    }
    let (size, start) = (objects.len() + 1, file.len());
    let end = format!(
        "xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R /Info 3 0 R >>\n\
         startxref\n{start}\n%%EOF\n"
    );
    file.extend_from_slice(end.as_bytes());
    file
}

fn stream(body: &[u8]) -> Vec<u8> {
    [format!("<< /Length {} >>\nstream\n", body.len()).as_bytes(), body, b"\nendstream"].concat()
}

/// Bytes as of a scan: always the same, and no shorter when packed.
fn scan() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..ATTACHED)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect()
}
