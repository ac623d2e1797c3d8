//! What is printed.

use std::fmt;

use serde::Serialize;

use crate::case::{Group, Of};
use crate::measure::{Allocations, Sample, Times};

/// Everything that was measured in one run.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Report(Vec<GroupReport>);

#[derive(Debug, Serialize)]
struct GroupReport {
    request: &'static str,
    rows: Vec<RowReport>,
}

#[derive(Debug, Serialize)]
struct RowReport {
    name: &'static str,
    total_ns: Sample,
    added_ns: Sample,
    added_allocations: Allocations,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Comparison>,
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

    /// Adds a group that was measured; `allocations` are those of its rows in order.
    pub fn add(&mut self, group: &Group, times: &Times, allocations: &[Allocations]) {
        let bare = allocations.first().copied().unwrap_or_default();
        let rows = group.rows.iter().enumerate().map(|(at, row)| RowReport {
            name: row.name,
            total_ns: times.total(at),
            added_ns: times.added(at),
            added_allocations: allocations.get(at).copied().unwrap_or_default().beyond(bare),
            comparison: row.aim.and_then(|aim| {
                let peer = group.rows.iter().position(|other| other.name == aim.peer)?;
                let ratio = match aim.of {
                    Of::Added => times.added(at).median / times.added(peer).median,
                    Of::Total => times.total(at).median / times.total(peer).median,
                };
                let of = if aim.of == Of::Added { "added" } else { "total" };
                let met = aim.at_most.map(|at_most| ratio <= at_most);
                Some(Comparison { peer: aim.peer, of, ratio, aim: aim.at_most, met })
            }),
        });
        self.0.push(GroupReport { request: group.name, rows: rows.collect() });
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
                match &row.comparison {
                    Some(comparison) => writeln!(f, "   {comparison}")?,
                    None => writeln!(f)?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
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
