//! What is read although it is not JSON.

/// What to accept although it is not JSON. Each case is counted ([`Remark`]).
///
/// [`Remark`]: transmog_events::Remark
///
/// # Examples
/// ```
/// use transmog_reader::{Leniency, ReadOptions};
///
/// let kinds = [Leniency::Commas, "comments".parse()?];
/// let options = ReadOptions::default().with_lenient(&kinds);
/// # Ok::<(), transmog_events::UnknownName>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leniency {
    /// `NaN`, `Infinity` and `-Infinity`, read as null.
    NonFinite,
    /// An escape of half a surrogate pair, such as `\ud800`, read as U+FFFD.
    Surrogates,
    /// Leading, doubled and trailing commas, between records and in their arrays
    /// and objects.
    Commas,
    /// Comments from `//` to the end of the line and from `/*` to `*/`, read as blanks.
    Comments,
}

transmog_events::names! {
    Leniency, "leniency" {
        NonFinite = "non_finite",
        Surrogates = "surrogates",
        Commas = "commas",
        Comments = "comments",
    }
}

/// A set of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lenient {
    pub(crate) non_finite: bool,
    pub(crate) surrogates: bool,
    pub(crate) commas: bool,
    pub(crate) comments: bool,
}

impl Lenient {
    pub(crate) fn of(kinds: &[Leniency]) -> Self {
        let has = |kind| kinds.contains(&kind);
        Self {
            non_finite: has(Leniency::NonFinite),
            surrogates: has(Leniency::Surrogates),
            commas: has(Leniency::Commas),
            comments: has(Leniency::Comments),
        }
    }
}
