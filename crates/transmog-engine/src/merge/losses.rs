//! The loss ledger, and losses that end the run.

use crate::{
    error::{Category, Error, Result},
    options::Options,
};
use std::fmt::Display;
use transmog_events::{JsonPath, brief};
use transmog_model::{Ledger, LedgerEntry, LossKind, Place};

/// Counts the values that were changed or left out.
pub(crate) struct Losses {
    ledger: Ledger,
    strict: Vec<LossKind>,
    /// Why an unloadable cell ends the run, if it does.
    refusal: Option<&'static str>,
}

impl Losses {
    pub(crate) fn new(options: &Options, refusal: Option<&'static str>) -> Self {
        Self {
            ledger: Ledger::default(),
            strict: options.policy.strict.clone(),
            refusal,
        }
    }

    /// Bytes that the ledger takes.
    pub(crate) fn bytes(&self) -> usize {
        self.ledger.bytes()
    }

    /// Counts losses at a path; an error if their kind ends the run.
    pub(crate) fn count(
        &mut self,
        kind: LossKind,
        path: &JsonPath,
        count: u64,
        first: Place,
    ) -> Result<()> {
        self.judge(kind, path, Some(&first))?;
        self.ledger.add(kind, path, count, Some(first));
        Ok(())
    }

    /// Counts one loss with a detail, to be checked at the end.
    pub(crate) fn note(
        &mut self,
        kind: LossKind,
        path: &JsonPath,
        first: Option<Place>,
        detail: Option<String>,
    ) {
        match detail {
            Some(detail) => self.ledger.add_detail(kind, path, first, detail),
            None => self.ledger.add(kind, path, 1, first),
        }
    }

    /// The lines of the ledger; an error if one of them ends the run.
    pub(crate) fn finish(self) -> Result<Vec<LedgerEntry>> {
        let entries = self.ledger.entries();
        for entry in &entries {
            self.judge(entry.kind, &entry.path, entry.first.as_ref())?;
        }
        Ok(entries)
    }

    fn judge(&self, kind: LossKind, path: &dyn Display, first: Option<&Place>) -> Result<()> {
        let refusal = self.refusal.filter(|_| kind == LossKind::Unloadable);
        if refusal.is_none() && !self.strict.contains(&kind) {
            return Ok(());
        }
        let place = first.map(|place| format!("{place}: ")).unwrap_or_default();
        let path = path.to_string();
        let path = brief(&path);
        let message = match (kind, refusal) {
            (_, Some(refusal)) => format!("{place}text at {path} {refusal}"),
            (LossKind::Rounded, _) => format!(
                "{place}strict: {kind} at {path}: a number of more than 17 digits became the \
                 nearest float64; keep its digits with numbers = exact, or remove `{kind}` from \
                 the strict kinds"
            ),
            _ => format!(
                "{place}strict: {kind} at {path}; fix the data, or remove `{kind}` from the \
                 strict kinds"
            ),
        };
        Err(Error::new(Category::Data, message))
    }
}
