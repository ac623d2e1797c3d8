//! What is measured.

use std::convert::Infallible;
use std::fmt;
use std::hint::black_box;

use axum::body::Body;
use http::{Request, Response, StatusCode};
use tower::Service;

use crate::service::call;
use crate::template::Template;

/// A group to be. Its request is made and signed when its turn has come: signatures do not stay fresh, and bodies are long.
#[non_exhaustive]
pub struct Case {
    /// Which request.
    pub name: String,
    /// Whether it has a megabyte or more of a body: a few rounds tell enough, and a quick run does without.
    pub is_large: bool,
    make: Box<dyn Fn() -> Group>,
}

impl Case {
    pub(crate) fn new(name: impl Into<String>, is_large: bool, make: impl Fn() -> Group + 'static) -> Self {
        Self { name: name.into(), is_large, make: Box::new(make) }
    }

    /// The group.
    #[must_use]
    pub fn group(&self) -> Group {
        (self.make)()
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("name", &self.name).field("is_large", &self.is_large).finish_non_exhaustive()
    }
}

/// Several ways to treat one and the same request. The first row is the service without any layer.
#[derive(Debug)]
#[non_exhaustive]
pub struct Group {
    /// The request.
    pub template: Template,
    /// The ways.
    pub rows: Vec<Row>,
}

impl Group {
    pub(crate) const fn new(template: Template, rows: Vec<Row>) -> Self {
        Self { template, rows }
    }
}

/// One way.
#[non_exhaustive]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// How it should compare.
    pub aims: Vec<Aim>,
    operation: Operation,
}

enum Operation {
    Serve(Box<dyn FnMut(Request<Body>) -> StatusCode>),
    Alone(Box<dyn FnMut()>),
}

/// What a row should cost, at most, as a multiple of another row of its group.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Aim {
    /// The other row.
    pub peer: &'static str,
    /// What is compared.
    pub of: Of,
    /// The multiple; none where the comparison is for information.
    pub at_most: Option<f64>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Of {
    /// The time beyond that of the service without any layer.
    Added,
    /// The whole time.
    Total,
}

impl Row {
    /// A service that is called with a clone of the group's request.
    pub(crate) fn serve<S, ResB>(name: &'static str, mut service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<ResB>, Error = Infallible> + 'static,
    {
        let operation = Operation::Serve(Box::new(move |request| call(&mut service, request)));
        Self { name, aims: Vec::new(), operation }
    }

    /// Something that takes no request.
    pub(crate) fn alone<T>(name: &'static str, mut operation: impl FnMut() -> T + 'static) -> Self {
        let operation = Operation::Alone(Box::new(move || drop(black_box(operation()))));
        Self { name, aims: Vec::new(), operation }
    }

    /// States how it should compare.
    pub(crate) fn with_aim(mut self, peer: &'static str, of: Of, at_most: Option<f64>) -> Self {
        self.aims.push(Aim { peer, of, at_most });
        self
    }

    /// The same with one allocation more each time, of one byte: what a check of allocations has to notice.
    #[must_use]
    pub fn with_planted_allocation(self) -> Self {
        let operation = match self.operation {
            Operation::Serve(mut serve) => Operation::Serve(Box::new(move |request| {
                drop(black_box(Box::new(0_u8)));
                serve(request)
            })),
            alone @ Operation::Alone(_) => alone,
        };
        Self { operation, ..self }
    }

    /// Does it `times` times with a clone of the request.
    ///
    /// # Panics
    /// When the request is refused.
    #[inline(never)] // so that a profiler can find it
    pub fn run(&mut self, template: &Template, times: u64) {
        match &mut self.operation {
            Operation::Serve(serve) => (0..times).for_each(|_| {
                let status = serve(template.request());
                assert_eq!(status, StatusCode::OK, "{} serves the request", self.name);
            }),
            Operation::Alone(operation) => (0..times).for_each(|_| operation()),
        }
    }

    /// Whether it is anything but a service, and if it is one, what it answers.
    pub fn answer(&mut self, request: Request<Body>) -> Option<StatusCode> {
        match &mut self.operation {
            Operation::Serve(serve) => Some(serve(request)),
            Operation::Alone(_) => None,
        }
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").field("name", &self.name).field("aims", &self.aims).finish_non_exhaustive()
    }
}
