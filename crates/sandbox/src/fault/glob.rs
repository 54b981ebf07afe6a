//! Patterns in which `*` stands for anything, also for nothing and for slashes.

pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_is_anything() {
        for (pattern, text) in [
            ("/v1/a", "/v1/a"),
            ("*", "/v1/a"),
            ("*", ""),
            ("/v1/*", "/v1/a/b"),
            ("/v1/*", "/v1/"),
            ("/v1/*/b*c", "/v1/a/b/c"),
            ("**b", "b"),
            ("*a*a", "aa"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("/v1/a", "/v1/ab"),
            ("/v1/a", "/v1/"),
            ("", "a"),
            ("/v1/*/c", "/v1/c"),
            ("*a*a", "a"),
            ("a*a", "a"),
            ("*b", "ba"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
