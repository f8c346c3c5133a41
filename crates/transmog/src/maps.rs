//! `find_maps`: which objects are maps, found before a run.

use crate::{
    input::{FoundInput, Input},
    survey::survey_of,
};
use transmog_engine::{Error, FoundMap, Result, Schema, Summary, TransmogConfig};

/// Maps in maps are found one level at a time. More levels than this are left as they are.
const MAX_ROUNDS: usize = 64;

/// The maps of an input, and the input to be read again.
pub struct MapSearch {
    /// The maps, the outer ones first.
    pub maps: Vec<FoundMap>,
    /// The schema with these maps.
    pub schema: Schema,
    /// The summary of the last look at the input, with these maps.
    pub summary: Summary,
    pub(crate) input: FoundInput,
}

impl MapSearch {
    /// The input. Standard input and readers were kept in a temporary file.
    #[must_use]
    pub fn into_input(self) -> Input {
        Input::of_found(self.input)
    }

    /// The configuration with a rule for each of the maps.
    #[must_use]
    pub fn config(&self, config: &TransmogConfig) -> TransmogConfig {
        with_rules(config, &self.maps)
    }
}

/// Reads the input as [`survey`](crate::survey) does, and finds the objects whose keys are data. It
/// reads it once more for each level of maps in maps; a last time, all are maps by a rule. So the
/// schema has few columns however many keys there are, and no limit on columns, tables or names is
/// reached by them.
///
/// # Errors
/// As [`survey`](crate::survey); also when the input is records that are not text, which can be read
/// only once unless they have [`with_again`](Input::with_again).
///
/// # Examples
/// ```
/// use transmog::{Input, TransmogConfig, find_maps, flatten};
/// let config = TransmogConfig::default();
/// let search = find_maps(r#"{"id":1,"stock":{"4711":3,"4712":0}}"#, &config)?;
/// assert_eq!(search.maps[0].path, "$.stock");
/// let config = search.config(&config);
/// let result = flatten(search.into_input(), &config)?;
/// assert_eq!(result.table("data_stock").map(|table| table.len()), Some(2));
/// # Ok::<(), transmog::Error>(())
/// ```
pub fn find_maps(input: impl Into<Input>, config: &TransmogConfig) -> Result<MapSearch> {
    let mut input = input.into().found(config);
    let mut maps: Vec<FoundMap> = Vec::new();
    let mut rounds = 0;
    loop {
        let with_maps = with_rules(config, &maps);
        let found = match survey_of(input.again(config)?, &with_maps) {
            Ok((schema, summary)) => {
                rounds += 1;
                let found = summary.maps.iter().filter(|map| fits(map, &with_maps));
                let found: Vec<_> = found.cloned().collect();
                if found.is_empty() || rounds > MAX_ROUNDS {
                    return Ok(MapSearch {
                        maps,
                        schema,
                        summary,
                        input,
                    });
                }
                found
            }
            Err(error) => vec![at_limit(error, &with_maps)?],
        };
        maps.extend(found);
    }
}

/// The configuration with a rule for each of the maps.
fn with_rules(config: &TransmogConfig, maps: &[FoundMap]) -> TransmogConfig {
    let rules = maps.iter().filter_map(FoundMap::rule);
    let rules = config.rules().iter().cloned().chain(rules);
    config.clone().with_rules(rules.collect())
}

/// Whether the map goes together with the rules that there are.
fn fits(map: &FoundMap, config: &TransmogConfig) -> bool {
    let is_new = map
        .rule()
        .is_some_and(|rule| !config.rules().contains(&rule));
    is_new
        && with_rules(config, std::slice::from_ref(map))
            .validate()
            .is_ok()
}

/// The object whose keys outgrew a limit, if it can be made a map.
fn at_limit(error: Error, config: &TransmogConfig) -> Result<FoundMap> {
    let map = error.outgrown_object().map(FoundMap::at_limit);
    map.filter(|map| fits(map, config)).ok_or(error)
}
