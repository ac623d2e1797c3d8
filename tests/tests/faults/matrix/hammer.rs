//! Many clients at once, all the time, at every guard.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use countersign_tests::guards::{Checked, Contract, Reply, Site, expect_status, expect_unavailable};
use tokio::task::JoinSet;

/// Clients at a site, while it is in trouble. Whatever happens, a request is admitted that should be, refused that should
/// not be, or answered with 503; and none is admitted twice.
pub(super) struct Hammer {
    site: Arc<Site>,
    over: Arc<AtomicBool>,
    failed: Arc<AtomicBool>,
    tally: Arc<Mutex<Tally>>,
    clients: JoinSet<Checked>,
    calls: [usize; 3],
}

/// How many answers of each kind there were.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub admitted: usize,
    pub refused: usize,
    pub unavailable: usize,
}

impl Hammer {
    /// So many clients at each guard.
    pub(super) fn start(site: &Arc<Site>, clients: usize) -> Self {
        let mut hammer = Self {
            site: site.clone(),
            over: Arc::default(),
            failed: Arc::default(),
            tally: Arc::default(),
            clients: JoinSet::new(),
            calls: site.calls(),
        };
        for contract in Contract::ALL.repeat(clients) {
            let client = Client { site: site.clone(), tally: hammer.tally.clone(), contract };
            let (over, failed) = (hammer.over.clone(), hammer.failed.clone());
            hammer.clients.spawn(async move {
                while !over.load(Ordering::SeqCst) {
                    client.round().await.inspect_err(|_| failed.store(true, Ordering::SeqCst))?;
                }
                Ok(())
            });
        }
        hammer
    }

    /// Whether some requests were admitted, some refused, and some answered with 503; or there is a client that has seen
    /// what must not be.
    pub(super) fn has_seen_everything(&self) -> bool {
        let Tally { admitted, refused, unavailable } = *self.tally.lock().unwrap();
        self.failed.load(Ordering::SeqCst) || admitted > 0 && refused > 0 && unavailable > 0
    }

    /// Waits for the clients to stop; what all of them got together. There must have been some of everything.
    pub(super) async fn stop(self) -> Result<Tally, String> {
        self.over.store(true, Ordering::SeqCst);
        self.clients.join_all().await.into_iter().collect::<Checked>()?;
        let all = *self.tally.lock().unwrap();
        let calls: usize = self.site.calls().iter().sum::<usize>() - self.calls.iter().sum::<usize>();
        if calls != all.admitted || all.admitted == 0 || all.refused == 0 || all.unavailable == 0 {
            return Err(format!("{calls} inner calls, and {all:?}"));
        }
        Ok(all)
    }
}

struct Client {
    site: Arc<Site>,
    tally: Arc<Mutex<Tally>>,
    contract: Contract,
}

impl Client {
    async fn round(&self) -> Checked {
        let (site, contract) = (&self.site, self.contract);
        let path = site.new_path(contract);
        let first = site.good(contract, &path).await?;
        let admitted = self.note("good", &first, 200)?;
        if contract == Contract::Nonces {
            let second = site.good(contract, &path).await?;
            // Of the first one nobody knows, if it was not decided.
            let spent = first.status() != 503 || second.status() == 401;
            let again = self.note("the same again", &second, if spent { 401 } else { 200 })?;
            if admitted && again {
                return Err("a request was admitted twice".into());
            }
        }
        for (what, reply) in site.bad(contract).await? {
            self.note(what, &reply, 401)?;
        }
        Ok(())
    }

    /// Whether it was admitted.
    fn note(&self, what: &str, reply: &Reply, status: u16) -> Result<bool, String> {
        let mut tally = self.tally.lock().unwrap();
        if reply.status() == 503 {
            tally.unavailable += 1;
            return expect_unavailable(what, reply).map(|()| false);
        }
        expect_status(what, reply, status)?;
        match status {
            200 => tally.admitted += 1,
            _ => tally.refused += 1,
        }
        Ok(status == 200)
    }
}
