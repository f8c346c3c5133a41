//! The forms of text that a format has types for.

use transmog_model::{ColumnType, KindSet, Observed, ScalarType, TableFormat, TextForm};

/// Which types made of text a format stores as such. The others stay text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoredForms {
    scalars: Stored,
    lists: Stored,
}

#[derive(Clone, Copy, Debug)]
struct Stored {
    dates: bool,
    timestamps: bool,
    /// Timestamps in the last second before 1970.
    just_before_1970: bool,
    uuids: bool,
}

impl StoredForms {
    /// Those of a format; all of them if there is none.
    pub(crate) fn of(format: Option<&dyn TableFormat>) -> Self {
        let stored = |has: &dyn Fn(&dyn TableFormat, TextForm) -> bool| {
            let has = |text: &str| format.is_none_or(|format| has(format, TextForm::of(text)));
            Stored {
                dates: has("2026-01-02"),
                timestamps: has("2026-01-02T03:04:05Z"),
                just_before_1970: has("1969-12-31T23:59:59.5Z"),
                uuids: has("0190163d-8694-739b-aea5-966c26f8ad90"),
            }
        };
        let list_is_stored = |format: &dyn TableFormat, form: TextForm| {
            let column_type = ColumnType::List(form.scalar_type());
            format.stored_type(column_type) == column_type
        };
        Self {
            scalars: stored(&|format, form| format.stores_form(form)),
            lists: stored(&list_is_stored),
        }
    }

    /// The type that the format stores for one of keys.
    pub(crate) fn stored(self, keys: ScalarType) -> ScalarType {
        match keys {
            ScalarType::Uuid(_) if !self.scalars.uuids => ScalarType::Text,
            keys => keys,
        }
    }

    /// The same, texts in any form where the format has no type for theirs.
    pub(crate) fn keep(self, seen: Observed) -> Observed {
        let stored = match seen.elements {
            None => self.scalars,
            Some(_) => self.lists,
        };
        seen.with_forms(|form| stored.has(form))
    }

    /// The same for the kinds of keys.
    pub(crate) fn keep_kinds(self, kinds: KindSet) -> KindSet {
        kinds.with_forms(|form| self.scalars.has(form))
    }
}

impl Stored {
    fn has(self, form: TextForm) -> bool {
        match form {
            TextForm::Plain | TextForm::Json => true,
            TextForm::Date => self.dates,
            TextForm::Timestamp(form) if form.is_just_before_1970() => self.just_before_1970,
            TextForm::Timestamp(_) => self.timestamps,
            TextForm::Uuid(_) => self.uuids,
        }
    }
}
