//! Packs the words of enumerations. They share their beginnings with those before them in the alphabet, and pieces of what
//! follows, such as `account_` or `ed`, with many others.
//!
//! A word is a byte below 0x20, which says how many of its first letters are those of the word before, and what follows
//! these: ASCII letters as they are, and bytes from 0x80 on that stand for a pair of letters or of other such bytes. The
//! pairs are found by taking the most frequent one again and again (byte pair encoding).

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

/// So many words stand between two that share nothing with the one before.
pub const BLOCK: usize = 16;

/// The most letters that a word can share with the one before.
const MOST_SHARED: usize = 0x1f;

/// A pair that stands in fewer places takes more room in the table than it saves.
const WORTHWHILE: usize = 4;

#[derive(Debug, Default)]
pub struct Words {
    pub bytes: Vec<u8>,
    /// Where each block begins in `bytes`.
    pub blocks: Vec<u16>,
    /// What the bytes from 0x80 on stand for, two bytes each.
    pub pairs: Vec<u8>,
}

impl Words {
    /// Packs words that are sorted.
    pub fn new(words: &[&String]) -> Result<Self> {
        let mut packed = Vec::new();
        let mut last = "";
        for (at, word) in words.iter().enumerate() {
            let letters = word.bytes().all(|b| (0x20..0x7f).contains(&b));
            ensure!(letters, "`{word}` is not ASCII, and words are compared by bytes");
            if at % BLOCK == 0 {
                last = "";
            }
            let same = last.bytes().zip(word.bytes()).take_while(|(one, other)| one == other);
            let shared = same.take(MOST_SHARED).count();
            packed.push((shared as u8, word.as_bytes()[shared..].to_vec()));
            last = word;
        }
        let mut own = Self::default();
        for code in 0x80..=0xff {
            let Some(pair) = most_frequent(&packed) else {
                break;
            };
            own.pairs.extend(pair);
            packed.iter_mut().for_each(|(_, letters)| *letters = replaced(letters, pair, code));
        }
        for (at, (shared, letters)) in packed.iter().enumerate() {
            if at % BLOCK == 0 {
                own.blocks.push(u16::try_from(own.bytes.len()).context("the words have outgrown 64 KiB")?);
            }
            own.bytes.push(*shared);
            own.bytes.extend(letters);
        }
        Ok(own)
    }
}

fn most_frequent(words: &[(u8, Vec<u8>)]) -> Option<[u8; 2]> {
    let mut uses: BTreeMap<[u8; 2], usize> = BTreeMap::new();
    for pair in words.iter().flat_map(|(_, letters)| letters.windows(2)) {
        *uses.entry([pair[0], pair[1]]).or_default() += 1;
    }
    // Of several the first, so that the same words are always packed alike.
    let most = uses.into_iter().rev().max_by_key(|(_, uses)| *uses)?;
    (most.1 >= WORTHWHILE).then_some(most.0)
}

fn replaced(letters: &[u8], pair: [u8; 2], code: u8) -> Vec<u8> {
    let mut own = Vec::with_capacity(letters.len());
    let mut rest = letters;
    while let [first, tail @ ..] = rest {
        let found = rest.starts_with(&pair);
        own.push(if found { code } else { *first });
        rest = if found { &rest[2..] } else { tail };
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_words_share_is_one_byte() {
        let words = ["a_card", "b_card", "b_cart", "c_card", "d_card"].map(str::to_owned);
        let packed = Words::new(&words.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(packed.pairs, *b"_car\x80\x81\x82d");
        assert_eq!(packed.bytes, b"\0a\x83\0b\x83\x05t\0c\x83\0d\x83");
        assert_eq!(packed.blocks, [0]);
        assert!(Words::new(&[&"é".to_owned()]).is_err());
    }
}
