//! Sorting and what is found by it: one sort for all that is to be sorted, since the standard library's is compiled anew
//! for every type.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// The numbers below `len` in the order of what they stand for; equals keep theirs.
pub fn order(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut sorted: Vec<usize> = (0..len).collect();
    let mut merged = Vec::with_capacity(len);
    let mut width = 1;
    while width < len {
        for pair in sorted.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let ([one, lefts @ ..], [other, rights @ ..]) = (left, right) {
                if compare(*one, *other).is_le() {
                    merged.push(*one);
                    left = lefts;
                } else {
                    merged.push(*other);
                    right = rights;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        core::mem::swap(&mut sorted, &mut merged);
        merged.clear();
        width *= 2;
    }
    sorted
}

/// A name that is there more than once.
pub fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let names: Vec<&str> = names.collect();
    let name = |at: usize| names.get(at).copied().unwrap_or_default();
    let sorted = order(names.len(), &|one, other| name(one).cmp(name(other)));
    sorted.windows(2).find_map(|pair| match *pair {
        [one, other] if name(one) == name(other) => Some(name(one)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_is_sorted_and_equals_keep_their_order() {
        for len in 0..70 {
            let key = |at: usize| at * 7 % 5;
            let mut expected: Vec<usize> = (0..len).collect();
            expected.sort_by_key(|at| key(*at));
            assert_eq!(order(len, &|one, other| key(one).cmp(&key(other))), expected);
        }
    }

    #[test]
    fn a_name_that_is_there_twice_is_found() {
        assert_eq!(repeated(["b", "a", "c", "a"].into_iter()), Some("a"));
        assert_eq!(repeated(["b", "a", "c"].into_iter()), None);
        assert_eq!(repeated([].into_iter()), None);
    }
}
