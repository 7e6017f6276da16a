//! What this product asks a helpdesk and tells it, with a real one: Request Tracker 5.

use helpdesk::hook::{self, Delivery, HookKind, HookSecret};
use helpdesk::{
    Address, CertificateNumber, Consequence, Credential, Heard, Helpdesk, InternalNote, Proof, Said, Step,
    Ticket, TicketNews, TicketRef, TicketSignal, TicketState, Trouble, Verdict,
};
use journeys::RequestTracker;
use journeys::request_tracker::{Round, ask, pull_all};
use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// The desk's memory of tickets.
#[derive(Default)]
struct Desk(HashMap<TicketRef, (Ticket, Heard)>);

impl Desk {
    /// Hears news as the desk does, and says what follows.
    fn hear(&mut self, news: &TicketNews, can_ask: bool) -> Result<Consequence, Verdict> {
        let (ticket, heard) = self
            .0
            .entry(news.reference.clone())
            .or_insert_with(|| (Ticket::new(news.reference.clone()), Heard::default()));
        let (now, verdict) = heard.hear(news, can_ask);
        *heard = now;
        let Verdict::Act(signal) = verdict else { return Err(verdict) };
        let (after, consequence) = ticket.hear(&signal);
        *ticket = after;
        Ok(consequence)
    }

    fn ticket(&self, id: u64) -> &Ticket {
        &self.0[&reference(id)].0
    }
}

fn reference(id: u64) -> TicketRef {
    format!("#{id}").parse().unwrap()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

async fn confirmed(helpdesk: &Helpdesk, credential: &Credential, id: u64) -> TicketNews {
    let mut confirmation = helpdesk.confirm(&reference(id)).unwrap();
    loop {
        let answer = ask(helpdesk, credential, helpdesk.confirm_call(&confirmation)).await.unwrap();
        match helpdesk.confirmed(confirmation, &answer).unwrap() {
            Step::Ask(next) => confirmation = next,
            Step::Done(news) => return news,
        }
    }
}

/// Request Tracker reads four digits as a time of day or a year, and six as a date, also before "seconds ago".
#[tokio::test]
async fn however_long_the_desk_was_off_it_hears_of_a_ticket() {
    let rt = RequestTracker::start().await.unwrap();
    let (helpdesk, credential) = (rt.helpdesk().unwrap(), rt.credential().unwrap());
    let ticket = rt.create_ticket("resolved meanwhile").await.unwrap();
    rt.resolve(ticket).await.unwrap();
    for off in [0, 600, 1_140, 2_340, 3_600, 9_900, 86_400, 604_800, 2_592_000] {
        let now = now();
        let round = pull_all(&helpdesk, &credential, helpdesk.pull(now - off), now).await.unwrap();
        let heard: Vec<_> = round.news.iter().map(|news| (&news.reference, &news.said)).collect();
        assert_eq!(heard, [(&reference(ticket), &Said::Is(TicketSignal::Closed))], "{off}");
    }
}

#[tokio::test]
async fn what_happens_in_request_tracker_is_heard() {
    let rt = RequestTracker::start().await.unwrap();
    let (helpdesk, credential) = (rt.helpdesk().unwrap(), rt.credential().unwrap());
    let mut ids = Vec::new();
    for subject in ["resolved", "rejected", "deleted", "merged away", "merged into", "reopened", "left alone"]
    {
        ids.push(rt.create_ticket(subject).await.unwrap());
    }
    let [resolved, rejected, deleted, away, into, reopened, alone] = ids[..] else { panic!() };
    let mut desk = Desk::default();
    let Round { news, next: pull, .. } =
        pull_all(&helpdesk, &credential, helpdesk.pull(now() - 600), now()).await.unwrap();
    assert_eq!(news.len(), 7);
    for told in &news {
        assert_eq!(desk.hear(told, true), Ok(Consequence::Unchanged), "a new ticket is open");
    }

    rt.resolve(resolved).await.unwrap();
    rt.reject(rejected).await.unwrap();
    rt.delete(deleted).await.unwrap();
    rt.merge(away, into).await.unwrap();
    rt.resolve(reopened).await.unwrap();
    let Round { news, next: pull, calls, .. } = pull_all(&helpdesk, &credential, pull, now()).await.unwrap();
    assert_eq!(calls, 3, "tickets, history, and history's end: the account does not see all of it");
    let mut followed = HashMap::new();
    for told in &news {
        assert_eq!(told.proof, Proof::Pulled);
        assert!(told.at.abs_diff(now()) < 300);
        if let Ok(what) = desk.hear(told, true) {
            followed.insert(told.reference.clone(), what);
        }
    }
    let closed = Consequence::Closed { was_solved: false };
    let expected = [
        (reference(resolved), closed.clone()),
        (reference(rejected), closed.clone()),
        (reference(deleted), closed.clone()),
        (reference(away), Consequence::Merged { into: reference(into) }),
        (reference(reopened), closed),
    ];
    assert_eq!(followed, HashMap::from(expected));
    assert_eq!(desk.ticket(away).state, TicketState::Open, "a merge never closes");
    assert_eq!(desk.ticket(into).state, TicketState::Open);

    // The overlap shows the same again, which changes nothing.
    let Round { news, next: pull, .. } = pull_all(&helpdesk, &credential, pull, now()).await.unwrap();
    assert!(news.len() >= 5);
    for told in &news {
        assert!(!matches!(desk.hear(told, true), Ok(what) if what != Consequence::Unchanged), "{told:?}");
    }

    // One by the agent, one by the customer's own reply.
    rt.reopen(reopened).await.unwrap();
    rt.reply(resolved, "It is still broken.").await.unwrap();
    let Round { news, .. } = pull_all(&helpdesk, &credential, pull, now()).await.unwrap();
    let reopening: Vec<_> = news
        .iter()
        .filter(|told| desk.hear(told, true) == Ok(Consequence::Reopened))
        .map(|told| told.reference.clone())
        .collect();
    assert_eq!(reopening, [reference(resolved), reference(reopened)]);

    for (id, said) in [
        (resolved, Said::Is(TicketSignal::Open)),
        (rejected, Said::Is(TicketSignal::Closed)),
        (deleted, Said::Is(TicketSignal::Closed)),
        (away, Said::Is(TicketSignal::Merged(reference(into)))),
        (into, Said::Is(TicketSignal::Open)),
        (alone, Said::Is(TicketSignal::Open)),
    ] {
        let news = confirmed(&helpdesk, &credential, id).await;
        assert_eq!((news.reference, news.said, news.proof), (reference(id), said, Proof::Pulled));
    }
}

#[tokio::test]
async fn notes_are_for_agents_only() {
    let rt = RequestTracker::start().await.unwrap();
    let (helpdesk, credential) = (rt.helpdesk().unwrap(), rt.credential().unwrap());
    let ticket = rt.create_ticket("A passport is needed").await.unwrap();
    let certificate: CertificateNumber = "CR-0123456789".parse().unwrap();
    let notes = [InternalNote::Requested, InternalNote::Deleted { certificate }, InternalNote::Received];
    for note in &notes {
        let call = helpdesk.note(&reference(ticket), note).unwrap();
        helpdesk.noted(&ask(&helpdesk, &credential, call).await.unwrap()).unwrap();
    }
    let texts: Vec<_> = notes.iter().map(InternalNote::text).collect();
    assert_eq!(rt.comments(ticket).await.unwrap(), texts);

    // The same look finds what the customer may see, and the mail that went out for it.
    rt.reply(ticket, "Which page of it?").await.unwrap();
    let seen = rt.seen_by_customer(ticket).await.unwrap();
    assert!(seen.iter().any(|text| text.contains("Which page of it?")), "{seen:?}");
    let mails = rt.mails().unwrap();
    assert!(mails.contains("customer@cloakroom.test"), "{mails}");
    for text in seen.iter().chain([&mails]) {
        assert!(!text.contains("Cloakroom: "), "{text}");
    }

    let missing = helpdesk.note(&reference(9999), &InternalNote::Requested).unwrap();
    let answer = ask(&helpdesk, &credential, missing).await.unwrap();
    assert!(helpdesk.noted(&answer).is_err());
}

#[tokio::test]
async fn what_is_wrong_with_the_settings_is_said() {
    let rt = RequestTracker::start().await.unwrap();
    let (helpdesk, credential) = (rt.helpdesk().unwrap(), rt.credential().unwrap());
    let check = async |helpdesk: &Helpdesk, credential: &Credential| {
        helpdesk.checked(&ask(helpdesk, credential, helpdesk.check()).await.unwrap())
    };
    assert_eq!(check(&helpdesk, &credential).await, Ok(()));
    let other = Credential::parse("1-31-00000000000000000000000000000000").unwrap();
    assert_eq!(check(&helpdesk, &other).await, Err(Trouble::SignIn));
    let elsewhere = |path: &str| {
        let address = Address::parse(&format!("{}{path}", rt.base())).unwrap();
        Helpdesk::RequestTracker(helpdesk::RequestTracker { address, queues: Vec::new() })
    };
    assert_eq!(check(&elsewhere("/nothing"), &credential).await, Err(Trouble::NotThisHelpdesk));
    let missing = elsewhere("").confirm(&reference(9999)).unwrap();
    let answer = ask(&helpdesk, &credential, helpdesk.confirm_call(&missing)).await.unwrap();
    assert_eq!(helpdesk.confirmed(missing, &answer), Err(Trouble::NoTicket));

    // All queues, instead of one by name.
    let ticket = rt.create_ticket("anywhere").await.unwrap();
    let all = elsewhere("");
    let Round { news, .. } = pull_all(&all, &credential, all.pull(now() - 60), now()).await.unwrap();
    assert_eq!(news.iter().map(|told| told.reference.clone()).collect::<Vec<_>>(), [reference(ticket)]);
}

#[tokio::test]
async fn more_than_a_page_is_pulled_without_a_gap() {
    let rt = RequestTracker::start().await.unwrap();
    let (helpdesk, credential) = (rt.helpdesk().unwrap(), rt.credential().unwrap());
    rt.fill(250).await.unwrap();
    let Round { news, calls, .. } =
        pull_all(&helpdesk, &credential, helpdesk.pull(now() - 600), now()).await.unwrap();
    let mut found: Vec<_> = news.iter().map(|told| told.reference.to_string()).collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!((news.len(), found.len()), (250, 250));
    assert_eq!(calls, 4, "three pages of tickets, and the history");
}

#[tokio::test]
async fn a_scrip_of_request_tracker_tells_the_hook() {
    let rt = RequestTracker::start().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hooks/0123", listener.local_addr().unwrap());
    let secret = HookSecret::parse("a secret of 16 or more characters").unwrap();
    rt.send_webhooks(&address, secret.expose()).unwrap();
    let ticket = rt.create_ticket("signed").await.unwrap();
    let taking = take_one(listener);
    let resolving = async {
        rt.resolve(ticket).await.unwrap();
        // Scrips run before it answers: by now it was told.
        tokio::time::sleep(Duration::from_secs(20)).await;
    };
    let (headers, body) = tokio::select! {
        taken = taking => taken,
        () = resolving => panic!("nothing was told: {}", rt.log().unwrap()),
    };
    let delivery = Delivery { headers: &headers, body: &body, arrived: now() };
    let judged = hook::judge(HookKind::Generic, &secret, &delivery, now()).unwrap();
    let [news] = &judged.news[..] else { panic!("{judged:?}") };
    assert!(news.reference.same_ticket(&reference(ticket)));
    assert_eq!((&news.said, news.proof), (&Said::Is(TicketSignal::Closed), Proof::Signed));

    // Where the desk can ask, it asks.
    assert_eq!(Heard::default().hear(news, true).1, Verdict::Ask);
    assert_eq!(Heard::default().hear(news, false).1, Verdict::Act(TicketSignal::Closed));
    let asked = confirmed(&rt.helpdesk().unwrap(), &rt.credential().unwrap(), ticket).await;
    assert_eq!((asked.said, asked.proof), (Said::Is(TicketSignal::Closed), Proof::Pulled));
    let other = HookSecret::parse("another secret, as long").unwrap();
    assert_eq!(hook::judge(HookKind::Generic, &other, &delivery, now()), Err(hook::Refused::Forged));
}

/// Takes one POST and answers 204.
async fn take_one(listener: TcpListener) -> (Vec<(String, String)>, Vec<u8>) {
    let (stream, _) = listener.accept().await.unwrap();
    let mut stream = BufReader::new(stream);
    let (mut headers, mut line) = (Vec::new(), String::new());
    stream.read_line(&mut line).await.unwrap();
    loop {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length")).unwrap();
    let mut body = vec![0; length.1.parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await.unwrap();
    (headers, body)
}
