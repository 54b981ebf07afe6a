//! Uploads of files: the input's base64 as `multipart/form-data` (RFC 7578), which Stripe takes at its host for files.

use crate::api::types::CallOptions;
use crate::base64::STANDARD;
use crate::call::Body;
use crate::catalog::Entity;
use crate::catalog::names::same;
use crate::client::Client;
use crate::entities::expand;
use crate::failure::{Failed, invalid};
use crate::form::{self, Pairs};
use crate::host::Context;
use crate::input::Input;
use crate::json::Json;
use crate::{objects, walk};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The parameter that holds the file.
const FILE: &str = "file";

/// The input that names it, which is no parameter of Stripe's but part of the file's head. Rows have a column of this name.
pub const FILENAME: &str = "filename";

/// Makes the body of an upload, and the client that sends it.
pub fn prepare<'a>(
    context: Context<'a>,
    entity: &'a Entity,
    mut input: Input,
    options: &CallOptions,
) -> Result<(Body, Client<'a>), Failed> {
    let filename = take_filename(&mut input)?;
    let mut parameters = objects::decode(context, entity.name, entity.create, None, &input)?;
    let at = parameters.iter().position(|(name, _)| name == FILE);
    let bytes = match at.map(|at| parameters.remove(at)) {
        Some((_, Json::Text(base64))) => STANDARD.decode(base64.trim()).map_err(|at| {
            invalid(
                "File",
                format!("`File` must be the file's bytes in base64, which it is not from byte {at} on"),
            )
        })?,
        _ => return Err(invalid("File", "`File` must be the file's bytes in base64")),
    };
    let mut pairs = form::pairs(&parameters)?;
    pairs.extend(walk::expansions(expand(entity.path, options, 4)?, ""));
    let boundary: String = context.host.random().iter().map(|byte| format!("{byte:02x}")).collect();
    let body = Body::Multipart {
        content_type: format!("multipart/form-data; boundary={boundary}"),
        bytes: multipart(&boundary, &pairs, &filename, &bytes),
    };
    Ok((body, Client::open(context, options, entity.name)?))
}

fn take_filename(input: &mut Input) -> Result<String, Failed> {
    let at = input.iter().position(|(name, _)| same(name, FILENAME));
    match at.map(|at| input.remove(at)) {
        None => Ok(FILE.to_string()),
        Some((_, Json::Text(name))) if !name.is_empty() && !name.chars().any(char::is_control) => Ok(name),
        Some((name, _)) => {
            Err(invalid(&name, format!("`{name}` must be the name of a file, such as receipt.pdf")))
        }
    }
}

fn multipart(boundary: &str, pairs: &Pairs, filename: &str, bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(bytes.len() + 1024);
    for (name, value) in pairs {
        let name = quoted(name);
        let part =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let filename = quoted(filename);
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{FILE}\"; filename=\"{filename}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(bytes);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    body
}

/// A name inside the quotes of a part's head, as browsers write it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_where_the_boundary_says() {
        let pairs = [("purpose".to_string(), "dispute_evidence".to_string())].into();
        let body = multipart("b", &pairs, "a\"b.png", b"\x89PNG");
        let expected: &[u8] =
            b"--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\ndispute_evidence\r\n\
            --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b.png\"\r\n\
            Content-Type: application/octet-stream\r\n\r\n\x89PNG\r\n--b--\r\n";
        assert_eq!(body, expected);
    }
}
