//! A longer term where the relay keeps a part of the key: its part lives as long as was agreed, and no longer.

use crate::{
    bed::{Bed, PASSPHRASE, config, passphrase},
    clock::DAY,
    customer::Customer,
    elsewhere::Elsewhere,
};
use axum::http::HeaderMap;
use desk::{Answer, Call, Desk, DeskError, HttpTransport, Missing, NewLink, NoAnswer, Template, Transport};
use futures_util::{StreamExt, future::BoxFuture};
use seal::{note::Says, word::WordKind};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
};
use vault::tables::round::RoundState;
use wire::{BoxId, DataClass, Problem, ProblemCode};

const CARD: DataClass = DataClass::Payment;

/// A card that is held until its first end, and how long that could be put off.
async fn held(elsewhere: &Elsewhere, bed: &Bed) -> (NewLink, Customer, u64) {
    let (link, customer) = bed.collected("#1", Template::CardOnce).await;
    let ends = due(bed, &link).await;
    bed.until("the first term", || async { elsewhere.share(link.box_id, CARD).await.unwrap().term == ends })
        .await;
    (link, customer, ends)
}

async fn due(bed: &Bed, link: &NewLink) -> u64 {
    bed.desk.detail(link.request).await.unwrap().rounds[0].holdings[0].due.unwrap()
}

/// Offered by the agent, and the customer says yes.
async fn agreed(bed: &Bed, link: &NewLink, customer: &Customer, until: u64) {
    bed.desk.offer_longer(link.box_id, CARD, until).await.unwrap();
    customer.say(WordKind::Extend(until)).await;
    bed.until("the yes", || async { due(bed, link).await == until }).await;
}

async fn opens(desk: &Desk, link: &NewLink) -> Result<(), DeskError> {
    let item = desk.items(link.request).await.unwrap().remove(0);
    desk.reveal(item.item, "charge-card", None).await.map(drop)
}

/// Time goes by for both.
async fn pass_to(elsewhere: &Elsewhere, bed: &Bed, at: u64) {
    let seconds = at - bed.desk.now();
    elsewhere.hands.pass(seconds);
    bed.hands.pass(seconds);
    elsewhere.sweep().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relays_part_lives_as_long_as_was_agreed_and_no_longer() {
    let elsewhere = Elsewhere::start().await;
    let bed = Bed::with(Some(elsewhere.for_desk())).await;
    let (link, customer, ends) = held(&elsewhere, &bed).await;
    let until = ends + DAY;
    bed.desk.offer_longer(link.box_id, CARD, until).await.unwrap();
    bed.until("the offer on the page", || async {
        customer.notes().await.contains(&Says::Offered { class: CARD, until })
    })
    .await;
    let kept = elsewhere.share(link.box_id, CARD).await.unwrap();
    assert_eq!(kept.term, ends, "an offer alone moves nothing");
    assert!(kept.term_max > until, "and there would be room for more than was agreed");
    customer.say(WordKind::Extend(until)).await;
    bed.until("the term that was agreed", || async {
        elsewhere.share(link.box_id, CARD).await.unwrap().term == until
    })
    .await;
    // Past the old end, out of the relay and not out of memory.
    pass_to(&elsewhere, &bed, ends + 60).await;
    bed.desk.lock();
    bed.unlock().await;
    opens(&bed.desk, &link).await.unwrap();
    // Past the new one the relay lets go by itself, whatever the desk's clock says.
    bed.desk.lock();
    elsewhere.hands.pass(until - bed.desk.now());
    elsewhere.sweep().await;
    assert_eq!(elsewhere.share(link.box_id, CARD).await.err(), Some(ProblemCode::Ended));
    bed.unlock().await;
    assert!(matches!(opens(&bed.desk, &link).await, Err(DeskError::Missing(Missing::Lost))));
}

/// Lets nothing be said about shares' terms, as a line does that breaks at that very moment.
#[derive(Default)]
struct NoTerms {
    http: HttpTransport,
    cuts: AtomicBool,
    cut: AtomicU32,
}

impl Transport for NoTerms {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>> {
        if self.cuts.load(SeqCst) && call.method == "PUT" && call.path.contains("/shares/") {
            self.cut.fetch_add(1, SeqCst);
            return Box::pin(std::future::ready(Err(NoAnswer::Broken)));
        }
        self.http.call(call)
    }
}

async fn cut_at_the_yes() -> (Elsewhere, Bed, Arc<NoTerms>, NewLink, u64) {
    let (elsewhere, way) = (Elsewhere::start().await, Arc::new(NoTerms::default()));
    let bed = Bed::by(Some(elsewhere.for_desk()), Arc::clone(&way) as Arc<dyn Transport>).await;
    let (link, customer, ends) = held(&elsewhere, &bed).await;
    way.cuts.store(true, SeqCst);
    agreed(&bed, &link, &customer, ends + DAY).await;
    bed.until("a try", || async { way.cut.load(SeqCst) > 0 }).await;
    assert_eq!(elsewhere.share(link.box_id, CARD).await.unwrap().term, ends);
    (elsewhere, bed, way, link, ends)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_relay_could_not_be_told_at_the_yes_it_is_told_later() {
    let (elsewhere, bed, way, link, ends) = cut_at_the_yes().await;
    assert!(bed.desk.troubles().iter().any(|trouble| trouble.about == "outbox"), "{:?}", bed.desk.troubles());
    way.cuts.store(false, SeqCst);
    bed.until("the term that was agreed", || async {
        elsewhere.share(link.box_id, CARD).await.unwrap().term == ends + DAY
    })
    .await;
    pass_to(&elsewhere, &bed, ends + 60).await;
    bed.desk.lock();
    bed.unlock().await;
    opens(&bed.desk, &link).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_was_closed_before_it_told_the_relay_tells_it_at_its_next_start() {
    let (elsewhere, bed, _way, link, ends) = cut_at_the_yes().await;
    let Bed { desk, person, hands, folder } = bed;
    desk.close().await;
    let mut again = config(folder.path(), &hands);
    again.relay = Some(elsewhere.for_desk());
    // Locked: nobody need be there.
    let desk = Desk::open(again).await.unwrap();
    let bed = Bed { desk, person, hands, folder };
    bed.until("the term that was agreed", || async {
        elsewhere.share(link.box_id, CARD).await.unwrap().term == ends + DAY
    })
    .await;
    pass_to(&elsewhere, &bed, ends + 60).await;
    bed.desk.unlock(bed.person, passphrase(PASSPHRASE)).await.unwrap();
    opens(&bed.desk, &link).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_was_out_of_reach_until_the_old_end_has_let_go_and_that_is_said() {
    let (elsewhere, bed, way, link, ends) = cut_at_the_yes().await;
    pass_to(&elsewhere, &bed, ends + 60).await;
    way.cuts.store(false, SeqCst);
    bed.desk.lock();
    bed.unlock().await;
    assert!(matches!(opens(&bed.desk, &link).await, Err(DeskError::Missing(Missing::Lost))));
    assert_eq!(bed.state(link.request).await, RoundState::Collected, "nothing ends by that");
    let erased = bed.desk.erase_now(link.request).await.unwrap()[0];
    bed.desk.wait_certified(erased).await.unwrap();
}

/// A relay that has no room for one box's term, and for all others.
#[derive(Default)]
struct FullFor {
    http: HttpTransport,
    id: Mutex<Option<BoxId>>,
}

impl Transport for FullFor {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>> {
        let id = *self.id.lock().unwrap();
        let its = id.is_some_and(|id| call.path.starts_with(&format!("/v1/desk/boxes/{id}/shares/")));
        if call.method != "PUT" || !its {
            return self.http.call(call);
        }
        let problem = serde_json::to_vec(&Problem::new(ProblemCode::Full)).unwrap();
        let body = futures_util::stream::once(std::future::ready(Ok(problem.into()))).boxed();
        let status = ProblemCode::Full.status().try_into().unwrap();
        Box::pin(std::future::ready(Ok(Answer { status, headers: HeaderMap::new(), body })))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_the_relay_does_not_move_now_keeps_no_other_from_being_moved() {
    let (elsewhere, way) = (Elsewhere::start().await, Arc::new(FullFor::default()));
    let bed = Bed::by(Some(elsewhere.for_desk()), Arc::clone(&way) as Arc<dyn Transport>).await;
    let (stuck, first, ends) = held(&elsewhere, &bed).await;
    *way.id.lock().unwrap() = Some(stuck.box_id);
    agreed(&bed, &stuck, &first, ends + DAY).await;
    bed.hands.pass(60);
    elsewhere.hands.pass(60);
    // Later than the other, and its own end comes later: it would have to wait for that one.
    let (other, second) = bed.collected("#2", Template::CardOnce).await;
    let until = due(&bed, &other).await + DAY;
    agreed(&bed, &other, &second, until).await;
    let term = async |link: &NewLink| elsewhere.share(link.box_id, CARD).await.unwrap().term;
    bed.until("the other's term", || async { term(&other).await == until }).await;
    assert_eq!(term(&stuck).await, ends);
    *way.id.lock().unwrap() = None;
    bed.until("its own, later", || async { term(&stuck).await == ends + DAY }).await;
}
