//! An application whose customers put a toolbar on pages of their own: by a pop-up it gets a token of one organisation, for the
//! user who is signed in, and with it that organisation's projects and nobody else's.
//!
//! ```text
//! cargo run -p dev-toolbar
//! ```
//!
//! makes `dev-toolbar.sqlite` in the current folder and serves two origins: the application *Northlight* at
//! <http://127.0.0.1:4000/>, with its login page, the projects of two organisations and the settings of their applications, and
//! the page of a customer at <http://localhost:4001/>. Open that one, and log in at its toolbar: as Ada, who belongs to both
//! organisations. Her token reaches the projects of `acme`; those of `umbrella` are refused. Log out, and the token is revoked.
//!
//! Then change something in Northlight. Take the origin out of Acme's settings, and the toolbar is refused by the browser;
//! withdraw the approval on the first page, or sign out there, and the toolbar's next request is refused by the API.
//!
//! What is in which file: `api.rs` has the layers that a request with a token passes, `origins.rs` says which pages may send
//! one, `session.rs` and `organisations.rs` answer what the authorization server asks of its host. The toolbar is
//! `assets/toolbar.js`, its pop-up `assets/authorize.js`, and the page that takes the code back `assets/callback.js`.
//!
//! The login asks for no password: this listens on the loopback address. In the open, put your own login in the place of
//! `login.rs`, and a proxy with TLS in front.

mod api;
mod app;
mod assets;
mod consent;
mod customer;
mod login;
mod organisations;
mod origins;
mod pages;
mod protect;
mod seed;
mod serve;
mod session;

use std::error::Error;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use countersign_sqlx::SqliteStore;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use app::App;

/// An application, and the page of a customer whose toolbar gets tokens of it.
#[derive(Parser)]
#[command(after_help = AFTER_HELP)]
struct Options {
    /// The address of the application; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", env = "DEV_TOOLBAR_LISTEN", default_value = "127.0.0.1:4000")]
    listen: String,

    /// The address of the customer's page, which goes by the name localhost
    #[arg(long, value_name = "ADDRESS", env = "DEV_TOOLBAR_CUSTOMER_LISTEN", default_value = "127.0.0.1:4001")]
    customer_listen: String,

    /// The SQLite file that keeps applications, approvals and tokens; made if it is not there
    #[arg(long, value_name = "FILE", env = "DEV_TOOLBAR_DATABASE", default_value = "dev-toolbar.sqlite")]
    database: PathBuf,
}

const AFTER_HELP: &str = "\
The login asks for no password: whoever reaches the address signs in as any of three made-up people.

Ctrl-C or SIGTERM stops it: requests in progress have ten seconds to finish.
RUST_LOG says what is logged; \"info,countersign::rejection=debug\" unless set.

  cargo run -p dev-toolbar -- --listen 127.0.0.1:0 --customer-listen 127.0.0.1:0 --database /tmp/toolbar.sqlite";

#[tokio::main]
async fn main() -> ExitCode {
    // Why a request was refused is said at debug, on a target of its own.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,countersign::rejection=debug".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();

    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(Options { listen, customer_listen, database }: Options) -> Result<(), Box<dyn Error>> {
    let (own, theirs) = (bind(&listen, "--listen").await?, bind(&customer_listen, "--customer-listen").await?);
    let (stop, stop_customer) = (serve::stop_signal()?, serve::stop_signal()?);
    let issuer = format!("http://{}", own.local_addr()?);
    // Another name and not merely another port: browsers send cookies to every port of a name.
    let customer = format!("http://localhost:{}", theirs.local_addr()?.port());

    let store = SqliteStore::open_or_create(&database).await?;
    seed::register(&store, &customer).await?;
    let app = App::new(store.clone(), &issuer)?;
    let tidy = tokio::spawn(seed::tidy(store.clone()));
    writeln!(
        std::io::stdout(),
        "the customer's page, with the toolbar: {customer}/\nlistening on {issuer}/, where applications are managed"
    )?;
    tokio::join!(
        serve::serve(own, app.router()?, stop),
        serve::serve(theirs, customer::router(store.clone(), &issuer)?, stop_customer),
    );
    tidy.abort();
    store.close().await;
    Ok(())
}

async fn bind(address: &str, option: &str) -> Result<TcpListener, String> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| format!("cannot listen on {address}: {error}; {option} names another address"))
}
