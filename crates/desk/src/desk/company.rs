//! Who asks, as customers read it.

use super::Desk;
use crate::{Company, DeskError};

pub(super) const SETTING: &str = "company";

impl Desk {
    /// Who asks, as customers read it.
    pub async fn company(&self) -> Result<Company, DeskError> {
        let text = self.vault(|vault, _| Ok(vault.db().setting(SETTING)?)).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Changes who asks.
    pub async fn set_company(&self, company: &Company) -> Result<(), DeskError> {
        self.session()?;
        let text = json(company)?;
        self.vault(
            move |vault, now| Ok(vault.change(now, |change| change.db().set_setting(SETTING, &text))?),
        )
        .await?;
        self.show_contact(company).await;
        Ok(())
    }

    /// The relay inside says whom to ask about a link that does not work.
    pub(crate) async fn show_contact(&self, company: &Company) {
        if let Some(home) = self.inner.home.lock().await.as_ref() {
            home.show_contact(company);
        }
    }
}

/// What every customer is shown holds no card number.
pub(super) fn json(company: &Company) -> Result<String, DeskError> {
    let help = &company.help;
    let ways = [&help.phone, &help.email, &help.web].into_iter().flatten().map(String::as_str);
    crate::requests::outgoing([company.name.as_str(), &help.name].into_iter().chain(ways))?;
    serde_json::to_string(company).map_err(|_| DeskError::Settings)
}
