//! What is a right value, and what would be one.

use super::table::Kind;
use crate::network::Origin;
use crate::secrets::Source;

/// Longest name of a connection.
const MAX_NAME: usize = 49;

/// A value in the way it is spelled best, or what would be right instead of it.
pub(crate) fn read(kind: Kind, text: &str) -> Result<String, String> {
    // A Redis may have a user in its URL; that of a password says where that belongs.
    if looks_secret(text) && kind != Kind::Redis || has_key(text) {
        return Err(
            "hold no secret, and looks like one; a secret belongs into the store that `secrets` names"
                .to_owned(),
        );
    }
    judge(kind, text)
}

/// The same of what stands in no file, such as an option of a command, which may hold what looks like a secret.
pub(super) fn judge(kind: Kind, text: &str) -> Result<String, String> {
    let fits = |fits: bool, right: &str| if fits { Ok(text.to_owned()) } else { Err(format!("be {right}")) };
    match kind {
        Kind::Text | Kind::Pairs => fits(!text.contains('\0'), "text without a NUL"),
        Kind::Name => fits(
            is_name(text),
            "lower-case letters, digits and hyphens, at most 49, with a letter first and a letter or digit last",
        ),
        Kind::Token => fits(is_token(text), "1 to 255 visible ASCII characters"),
        Kind::Machine => {
            fits(is_machine(text), "the name or the address of a machine, without scheme and port")
        }
        Kind::Url => url(text).map(|()| text.to_owned()),
        Kind::Number(least, most) => match text.trim().parse::<u32>() {
            Ok(number) if (least..=most).contains(&number) => Ok(number.to_string()),
            _ => Err(format!("be a whole number from {least} to {most}")),
        },
        Kind::Truth => among(&["true", "false"], text),
        Kind::Choice(words) => among(words, text),
        Kind::Redis => redis(text).map(|()| text.to_owned()),
        Kind::Store => match text.parse::<Source>() {
            Ok(_) => Ok(text.to_owned()),
            Err(wrong) => Err(format!("name a store of secrets: {wrong}")),
        },
    }
}

fn among(words: &[&str], text: &str) -> Result<String, String> {
    match words.iter().find(|word| word.eq_ignore_ascii_case(text.trim())) {
        Some(word) => Ok((*word).to_owned()),
        None => {
            let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
            Err(format!("be {}", words.join(" or ")))
        }
    }
}

fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= MAX_NAME
        && text.bytes().all(fits)
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-')
}

fn is_token(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_machine(text: &str) -> bool {
    let is_name = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let is_address = inside.parse::<std::net::IpAddr>().is_ok();
    is_address || inside == text && (1..=253).contains(&text.len()) && is_name(text)
}

fn url(text: &str) -> Result<(), String> {
    let right = || "be a URL such as https://api.stripe.com, without user, query or fragment".to_owned();
    if text.contains(['@', '?', '#']) || text.trim() != text {
        return Err(right());
    }
    let origin = Origin::parse(text).ok_or_else(right)?;
    if text.to_ascii_lowercase().starts_with("https://") || origin.is_loopback() {
        return Ok(());
    }
    Err("be an https URL; http is for loopback addresses only".to_owned())
}

#[cfg(feature = "redis")]
fn redis(text: &str) -> Result<(), String> {
    crate::throttle::RedisServer::parse(text).map(|_| ())
}

#[cfg(not(feature = "redis"))]
fn redis(_: &str) -> Result<(), String> {
    Err("be left out: this host is built without its feature `redis`".to_owned())
}

/// True for what may be a key or a URL with a password: it stands where no secret belongs, and is not repeated.
pub fn looks_secret(text: &str) -> bool {
    has_key(text) || text.contains("://") && text.contains('@')
}

fn has_key(text: &str) -> bool {
    let begins_word = |at: usize| !text[..at].ends_with(|before: char| before.is_ascii_alphanumeric());
    let prefixes = ["sk_", "rk_", "pk_", "ek_", "whsec_"];
    prefixes.iter().any(|prefix| text.match_indices(prefix).any(|(at, _)| begins_word(at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let (longest, too_long) = (format!("a{}", "1".repeat(48)), format!("a{}", "1".repeat(49)));
        for right in ["a", "stripe-connection-1", &longest] {
            assert!(read(Kind::Name, right).is_ok(), "{right}");
        }
        for wrong in ["", "1a", "-a", "a-", "A", "a_b", "a.b", "é", &too_long] {
            assert!(read(Kind::Name, wrong).unwrap_err().contains("at most 49"), "{wrong}");
        }
    }

    #[test]
    fn numbers_truths_and_words() {
        let number = Kind::Number(1, 5);
        assert_eq!(read(number, " 05 ").as_deref(), Ok("5"));
        for wrong in ["0", "6", "-1", "1.5", "many", "", "4294967297"] {
            assert_eq!(read(number, wrong).unwrap_err(), "be a whole number from 1 to 5", "{wrong}");
        }
        assert_eq!(read(Kind::Truth, "TRUE").as_deref(), Ok("true"));
        assert_eq!(read(Kind::Truth, "yes").unwrap_err(), "be `true` or `false`");
        assert_eq!(read(Kind::Choice(&["NONE", "BASIC"]), "basic").as_deref(), Ok("BASIC"));
        assert_eq!(read(Kind::Choice(&["NONE", "BASIC"]), "x").unwrap_err(), "be `NONE` or `BASIC`");
    }

    #[test]
    fn places() {
        for right in
            ["https://api.stripe.com", "https://a.b:8443/x", "http://localhost:1", "http://127.0.0.1:1"]
        {
            assert!(read(Kind::Url, right).is_ok(), "{right}");
        }
        for wrong in
            ["api.stripe.com", "http://a.b", "https://a.b?x", "ftp://a.b", "https://", " https://a.b"]
        {
            assert!(read(Kind::Url, wrong).is_err(), "{wrong}");
        }
        for right in ["proxy.example.com", "10.0.0.1", "::1", "[2001:db8::1]", "localhost"] {
            assert!(read(Kind::Machine, right).is_ok(), "{right}");
        }
        for wrong in ["", "http://proxy", "proxy:3128", "[proxy]", "a b", "proxy/x"] {
            assert!(read(Kind::Machine, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn secrets_are_known_by_their_looks() {
        for secret in
            ["sk_live_1", "my rk_test_1", "x=whsec_1", "https://u:p@proxy.example.com", "\"pk_test\""]
        {
            assert!(looks_secret(secret), "{secret}");
            assert!(read(Kind::Text, secret).unwrap_err().contains("looks like one"));
        }
        for plain in ["stripe-api-key", "risk_team", "desk_1", "a@b.example", "https://api.stripe.com"] {
            assert!(!looks_secret(plain), "{plain}");
        }
    }
}
