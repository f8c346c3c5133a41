//! `find_maps`: which objects are maps, found before a run.

use crate::{
    input::{FoundInput, Input},
    survey::survey_of,
};
use transmog_engine::{Error, FoundMap, OnError, Result, Schema, Summary, TransmogConfig};
use transmog_flatten::Rule;

/// Maps in maps are found one level at a time. More levels than this are left as they are.
const MAX_ROUNDS: usize = 64;
/// The path of the record itself.
const RECORD: &str = "$";

/// The maps of an input, and the input to be read again.
pub struct MapSearch {
    /// The maps, the outer ones first.
    pub maps: Vec<FoundMap>,
    /// The rules that make maps of them.
    pub rules: Vec<Rule>,
    /// The path to the records if the input is one map: its members are the records.
    pub records_path: Option<String>,
    /// The schema with these maps.
    pub schema: Schema,
    /// The summary of the last look at the input, with these maps.
    pub summary: Summary,
    input: FoundInput,
}

impl MapSearch {
    /// The input. Standard input and readers were kept in a temporary file.
    #[must_use]
    pub fn into_input(self) -> Input {
        Input::of_found(self.input)
    }

    /// The configuration with the rules and the path of these maps.
    #[must_use]
    pub fn config(&self, config: &TransmogConfig) -> TransmogConfig {
        let config = with_rules(config, &self.rules);
        match &self.records_path {
            Some(path) => config.with_records_path(Some(path.clone())),
            None => config,
        }
    }
}

/// Reads the input as [`survey`](crate::survey) does, and finds the objects whose keys are data. It
/// reads it once more for each level of maps in maps; the last time, all are maps. So the schema has
/// few columns however many keys there are, and no limit on columns, tables or names is reached by
/// them. If the input is one object that is a map of objects, its members become the records.
///
/// # Errors
/// As [`survey`](crate::survey); also when the input is records that are not text, which can be read
/// only once unless they have [`with_again`](Input::with_again).
///
/// # Examples
/// ```
/// use transmog::{TransmogConfig, find_maps, flatten};
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
    let (mut maps, mut rules) = (Vec::<FoundMap>::new(), Vec::new());
    let mut with_maps = config.clone();
    let mut rounds = 0;
    let mut known = None;
    loop {
        let looked = match known.take() {
            Some(looked) => looked,
            None => survey_of(input.again(config)?, &with_maps),
        };
        let found = match looked {
            Ok((mut schema, summary)) => {
                rounds += 1;
                let found = summary.maps.iter().filter(|map| fits(map, &with_maps));
                let found: Vec<_> = found.cloned().collect();
                if found.is_empty() || rounds > MAX_ROUNDS {
                    let path = with_maps.records_path().map(str::to_owned);
                    let path = path.filter(|path| config.records_path() != Some(path));
                    schema.records_path.clone_from(&path);
                    return Ok(MapSearch {
                        maps,
                        rules,
                        records_path: path,
                        schema,
                        summary,
                        input,
                    });
                }
                found
            }
            Err(error) => vec![at_limit(error, &with_maps)?],
        };
        for map in found {
            match members_as_records(&map, &mut input, &with_maps)? {
                Some((path, looked)) => {
                    with_maps = with_maps.with_records_path(Some(path));
                    known = Some(looked);
                }
                None => {
                    rules.extend(map.rule());
                    with_maps = with_rules(config, &rules)
                        .with_records_path(with_maps.records_path().map(str::to_owned));
                    known = None;
                }
            }
            maps.push(map);
        }
    }
}

/// What a look at an input gives.
type Looked = Result<(Schema, Summary)>;

/// The path that makes records of the members, if the map is all of the input and each of them can be
/// a record; and what a look at the input with it gives.
fn members_as_records(
    map: &FoundMap,
    input: &mut FoundInput,
    config: &TransmogConfig,
) -> Result<Option<(String, Looked)>> {
    if map.path != RECORD || map.objects > 1 {
        return Ok(None);
    }
    let path = config.records_path().unwrap_or(RECORD).to_owned() + ".*";
    let trial = config
        .clone()
        .with_records_path(Some(path.clone()))
        .with_on_error(OnError::Fail);
    if trial.validate().is_err() {
        return Ok(None);
    }
    // Without a rejected record, any policy gives the same.
    let looked = survey_of(input.again(config)?, &trial);
    let is_fine = match &looked {
        Ok(_) => true,
        Err(error) => error.outgrown_object().is_some(),
    };
    Ok(is_fine.then_some((path, looked)))
}

/// The configuration with these rules, too.
fn with_rules(config: &TransmogConfig, rules: &[Rule]) -> TransmogConfig {
    let rules = config.rules().iter().chain(rules).cloned();
    config.clone().with_rules(rules.collect())
}

/// Whether the map goes together with the rules that there are.
fn fits(map: &FoundMap, config: &TransmogConfig) -> bool {
    map.rule().is_some_and(|rule| {
        !config.rules().contains(&rule) && with_rules(config, &[rule]).validate().is_ok()
    })
}

/// The object whose keys outgrew a limit, if it can be made a map.
fn at_limit(error: Error, config: &TransmogConfig) -> Result<FoundMap> {
    let map = error.outgrown_object().map(FoundMap::at_limit);
    map.filter(|map| fits(map, config)).ok_or(error)
}
