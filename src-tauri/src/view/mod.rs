//! What windows are told, as they are told it: plain data, masked where it is masked.

mod around;
mod failure;
mod helpdesk;
mod history;
mod new_request;
mod relay;
mod request;
mod reveal;
mod settings;
mod small;

pub(crate) use around::{
    AgainOptions, AgainSlot, AskAgain, BringSlot, BringSubject, BringTo, Bringing, LongerTerm, Reminder,
};
pub(crate) use failure::{Failure, FailureCode, sentences};
pub(crate) use helpdesk::{ClaimView, HelpdeskUse, HelpdeskView, HookOf, HookView, NewHelpdesk, Reply};
pub(crate) use history::Certificate as CertificateView;
pub(crate) use history::{
    Certificate, Export, ExportAs, HistoryPage, HistoryQuery, Ledger, Line, PurgeState, PurgeView, Saved,
    Section,
};
pub(crate) use new_request::{Ask, Asks, FromTicket, Keeps, NewLink, Preview, Qr, TemplateView};
pub(crate) use relay::{Enrolment, RelaySettings, Rule};
pub(crate) use request::{
    Closing, Counts, Cursor, DataClass, Described, Due, HoldingView, InboxPage, InboxQuery, InboxRow,
    ItemKind, ItemView, Look, RequestView, RoundView,
};
pub(crate) use reveal::{Reason, RevealAsk, Shown, Subject};
pub(crate) use settings::{Clock, Company, Founding, Settings, SettingsView, State, Theme, Trouble};
pub(crate) use small::{LockState, Once, PassphraseAdvice};
