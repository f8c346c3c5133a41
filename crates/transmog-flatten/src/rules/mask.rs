//! Values that do not arrive: hashed under a key, or replaced.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// How a value is masked. Null stays null in each.
///
/// # Examples
/// ```
/// use transmog_flatten::Mask;
/// assert_eq!("redact".parse(), Ok(Mask::Redact));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mask {
    /// HMAC-SHA-256 (RFC 2104) of the value's text under the key of the run, as 64 hexadecimal
    /// digits: equal values stay equal.
    Hmac,
    /// Null.
    Null,
    /// The text `***`.
    Redact,
}

transmog_events::names! {
    Mask, "mask" {
        Hmac = "hmac",
        Null = "null",
        Redact = "redact",
    }
}

/// What a redacted value becomes.
const REDACTED: &str = "***";

impl Mask {
    /// What the mask makes of a value's text, under the key if there is one; `None` is null.
    pub(super) fn of(self, value: &[u8], key: Option<&MaskKey>) -> Option<String> {
        match (self, key) {
            (Mask::Null, _) => None,
            (Mask::Hmac, Some(key)) => Some(key.hash(value)),
            _ => Some(REDACTED.to_owned()),
        }
    }
}

/// The key of [`Mask::Hmac`]. Neither it nor a value under it is printed.
///
/// # Examples
/// ```
/// use transmog_flatten::MaskKey;
/// let key = MaskKey::new(b"a long random text").expect("it is not empty");
/// assert_eq!(format!("{key:?}"), "MaskKey");
/// assert!(MaskKey::new(b"").is_none());
/// ```
#[derive(Clone)]
pub struct MaskKey(Hmac<Sha256>);

impl MaskKey {
    /// The key of these bytes; `None` if there are none.
    #[must_use]
    pub fn new(key: &[u8]) -> Option<Self> {
        // HMAC takes keys of any length.
        let hmac = Hmac::new_from_slice(key).ok()?;
        (!key.is_empty()).then_some(Self(hmac))
    }

    /// The hash of a value's text.
    pub(crate) fn hash(&self, value: &[u8]) -> String {
        use fmt::Write;
        let hash = self.0.clone().chain_update(value).finalize().into_bytes();
        hash.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl fmt::Debug for MaskKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MaskKey")
    }
}

impl PartialEq for MaskKey {
    fn eq(&self, other: &Self) -> bool {
        self.hash(b"") == other.hash(b"")
    }
}

impl Eq for MaskKey {}

#[cfg(test)]
mod tests {
    use super::MaskKey;

    /// RFC 4231, test case 2.
    #[test]
    fn the_hash_is_hmac_sha_256() {
        let key = MaskKey::new(b"Jefe").expect("it is not empty");
        assert_eq!(
            key.hash(b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
