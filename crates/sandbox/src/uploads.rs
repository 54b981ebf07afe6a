//! The bytes of files that were uploaded, which no answer of Stripe's API shows.

use std::collections::VecDeque;

use axum::body::Bytes;

/// So many bytes are kept, the last ones: a sandbox that is kept running must not grow with every file.
const MAX_BYTES: usize = 256 * 1024 * 1024;

#[derive(Debug, Default)]
pub struct Uploads {
    kept: VecDeque<(String, Bytes)>,
    size: usize,
}

impl Uploads {
    pub fn keep(&mut self, id: &str, bytes: Bytes) {
        self.size += bytes.len();
        while self.size > MAX_BYTES
            && let Some((_, oldest)) = self.kept.pop_front()
        {
            self.size -= oldest.len();
        }
        self.kept.push_back((id.to_owned(), bytes));
    }

    pub fn get(&self, id: &str) -> Option<&Bytes> {
        self.kept.iter().find(|(kept, _)| kept == id).map(|(_, bytes)| bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_files_are_kept() {
        let (mut uploads, bytes) = (Uploads::default(), Bytes::from(vec![0; MAX_BYTES / 4]));
        for number in 0..5 {
            uploads.keep(&format!("file_{number}"), bytes.clone());
        }
        assert!(uploads.get("file_0").is_none());
        assert!((1..5).all(|number| uploads.get(&format!("file_{number}")).is_some()));
    }
}
