//! What the rules make of one path: found once, when the path is met.

use super::{
    check::Rules,
    mask::Mask,
    rule::Action,
    value_type::{OnMismatch, ValueType},
};
use transmog_events::{PatternStep, Step};

/// A rule whose first steps lead to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Live {
    rule: u32,
    steps: u16,
}

/// Whether the values at a path are among the selected ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Selection {
    /// They are, or nothing is selected.
    #[default]
    Taken,
    /// What is in them may be; they themselves are not.
    OnTheWay,
    /// Neither they nor what is in them.
    Left,
}

/// What the rules make of the values at a path. Each rule that does something there has its number
/// here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Treatment {
    pub(crate) selection: Selection,
    pub(crate) drop: Option<u32>,
    pub(crate) json: Option<u32>,
    pub(crate) parse: Option<u32>,
    pub(crate) map: Option<u32>,
    pub(crate) table: Option<u32>,
    pub(crate) list: Option<u32>,
    pub(crate) mask: Option<(u32, Mask)>,
    pub(crate) value_type: Option<(u32, ValueType, OnMismatch)>,
    pub(crate) select: Option<u32>,
}

impl Treatment {
    /// Whether the values are left out, with what is in them.
    pub(crate) fn leaves_out(&self) -> bool {
        self.drop.is_some() || self.selection == Selection::Left
    }

    /// Whether scalars are left out.
    pub(crate) fn leaves_out_scalars(&self) -> bool {
        self.leaves_out() || self.selection == Selection::OnTheWay
    }

    /// Whether an array is a value of its own that is not selected, if what is in it may be: it is
    /// kept whole.
    pub(crate) fn leaves_out_whole_array(&self) -> bool {
        let is_shaped = self.table.is_some() || self.list.is_some();
        self.selection == Selection::OnTheWay && !is_shaped
    }

    /// Whether it changes scalars, besides leaving them out and parsing them.
    pub(crate) fn changes_scalars(&self) -> bool {
        self.json.is_some() || self.mask.is_some() || self.value_type.is_some()
    }
}

impl Rules {
    /// The rules at the record itself, and what they make of it.
    pub(crate) fn begin(&self) -> (Box<[Live]>, Treatment) {
        let live = (0..self.rules.len() as u32).map(|rule| Live { rule, steps: 0 });
        let live: Vec<Live> = live.collect();
        let selection = match self.has_selections() {
            true => Selection::OnTheWay,
            false => Selection::Taken,
        };
        self.treat(live, selection)
    }

    /// The rules one step below `live`, where `around` is the selection, and what they make of the
    /// values there.
    pub(crate) fn step(
        &self,
        live: &[Live],
        around: Selection,
        step: &Step,
    ) -> (Box<[Live]>, Treatment) {
        let leads = |live: &&Live| {
            let next = self.path(**live).get(usize::from(live.steps));
            next.is_some_and(|next| next.fits(step))
        };
        let further = live.iter().filter(leads).map(|live| Live {
            steps: live.steps + 1,
            ..*live
        });
        self.treat(further.collect(), around)
    }

    fn path(&self, live: Live) -> &[PatternStep] {
        self.rules[live.rule as usize].path.steps()
    }

    fn treat(&self, live: Vec<Live>, around: Selection) -> (Box<[Live]>, Treatment) {
        let is_end = |live: &Live| usize::from(live.steps) == self.path(*live).len();
        let selects = |live: &Live| self.rules[live.rule as usize].action == Action::Select;
        let mut treatment = Treatment {
            selection: match around {
                Selection::OnTheWay if live.iter().any(|live| selects(live) && is_end(live)) => {
                    Selection::Taken
                }
                Selection::OnTheWay if !live.iter().any(selects) => Selection::Left,
                around => around,
            },
            ..Treatment::default()
        };
        let (ends, further): (Vec<Live>, Vec<Live>) = live.into_iter().partition(is_end);
        // The most specific path comes last, and its rule stays.
        let mut ends: Vec<u32> = ends.into_iter().map(|live| live.rule).collect();
        ends.sort_by_key(|rule| {
            let steps = self.rules[*rule as usize].path.steps().iter();
            steps
                .map(|step| *step != PatternStep::Members)
                .collect::<Vec<_>>()
        });
        for rule in ends {
            let number = Some(rule);
            match &self.rules[rule as usize].action {
                Action::Select => treatment.select = number,
                Action::Drop => treatment.drop = number,
                Action::Json => treatment.json = number,
                Action::Parse => treatment.parse = number,
                Action::Map => treatment.map = number,
                Action::Table => treatment.table = number,
                Action::List => treatment.list = number,
                Action::Mask(mask) => treatment.mask = Some((rule, *mask)),
                Action::Type(ValueType::Json, _) => {
                    (treatment.json, treatment.value_type) = (number, None);
                }
                Action::Type(to, otherwise) => {
                    let of_type = Some((rule, *to, *otherwise));
                    (treatment.json, treatment.value_type) = (None, of_type);
                }
                // Names are given where chunks are merged, and values are carried when they are
                // complete.
                Action::Rename(_) | Action::Carry => {}
            }
        }
        (further.into(), treatment)
    }
}
