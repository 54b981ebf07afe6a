//! The page for people: one file, which asks for the token and holds no data of its own.

use crate::http::Response;

const PAGE: &str = include_str!("page.html");

/// Only the page's own script runs, named by its hash, and nothing is fetched but from here.
const POLICY: &str = "default-src 'none'; script-src 'sha256-niTlugBlqV40IybsHLUB+uCSUdwlFsi0J+zT0+vqln8='; style-src 'unsafe-inline'; connect-src 'self'; \
    img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /`.
pub fn response() -> Response {
    Response::new(200, "text/html; charset=utf-8", PAGE)
        .with("content-security-policy", POLICY)
        .with("referrer-policy", "no-referrer")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    fn base64(bytes: &[u8]) -> String {
        let mut text = String::new();
        for three in bytes.chunks(3) {
            let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
                << (8 * (3 - three.len()));
            for at in 0..4 {
                let digit = ALPHABET[(bits >> (18 - 6 * at) & 63) as usize];
                text.push(if at > three.len() { '=' } else { char::from(digit) });
            }
        }
        text
    }

    #[test]
    fn the_policy_names_the_script() {
        let script = PAGE.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
        let hash = base64(&Sha256::digest(script));
        assert!(POLICY.contains(&format!("'sha256-{hash}'")), "the script's hash is {hash}");
        assert!(!PAGE.contains("http://") && !PAGE.contains("https://"));
    }
}
