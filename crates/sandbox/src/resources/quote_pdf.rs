//! The PDF of a quote: one page with its number, its state and what it comes to.

use std::fmt::Write;

use serde_json::Value;

use super::text;
use crate::account::Account;
use crate::error::Result;
use crate::route::Call;

/// The file as text, which a PDF without pictures is.
pub fn pdf(account: &mut Account, call: &Call) -> Result<Value> {
    let quote = call.subject(account, call.kind)?;
    let number = quote["number"].as_str().unwrap_or("not yet numbered");
    let total = format!("{} {}", quote["amount_total"], text(&quote, "currency"));
    Ok(Value::String(page(&[
        &format!("Quote {} ({number})", text(&quote, "id")),
        &format!("Status: {}", text(&quote, "status")),
        &format!("Total in the smallest unit of its currency: {total}"),
        "Made by the sandbox. This is no offer.",
    ])))
}

/// A PDF of one page with these lines.
fn page(lines: &[&str]) -> String {
    let mut drawn = "BT /F1 14 Tf 18 TL 50 780 Td".to_owned();
    for line in lines {
        let _ = write!(drawn, " ({}) Tj T*", escaped(line));
    }
    drawn.push_str(" ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
            .to_owned(),
        format!("<</Length {}>>\nstream\n{drawn}\nendstream", drawn.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        let _ = writeln!(file, "{number} 0 obj\n{object}\nendobj");
    }
    let start = file.len();
    let count = objects.len() + 1;
    let _ = writeln!(file, "xref\n0 {count}\n0000000000 65535 f ");
    for place in places {
        let _ = writeln!(file, "{place:010} 00000 n ");
    }
    let _ = writeln!(file, "trailer\n<</Size {count}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF");
    file
}

/// Text inside the parentheses of a PDF; what is not ASCII has no place in its simple fonts.
fn escaped(line: &str) -> String {
    let mut text = String::new();
    for character in line.chars() {
        match character {
            '(' | ')' | '\\' => text.extend(['\\', character]),
            ' '..='~' => text.push(character),
            _ => text.push('?'),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn every_object_is_where_the_table_says() {
        let file = page(&["a (b) \\ ü"]);
        assert!(file.starts_with("%PDF-1.4\n") && file.ends_with("%%EOF\n"));
        assert!(file.contains(r"(a \(b\) \\ ?) Tj"), "{file}");
        let (_, start) = file.split_once("startxref\n").unwrap();
        let start: usize = start.lines().next().unwrap().parse().unwrap();
        let table = &file[start..];
        assert!(table.starts_with("xref\n0 6\n"), "{table}");
        for (number, line) in table.lines().skip(3).take(5).enumerate() {
            assert_eq!(line.len(), 19, "an entry has twenty bytes with its newline");
            let place: usize = line[..10].parse().unwrap();
            assert!(file[place..].starts_with(&format!("{} 0 obj\n", number + 1)), "{line}");
        }
        let (_, stream) = file.split_once("/Length ").unwrap();
        let (length, stream) = stream.split_once(">>\nstream\n").unwrap();
        let (stream, _) = stream.split_once("\nendstream").unwrap();
        assert_eq!(length.parse::<usize>().unwrap(), stream.len());
    }
}
