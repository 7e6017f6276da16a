// Every command of every window. This one list makes the handler, the permissions and the TypeScript: the build
// script and the library include it, each with a `commands!` of its own.
//
// Window kinds, then for each command: the module that has it, its name, what it takes (besides the shell itself)
// and what it answers. `Bytes` is a raw body: a passphrase never becomes JSON.
commands! {
    main {
        overview::state() -> State;
        overview::wait(u64) -> u64;
        overview::inbox(InboxQuery) -> InboxPage;
        overview::request(String) -> RequestView;
        overview::believe_clock() -> ();
        asking::templates() -> Vec<TemplateView>;
        asking::preview(Ask) -> Preview;
        asking::ask(Ask) -> NewLink;
        asking::link(String) -> NewLink;
        asking::copy(String) -> ();
        asking::revoke(String) -> ();
        asking::collect_again(String) -> ();
        ending::close_ticket(String) -> Closing;
        ending::undo_close(String) -> ();
        ending::charged(String) -> ();
        ending::erase_now(String) -> ();
        past::history(HistoryQuery) -> HistoryPage;
        past::verify_ledger() -> Ledger;
        certificates::certificate(String) -> CertificateView;
        certificates::save_certificate(String) -> Saved;
        past::save_history(Export) -> Saved;
        past::print() -> ();
        settings::settings() -> SettingsView;
        settings::save_settings(Settings) -> ();
        looking::open_reveal(String) -> ();
        looking::left_request() -> ();
        locking::lock() -> ();
        locking::active() -> ();
        asking::from_ticket() -> Option<FromTicket>;
        relays::relay_settings() -> RelaySettings;
        relays::enrol(Enrolment) -> ();
        relays::use_relay_inside() -> ();
        relays::give_up_relay(u32) -> ();
        relays::set_relay_shares(Rule) -> ();
        helpdesks::helpdesks() -> Vec<HelpdeskView>;
        helpdesks::add_helpdesk(Bytes) -> String;
        helpdesks::test_helpdesk(String) -> ();
        helpdesks::pull_helpdesk(String) -> ();
        helpdesks::use_helpdesk(HelpdeskUse) -> ();
        helpdesks::remove_helpdesk(String) -> ();
        helpdesks::set_hook(Bytes) -> HookView;
        helpdesks::forget_disbeliefs(String) -> ();
        around::again(String) -> AgainOptions;
        around::ask_again(AskAgain) -> NewLink;
        around::remind(String) -> Reminder;
        around::offer_longer(LongerTerm) -> ();
        bringing::open_bring(BringTo) -> ();
    }
    start {
        founding::advise_passphrase(Bytes) -> PassphraseAdvice;
        founding::found(Bytes) -> Once;
        founding::founded() -> ();
    }
    unlock {
        locking::lock_state() -> LockState;
        locking::wait_locked(u64) -> u64;
        locking::unlock(Bytes) -> ();
    }
    reveal {
        looking::subject() -> Subject;
        looking::reveal(RevealAsk) -> Shown;
        looking::hide() -> ();
    }
    bring {
        bringing::bring_subject() -> BringSubject;
        bringing::bring_in(Bytes) -> ();
        bringing::bring_end() -> ();
    }
    trouble {
        beginning::start_trouble() -> Failure;
        beginning::try_again() -> ();
    }
    main start unlock trouble {
        beginning::quit() -> ();
    }
}
