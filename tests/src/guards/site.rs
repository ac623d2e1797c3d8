//! The guards on a real socket, and somebody who asks them.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use countersign::{KeyId, Secret};
use hyper::body::Incoming;
use tower::ServiceExt as _;

use super::{Calls, Checked, Client, Contract, Guards, Reply, Seed, expect_status, expect_unavailable};
use crate::Server;
use crate::servers::eventually_async;

/// Guards, served until dropped, and what their store holds.
#[derive(Debug)]
pub struct Site {
    seed: Seed,
    calls: Calls,
    client: Client,
    /// Requests of which nobody knows whether their nonces are spent.
    undecided: Mutex<Vec<String>>,
    server: Server,
}

impl Site {
    pub async fn start(guards: &Guards, seed: &Seed) -> Self {
        let calls = Calls::default();
        let router = guards.router(&calls).map_request(|request: http::Request<Incoming>| request.map(Body::new));
        let server = Server::start(router).await;
        let client = Client::new(server.address());
        Self { seed: seed.clone(), calls, client, undecided: Mutex::default(), server }
    }

    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub const fn client(&self) -> &Client {
        &self.client
    }

    pub const fn seed(&self) -> &Seed {
        &self.seed
    }

    /// How often each inner service was called.
    pub fn calls(&self) -> [usize; 3] {
        self.calls.inner()
    }

    /// How often each guard asked its store.
    pub fn asked(&self) -> [usize; 3] {
        self.calls.asked()
    }

    /// Waits until so many more requests were admitted.
    pub async fn has_admitted(&self, more: usize) {
        let count = || self.calls().iter().sum::<usize>();
        let goal = count() + more;
        eventually_async("requests are admitted", async || (count() >= goal).then_some(())).await;
    }

    /// A path of this guard that was not asked for before, here or elsewhere in this process, so that its signature is a
    /// new one.
    pub fn new_path(&self, contract: Contract) -> String {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        format!("{}?n={}", contract.path(), ASKED.fetch_add(1, Ordering::Relaxed))
    }

    /// A request that is to be admitted, for such a path.
    pub async fn good(&self, contract: Contract, path: &str) -> Result<Reply, String> {
        match contract {
            Contract::Tokens => self.client.present(path, &self.seed.good).await,
            Contract::Secrets => self.client.sign(path, &self.seed.key, &self.seed.secret).await,
            Contract::Nonces => self.client.sign(path, &self.seed.key, &Guards::secret_in_memory()).await,
        }
    }

    /// Requests that must not be admitted, whatever the store says or does not say, each by its name.
    pub async fn bad(&self, contract: Contract) -> Result<Vec<(&'static str, Reply)>, String> {
        let (path, seed, client) = (self.new_path(contract), &self.seed, &self.client);
        let wrong = Secret::new("the wrong secret, of some length").expect("it is not empty");
        let nobody = KeyId::new("nobody").expect("it is a key id");
        Ok(match contract {
            Contract::Tokens => {
                let asked = tokio::join!(client.present(&path, &seed.revoked), client.present(&path, &seed.unknown));
                vec![("a revoked token", asked.0?), ("an unknown token", asked.1?)]
            }
            Contract::Secrets => {
                let asked =
                    tokio::join!(client.sign(&path, &seed.key, &wrong), client.sign(&path, &nobody, &seed.secret));
                vec![("a wrong signature", asked.0?), ("an unknown key", asked.1?)]
            }
            Contract::Nonces => vec![("a wrong signature", client.sign(&path, &seed.key, &wrong).await?)],
        })
    }

    /// All that these guards have to decide is decided rightly.
    pub async fn is_sound(&self, contracts: &[Contract]) -> Checked {
        for &contract in contracts {
            let (before, path) = (self.calls(), self.new_path(contract));
            expect_status(&format!("{contract:?}: good"), &self.good(contract, &path).await?, 200)?;
            if contract == Contract::Nonces {
                expect_status("the same again", &self.good(contract, &path).await?, 401)?;
            }
            for (what, reply) in self.bad(contract).await? {
                expect_status(&format!("{contract:?}: {what}"), &reply, 401)?;
            }
            self.called_since(before, &[contract])?;
        }
        Ok(())
    }

    /// None of these guards can say, so that they admit nobody. What needs no store is judged as ever.
    pub async fn is_unavailable(&self, contracts: &[Contract]) -> Checked {
        let before = self.calls();
        let checked = |contract: Contract| async move {
            if contracts.contains(&contract) { self.cannot_say(contract).await } else { Ok(()) }
        };
        // All at once: where a store is silent, each takes as long as a guard waits.
        let all = tokio::join!(checked(Contract::Tokens), checked(Contract::Secrets), checked(Contract::Nonces));
        all.0.and(all.1).and(all.2)?;
        self.called_since(before, &[])
    }

    async fn cannot_say(&self, contract: Contract) -> Checked {
        let path = self.new_path(contract);
        let (good, bad, nothing) =
            tokio::join!(self.good(contract, &path), self.bad(contract), self.client.get(contract.path()));
        expect_unavailable(&format!("{contract:?}: good"), &good?)?;
        expect_status(&format!("{contract:?}: nothing"), &nothing?, 401)?;
        for (what, reply) in bad? {
            let what = format!("{contract:?}: {what}");
            match contract {
                // The nonce is claimed last: who has no signature does not get that far.
                Contract::Nonces => expect_status(&what, &reply, 401)?,
                Contract::Tokens | Contract::Secrets => expect_unavailable(&what, &reply)?,
            }
        }
        if contract == Contract::Nonces {
            // It may be spent or not, for all we know: but not twice.
            self.undecided.lock().unwrap().push(path);
        }
        Ok(())
    }

    /// Whoever comes again is admitted as soon as the store answers, and meets nothing but 503 until then.
    pub async fn recovers(&self, contracts: &[Contract]) -> Checked {
        for &contract in contracts {
            eventually_async("the store answers again", async || {
                let reply = match self.good(contract, &self.new_path(contract)).await {
                    Ok(reply) => reply,
                    Err(error) => return Some(Err(error)),
                };
                match expect_unavailable("meanwhile", &reply) {
                    Ok(()) => None,
                    Err(_) => Some(expect_status(&format!("{contract:?}: good, after it was back"), &reply, 200)),
                }
            })
            .await?;
        }
        let undecided = std::mem::take(&mut *self.undecided.lock().unwrap());
        for path in undecided {
            let replies = [self.good(Contract::Nonces, &path).await?, self.good(Contract::Nonces, &path).await?];
            let statuses = replies.map(|reply| reply.status().as_u16());
            if statuses != [200, 401] && statuses != [401, 401] {
                return Err(format!("a request that was answered with 503 came to {statuses:?} afterwards"));
            }
        }
        self.is_sound(contracts).await
    }

    /// Each of these was called once since, the others not at all.
    fn called_since(&self, before: [usize; 3], called: &[Contract]) -> Checked {
        let expected: Vec<usize> = Contract::ALL
            .iter()
            .zip(before)
            .map(|(each, before)| before + usize::from(called.contains(each)))
            .collect();
        let calls = self.calls();
        if calls[..] == expected[..] { Ok(()) } else { Err(format!("inner calls {calls:?}, not {expected:?}")) }
    }
}
