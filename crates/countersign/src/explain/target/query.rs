//! The query.

use crate::explain::escapes::{decoded, in_case, respelled, sorted};
use crate::explain::{Change, TargetChange};

/// The queries that may have been signed instead, each once; `None` for none.
pub(super) fn queries(query: Option<&str>) -> Vec<(Change, Option<String>)> {
    let Some(query) = query else { return Vec::new() };
    let mut found: Vec<(Change, Option<String>)> = vec![(TargetChange::NoQuery.into(), None)];
    let mut add = |change: TargetChange, other: String| {
        let other = Some(other);
        if other.as_deref() != Some(query) && !found.iter().any(|(_, known)| *known == other) {
            found.push((change.into(), other));
        }
    };
    let pairs: Vec<&str> = query.split('&').collect();
    add(TargetChange::QueryReordered, sorted(query));
    if pairs.len() <= MAX_PERMUTED {
        permutations(&pairs).into_iter().for_each(|order| add(TargetChange::QueryReordered, order.join("&")));
    } else {
        add(TargetChange::QueryReordered, pairs.iter().rev().copied().collect::<Vec<_>>().join("&"));
    }
    add(TargetChange::QueryBlanksEscaped, query.replace('+', "%20"));
    add(TargetChange::QueryBlanksAsPlus, query.replace("%20", "+"));
    add(TargetChange::QueryEscapes, in_case(query, true));
    add(TargetChange::QueryEscapes, in_case(query, false));
    add(TargetChange::QueryEscapes, respelled(query, false));
    add(TargetChange::QueryEscapes, respelled(query, true));
    if let Some(decoded) = decoded(query) {
        add(TargetChange::QueryDecoded, decoded);
    }
    for left_out in (0..pairs.len()).take(if pairs.len() > 1 { MAX_LEFT_OUT } else { 0 }) {
        let rest = pairs.iter().enumerate().filter(|(index, _)| *index != left_out).map(|(_, pair)| *pair);
        add(TargetChange::QueryWithoutParameter, rest.collect::<Vec<_>>().join("&"));
    }
    found
}

fn permutations<'q>(pairs: &[&'q str]) -> Vec<Vec<&'q str>> {
    if pairs.len() < 2 {
        return vec![pairs.to_vec()];
    }
    let each = pairs.iter().enumerate().flat_map(|(index, first)| {
        let mut rest = pairs.to_vec();
        rest.remove(index);
        permutations(&rest).into_iter().map(move |order| [&[*first][..], &order].concat())
    });
    each.collect()
}

/// Twenty-four orders.
const MAX_PERMUTED: usize = 4;
const MAX_LEFT_OUT: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_parameters_are_tried_in_every_order() {
        let reordered = |query| {
            let change = Change::from(TargetChange::QueryReordered);
            queries(Some(query)).into_iter().filter(move |(found, _)| *found == change).count()
        };
        assert_eq!(["a=1", "b=1&a=1", "c=&b=&a=", "d&c&b&a", "e&d&c&b&a"].map(reordered), [0, 1, 5, 23, 1]);
        assert!(queries(None).is_empty());
    }
}
