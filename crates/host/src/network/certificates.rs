//! What a certificate says, for people.

use std::fmt::Write as _;
use std::net::IpAddr;

use sha2::{Digest, Sha256};
use tokio_rustls::rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// Subject, issuer, validity, names and SHA-256 of a certificate, on one line.
pub(super) fn described(certificate: &CertificateDer) -> String {
    let fingerprint = fingerprint(certificate);
    match Certificate::from_der(certificate) {
        Ok(read) => {
            let own = read.tbs_certificate();
            let validity = own.validity();
            printable(&format!(
                "subject `{}`, issuer `{}`, valid from {} to {}, names {}, SHA-256 {fingerprint}",
                own.subject(),
                own.issuer(),
                validity.not_before,
                validity.not_after,
                names(&read)
            ))
        }
        // It may be trusted all the same: rustls looks at less of it.
        Err(why) => format!("not readable here ({why}), SHA-256 {fingerprint}"),
    }
}

fn names(certificate: &Certificate) -> String {
    match certificate.tbs_certificate().get_extension::<SubjectAltName>() {
        Ok(Some((_, names))) => names.0.iter().map(name).collect::<Vec<_>>().join(" "),
        Ok(None) => "none".to_owned(),
        Err(why) => format!("not readable ({why})"),
    }
}

fn name(name: &GeneralName) -> String {
    match name {
        GeneralName::DnsName(name) => name.to_string(),
        GeneralName::Rfc822Name(name) => name.to_string(),
        GeneralName::UniformResourceIdentifier(name) => name.to_string(),
        GeneralName::IpAddress(bytes) => address(bytes.as_bytes()),
        _ => "(of another kind)".to_owned(),
    }
}

fn address(bytes: &[u8]) -> String {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    let address = four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from));
    address.map_or_else(|_| "(no address)".to_owned(), |address| address.to_string())
}

fn fingerprint(certificate: &CertificateDer) -> String {
    Sha256::digest(certificate).iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whoever made the certificate may have put into it what would look like further lines of the log.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
