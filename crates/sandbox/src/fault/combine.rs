//! Which words of a rule make sense together.

use super::words::Word;

/// Words that exclude each other, and why.
const CLASHES: &[(&str, &str, &str)] = &[
    ("status", "rate-limited", "`rate-limited` is itself an answer with the status 429"),
    ("stored", "rate-limited", "Stripe limits the rate before it looks at the idempotency key"),
    ("html", "body", "both are the answer's body"),
    ("html", "huge", "both are the answer's body"),
    ("body", "huge", "both are the answer's body"),
];

/// Ways to leave HTTP: a rule has one at most.
const BREACHES: &[&str] = &["reset", "close", "cut", "length"];

/// Words that say whom the fault meets.
const CONDITIONS: &[&str] = &["times", "skip", "when-header"];

/// Words that may stand several times.
const REPEATED: &[&str] = &["header", "when-header"];

/// What is wrong with the words of a rule, each of which can be read.
pub fn check(words: &[Word<'_>]) -> Vec<String> {
    let has = |name: &str| words.iter().any(|word| word.name == name);
    let faults: Vec<&Word<'_>> = words.iter().filter(|word| !is_condition(word)).collect();
    let mut wrong = Vec::new();
    if faults.is_empty() {
        wrong.push("the rule has no fault: it needs one, such as `status=503` or `reset=after`".to_owned());
    }
    for (n, word) in words.iter().enumerate() {
        let earlier = words.iter().take(n).any(|earlier| same(earlier, word));
        if earlier && !REPEATED.contains(&word.name) {
            wrong.push(format!("`{}` is there a second time: keep one", word.text));
        }
    }
    for (one, other, why) in CLASHES {
        if has(one) && has(other) {
            wrong.push(format!("`{one}` and `{other}` do not go together: {why}"));
        }
    }
    for word in ["body", "stored"] {
        if has(word) && !has("status") && !has("rate-limited") {
            wrong.push(format!("`{word}` needs `status=`: it is about an answer in Stripe's place"));
        }
    }
    let breaches: Vec<&&Word<'_>> = faults.iter().filter(|word| BREACHES.contains(&word.name)).collect();
    match breaches.as_slice() {
        [] => {}
        [breach] => wrong.extend(faults.iter().filter_map(|word| unreached(breach, word))),
        [one, other, ..] => {
            let message = "do not go together: an answer is broken in one way";
            if one.name != other.name {
                wrong.push(format!("`{}` and `{}` {message}", one.text, other.text));
            }
        }
    }
    wrong
}

/// Why a fault never comes to act when another ends the connection first.
fn unreached(breach: &Word<'_>, word: &Word<'_>) -> Option<String> {
    let when = breach.value.as_deref();
    let (allowed, why): (&[&str], &str) = match (when, word.name) {
        (Some("before"), _) => (&["delay-request"], "nothing is carried out or answered"),
        (Some("after"), "status" | "rate-limited") => {
            (&[], "an answer in Stripe's place leaves no effect to come after: use `before`")
        }
        (Some("after"), _) => (&["delay-request", "delay-answer"], "no answer is sent"),
        _ => return None,
    };
    let goes = word.text == breach.text || allowed.contains(&word.name);
    (!goes).then(|| format!("`{}` and `{}` do not go together: {why}", breach.text, word.text))
}

fn is_condition(word: &Word<'_>) -> bool {
    is_chance(word) || CONDITIONS.contains(&word.name)
}

fn is_chance(word: &Word<'_>) -> bool {
    word.name.ends_with('%')
}

fn same(one: &Word<'_>, other: &Word<'_>) -> bool {
    one.name == other.name || (is_chance(one) && is_chance(other))
}
