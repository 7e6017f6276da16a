//! Certificates: shown, and saved.

use super::{Answer, downloads::save_download};
use crate::{
    Shell,
    view::{Certificate, Line, Saved, Section},
    words,
};
use desk::{Desk, Erasure, Findings, PurgeDetail, certificate_number};
use tauri::{State as Managed, WebviewWindow};

/// A purge's certificate. It is checked here and now; one that does not hold is an error and not shown.
#[tauri::command]
pub(crate) async fn certificate(shell: Managed<'_, Shell>, args: String) -> Answer<Certificate> {
    let desk = shell.desk()?;
    let id = words::id(&args)?;
    let (json, findings) = desk.proof(id).await?;
    let purge = desk.purge(id).await?;
    let key = desk.verifying_key().await?;
    Ok(Certificate {
        number: certificate_number(id),
        sentence: sentence(&findings),
        sections: sections(&desk, &purge, &findings, &key).await?,
        key,
        json,
    })
}

/// Saves a certificate among the person's downloads.
#[tauri::command]
pub(crate) async fn save_certificate(
    window: WebviewWindow,
    shell: Managed<'_, Shell>,
    args: String,
) -> Answer<Saved> {
    let id = words::id(&args)?;
    let (json, _) = shell.desk()?.proof(id).await?;
    save_download(&window, format!("cloakroom-{}", certificate_number(id)), "json", json).await
}

/// One plain sentence; ids and method stand in the sections below it.
fn sentence(findings: &Findings) -> String {
    let copies = if findings.relay_confirmed {
        "the relay confirmed that it holds no copy"
    } else {
        "the relay was gone for good and did not confirm that its copy is, which no key opens"
    };
    format!(
        "The keys to {} of ticket {} were destroyed on {}; {copies}.",
        counted(findings).unwrap_or_else(|| "a link that was not used,".to_owned()),
        findings.ticket,
        words::moment(findings.destroyed_at)
    )
}

/// "2 ID documents, 1 payment card"; none where nothing had arrived.
fn counted(findings: &Findings) -> Option<String> {
    let counted: Vec<_> = findings
        .classes
        .iter()
        .map(|counted| {
            let (one, many) = match counted.class.as_str() {
                "identity" => ("ID document", "ID documents"),
                "payment" => ("payment card", "payment cards"),
                _ => ("other item", "other items"),
            };
            format!("{} {}", counted.items, if counted.items == 1 { one } else { many })
        })
        .collect();
    (!counted.is_empty()).then(|| counted.join(", "))
}

/// The sections of the sample certificate in NIST SP 800-88, appendix G.
async fn sections(desk: &Desk, purge: &PurgeDetail, findings: &Findings, key: &str) -> Answer<Vec<Section>> {
    let company = desk.company().await?.name;
    let row = &purge.row;
    let by = row.person.map_or_else(|| "nobody; it was due".to_owned(), |person| words::person(desk, person));
    let copies = if findings.relay_confirmed {
        "None. The relay confirmed that it holds nothing, and the customer's own device is theirs."
    } else {
        "The relay was gone for good and did not confirm. What it may still hold is ciphertext without a key."
    };
    Ok(vec![
        section(
            "Who",
            vec![
                line("Company", company),
                line("Asked for by", by),
                line("Desk", findings.vault.to_string()),
            ],
        ),
        section(
            "What",
            vec![
                line("Ticket", findings.ticket.to_string()),
                line("Items", counted(findings).unwrap_or_else(|| "none; nothing had arrived".to_owned())),
                line("Why", words::rule(&row.rule)),
                line("Due", words::utc(row.due)),
            ],
        ),
        section(
            "Method",
            vec![
                line(
                    "Kind",
                    "Cryptographic erase: encrypted before the first write, every copy of the keys destroyed"
                        .to_owned(),
                ),
                line(
                    "How well",
                    findings.erasure.iter().map(|letter| erasure(*letter)).collect::<Vec<_>>().join("; "),
                ),
                line(
                    "Keys destroyed",
                    format!(
                        "{} entries of the keyring, on {}",
                        findings.keys,
                        words::utc(findings.destroyed_at)
                    ),
                ),
                line(
                    "Ciphertext removed",
                    format!(
                        "{} bytes by {}",
                        words::grouped(findings.bytes),
                        words::utc(findings.completed_at)
                    ),
                ),
            ],
        ),
        section("Other copies", vec![line("Elsewhere", copies.to_owned())]),
        section(
            "Verification",
            vec![
                line(
                    "Ledger",
                    format!("three entries among the first {}, each proven to be in it", findings.size),
                ),
                line("Signed with", key.to_owned()),
                line("Anyone can check it", "cloakroom-verify, offline, with the key above".to_owned()),
            ],
        ),
    ])
}

fn erasure(letter: Erasure) -> String {
    match letter {
        Erasure::RelayShare => "R: the relay's share of the keys is gone as well",
        Erasure::Hardware => "H: the key was sealed to hardware",
        Erasure::Overwritten => "P: the keys were overwritten in place, on a disk known to do so",
        Erasure::BestEffort => {
            "B: best effort; this disk may keep old blocks, which no usable key opens from this desk"
        }
    }
    .to_owned()
}

fn section(heading: &str, lines: Vec<Line>) -> Section {
    Section { heading: heading.to_owned(), lines }
}

fn line(name: &str, value: String) -> Line {
    Line { name: name.to_owned(), value }
}
