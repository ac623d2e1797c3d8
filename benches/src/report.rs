//! What is printed.

use std::fmt;

use serde::Serialize;

use crate::case::{Aim, Group, Of};
use crate::measure::{Allocations, Sample, Times};

/// Everything that was measured in one run.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Report(Vec<GroupReport>);

#[derive(Debug, Serialize)]
struct GroupReport {
    request: String,
    rows: Vec<RowReport>,
}

#[derive(Debug, Serialize)]
struct RowReport {
    name: &'static str,
    total_ns: Sample,
    added_ns: Sample,
    added_allocations: Allocations,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    comparisons: Vec<Comparison>,
}

#[derive(Debug, Serialize)]
struct Comparison {
    peer: &'static str,
    of: &'static str,
    ratio: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    aim: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<bool>,
}

impl Report {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds the group of a request that was measured; `allocations` are those of its rows in order.
    pub fn add(&mut self, request: &str, group: &Group, times: &Times, allocations: &[Allocations]) {
        let bare = allocations.first().copied().unwrap_or_default();
        let rows = group.rows.iter().enumerate().map(|(at, row)| RowReport {
            name: row.name,
            total_ns: times.total(at),
            added_ns: times.added(at),
            added_allocations: allocations.get(at).copied().unwrap_or_default().beyond(bare),
            comparisons: row.aims.iter().filter_map(|aim| Comparison::of(aim, at, group, times)).collect(),
        });
        self.0.push(GroupReport { request: request.to_owned(), rows: rows.collect() });
    }

    /// All aims that are set, and those that were missed.
    fn aims(&self) -> (usize, Vec<String>) {
        let rows = self.0.iter().flat_map(|group| group.rows.iter().map(|row| (&group.request, row)));
        let judged = rows.flat_map(|(request, row)| {
            row.comparisons.iter().filter_map(move |comparison| Some((request, row.name, comparison, comparison.met?)))
        });
        let (mut aims, mut missed) = (0, Vec::new());
        for (request, row, comparison, met) in judged {
            aims += 1;
            if !met {
                missed.push(format!("{request}: {row}: {comparison}"));
            }
        }
        (aims, missed)
    }
}

impl Comparison {
    /// How the row at this place compares; none where there is nothing to compare it with.
    fn of(aim: &Aim, at: usize, group: &Group, times: &Times) -> Option<Self> {
        let peer = group.rows.iter().position(|other| other.name == aim.peer)?;
        let (of, ratio) = match aim.of {
            Of::Added => ("added", times.added(at).median / times.added(peer).median),
            Of::Total => ("total", times.total(at).median / times.total(peer).median),
        };
        let met = aim.at_most.map(|at_most| ratio <= at_most);
        Some(Self { peer: aim.peer, of, ratio, aim: aim.at_most, met })
    }
}

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for GroupReport { request, rows } in &self.0 {
            writeln!(f, "{request:<46}{:>11}{:>11}{:>8}{:>8}{:>9}", "ns/op", "added", "±", "allocs", "bytes")?;
            for row in rows {
                let RowReport { name, total_ns, added_ns, added_allocations: Allocations { count, bytes }, .. } = row;
                write!(f, "  {name:<44}{:>11.0}{:>+11.0}{:>8.0}", total_ns.median, added_ns.median, added_ns.spread)?;
                write!(f, "{count:>+8.1}{bytes:>+9.0}")?;
                let comparisons: Vec<_> = row.comparisons.iter().map(Comparison::to_string).collect();
                writeln!(f, "   {}", comparisons.join("; "))?;
            }
            writeln!(f)?;
        }
        let (aims, missed) = self.aims();
        writeln!(f, "{aims} aims, {} missed", missed.len())?;
        missed.iter().try_for_each(|missed| writeln!(f, "  {missed}"))
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} x {} of {}", self.ratio, self.of, self.peer)?;
        match self.aim.zip(self.met) {
            Some((aim, true)) => write!(f, ", aim {aim}: met"),
            Some((aim, false)) => write!(f, ", aim {aim}: MISSED"),
            None => Ok(()),
        }
    }
}
