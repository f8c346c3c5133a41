//! Options from a file. They are added to the arguments of the command line, which override them.

use crate::{
    args::{Cli, command, is_switch},
    exit, file,
};
use clap::{
    Arg, ArgAction, ArgMatches, Command, CommandFactory,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};
use std::{
    borrow::Cow,
    ffi::OsString,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The file that is read if it exists in the current directory.
const DEFAULT_FILE: &str = "transmog.toml";
/// The most bytes of a file of options.
const MAX_BYTES: u64 = 1 << 20;
/// The key of the inputs, which have no flag.
const INPUTS: &str = "inputs";
/// Flags that the file cannot have.
const OF_THE_CALL: [&str; 4] = ["config", "no-config", "help", "version"];
/// Options that set what is written, or where, or which server gets requests that are signed.
const OUTPUTS: [&str; 7] = [
    "output",
    "html",
    "json",
    "toml",
    "sql",
    "data-package",
    "store",
];

/// The arguments of the command line, with those from the file it names, or from `transmog.toml`.
/// Nobody named `transmog.toml`: anyone who can write to the directory may have put it there. So it
/// cannot set outputs, and the options taken from it are printed.
pub(crate) fn with_options(mut words: Vec<OsString>) -> Result<Vec<OsString>, String> {
    // The later parse reports errors of the command line.
    let lenient = command().ignore_errors(true);
    let Ok(call) = lenient.try_get_matches_from(&words) else {
        return Ok(words);
    };
    let Some((name, call)) = call.subcommand() else {
        return Ok(words);
    };
    // Some commands read no options from a file.
    let Ok(given) = call.try_get_one::<PathBuf>("config") else {
        return Ok(words);
    };
    if is_on(call, "no_config") {
        return Ok(words);
    }
    let path = given.map_or(Path::new(DEFAULT_FILE), PathBuf::as_path);
    let unreadable = |error| format!("cannot read {}: {error}", path.display());
    if given.is_none() {
        match fs::metadata(path) {
            Ok(found) if found.is_file() => {}
            Ok(_) => {
                return Err(format!(
                    "{DEFAULT_FILE} in the current directory is not a file; use --no-config"
                ));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(words),
            Err(error) => return Err(unreadable(error)),
        }
    }
    let text = file::read(path, MAX_BYTES).map_err(unreadable)?;
    let commands = Commands::new();
    let Some(command) = commands.find(name) else {
        return Ok(words);
    };
    let file = File { path, text: &text };
    let mut added: Vec<OsString> = Vec::new();
    if given.is_none() {
        added.push(format!("--config={DEFAULT_FILE}").into());
    }
    let mut taken = Vec::new();
    for Choice { arg, words, span } in file.options(&commands, command)? {
        let words = without_replaced(words, call, arg);
        if words.is_empty() || is_overridden(command, call, arg) {
            continue;
        }
        let name = arg.get_long().unwrap_or(INPUTS);
        if given.is_none() && OUTPUTS.contains(&name) {
            let sets = match name {
                "store" => "says which server is asked",
                _ => "sets what is written",
            };
            let message = format!(
                "`{name}` {sets}, and a file that you did not name cannot do that; \
                 use --config {DEFAULT_FILE} to allow it, or --no-config to ignore the file"
            );
            return Err(file.wrong(&span, &message));
        }
        taken.push(name);
        added.extend(words.into_iter().map(OsString::from));
    }
    if given.is_none() && !taken.is_empty() && !is_on(call, "quiet") {
        let taken = taken.join(", ");
        exit::say(format_args!(
            "options from {DEFAULT_FILE} in the current directory: {taken}"
        ));
    }
    let at = words.iter().position(|word| word == name);
    let at = at.map_or(words.len(), |at| at + 1);
    words.splice(at..at, added);
    Ok(words)
}

/// Whether a switch is on. If parsing failed, there are no defaults.
fn is_on(call: &ArgMatches, id: &str) -> bool {
    call.get_one(id).copied().unwrap_or(false)
}

/// Whether the command line has the option, or one that conflicts with it.
fn is_overridden(command: &Command, call: &ArgMatches, arg: &Arg) -> bool {
    let is_given = |arg: &Arg| {
        let source = call.value_source(arg.get_id().as_str());
        source == Some(ValueSource::CommandLine)
    };
    let is_off = |arg: &Arg| is_switch(arg) && !is_on(call, arg.get_id().as_str());
    let is_conflict = |other: &Arg| {
        let conflicts = |one: &Arg, other: &Arg| {
            let conflicts = command.get_arg_conflicts_with(one);
            conflicts.iter().any(|arg| arg.get_id() == other.get_id())
        };
        is_given(other) && !is_off(other) && (conflicts(arg, other) || conflicts(other, arg))
    };
    // Rules of the file and of the call add up.
    let adds_up = matches!(arg.get_action(), ArgAction::Append)
        && arg.get_value_delimiter().is_none()
        && !arg.is_positional();
    (is_given(arg) && !adds_up) || command.get_arguments().any(is_conflict)
}

/// The arguments without the rules that the call has for the same path.
fn without_replaced(words: Vec<String>, call: &ArgMatches, arg: &Arg) -> Vec<String> {
    let (id, flag) = (arg.get_id().as_str(), arg.get_long().unwrap_or_default());
    if !matches!(flag, "rename" | "type" | "mask") {
        return words;
    }
    let Ok(Some(given)) = call.try_get_many::<String>(id) else {
        return words;
    };
    let given: Vec<&str> = given
        .filter_map(|rule| Some(rule.rsplit_once('=')?.0))
        .collect();
    let is_kept = |word: &String| {
        let rule = word
            .strip_prefix("--")
            .and_then(|word| word.strip_prefix(flag));
        let path = rule.and_then(|rule| Some(rule.strip_prefix('=')?.rsplit_once('=')?.0));
        path.is_none_or(|path| !given.contains(&path))
    };
    words.into_iter().filter(is_kept).collect()
}

/// The commands that read options from a file.
struct Commands {
    /// As declared, where switches differ from other flags.
    declared: Vec<Command>,
    /// As used for parsing.
    parsed: Command,
}

impl Commands {
    fn new() -> Self {
        let declared = Cli::command();
        let takes_file =
            |command: &&Command| command.get_arguments().any(|a| a.get_id() == "config");
        Self {
            declared: declared
                .get_subcommands()
                .filter(takes_file)
                .cloned()
                .collect(),
            parsed: command(),
        }
    }

    fn find(&self, name: &str) -> Option<&Command> {
        self.declared
            .iter()
            .find(|command| command.get_name() == name)
    }

    /// Why the parser refuses these arguments on their own.
    fn refusal(&self, command: &Command, words: &[String]) -> Option<clap::Error> {
        let call = [self.parsed.get_name(), command.get_name()];
        let call = call.into_iter().chain(words.iter().map(String::as_str));
        let error = self.parsed.clone().try_get_matches_from(call).err()?;
        // Other required arguments may be on the command line.
        (error.kind() != ErrorKind::MissingRequiredArgument).then_some(error)
    }
}

/// The option with this name.
fn option<'c>(command: &'c Command, key: &str) -> Option<&'c Arg> {
    command.get_arguments().find(|arg| match arg.get_long() {
        Some(long) => long == key && !OF_THE_CALL.contains(&long),
        None => arg.is_positional() && key == INPUTS,
    })
}

struct File<'f> {
    path: &'f Path,
    text: &'f str,
}

type Entry<'t, 'i> = (&'t Spanned<Cow<'i, str>>, &'t Spanned<DeValue<'i>>);

/// An option in the file.
struct Choice<'c> {
    arg: &'c Arg,
    /// Its arguments; empty if it is turned off.
    words: Vec<String>,
    /// The place of its name in the file.
    span: Range<usize>,
}

impl File<'_> {
    /// The options for the command as arguments. Checks the whole file.
    fn options<'c>(
        &self,
        commands: &'c Commands,
        of: &'c Command,
    ) -> Result<Vec<Choice<'c>>, String> {
        let document = DeTable::parse(self.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            self.wrong(&span, error.message())
        })?;
        let mut options: Vec<Choice<'_>> = Vec::new();
        let mut sections = Vec::new();
        for (key, value) in document.get_ref() {
            if let DeValue::Table(section) = value.get_ref() {
                sections.push((key, section));
                continue;
            }
            let entry = (key, value);
            let mut found = Vec::new();
            for command in &commands.declared {
                found.push((command, self.entry(commands, command, entry)));
            }
            // An option that only some commands have belongs under its command.
            if found.iter().any(|(_, entry)| matches!(entry, Ok(None)))
                && let Some((command, _)) = found.iter().find(|(_, e)| matches!(e, Ok(Some(_))))
            {
                let message = format!(
                    "`{}` is an option of `transmog {name}`; put it under [{name}]",
                    key.get_ref(),
                    name = command.get_name()
                );
                return Err(self.wrong(&key.span(), &message));
            }
            for (command, entry) in found {
                match entry? {
                    Some(entry) if command.get_name() == of.get_name() => options.push(entry),
                    Some(_) => {}
                    None => return Err(self.unknown(commands, of, key)),
                }
            }
        }
        for (name, section) in sections {
            let Some(command) = commands.find(name.get_ref()) else {
                let names: Vec<_> = commands.declared.iter().map(Command::get_name).collect();
                let message = format!(
                    "unknown section [{}]; expected one of {}",
                    name.get_ref(),
                    names.join(", ")
                );
                return Err(self.wrong(&name.span(), &message));
            };
            for (key, value) in section {
                let Some(entry) = self.entry(commands, command, (key, value))? else {
                    return Err(self.unknown(commands, command, key));
                };
                if command.get_name() == of.get_name() {
                    // Options under the command override those at the top.
                    options.retain(|known| known.arg.get_id() != entry.arg.get_id());
                    options.push(entry);
                }
            }
        }
        Ok(options)
    }

    /// The option and its arguments; `None` if the command has no such option.
    fn entry<'c>(
        &self,
        commands: &Commands,
        command: &'c Command,
        (key, value): Entry<'_, '_>,
    ) -> Result<Option<Choice<'c>>, String> {
        let Some(arg) = option(command, key.get_ref()) else {
            return Ok(None);
        };
        let words = words(arg, value.get_ref()).map_err(|expected| {
            let found = value.get_ref().type_str();
            let message = format!("`{}`: expected {expected}, found {found}", key.get_ref());
            self.wrong(&value.span(), &message)
        })?;
        match commands.refusal(command, &words) {
            Some(error) => Err(self.wrong(&value.span(), &in_short(&error))),
            None => Ok(Some(Choice {
                arg,
                words,
                span: key.span(),
            })),
        }
    }

    fn unknown(
        &self,
        commands: &Commands,
        command: &Command,
        key: &Spanned<Cow<'_, str>>,
    ) -> String {
        let refusal = commands.refusal(command, &[format!("--{}", key.get_ref())]);
        let meant = match refusal
            .as_ref()
            .and_then(|e| e.get(ContextKind::SuggestedArg))
        {
            Some(ContextValue::String(flag)) => {
                format!("; did you mean `{}`?", flag.trim_start_matches('-'))
            }
            _ => format!("; `transmog {} --help` lists them", command.get_name()),
        };
        self.wrong(
            &key.span(),
            &format!("unknown option `{}`{meant}", key.get_ref()),
        )
    }

    /// An error message with its place.
    fn wrong(&self, span: &Range<usize>, message: &str) -> String {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        format!(
            "{}, line {line}, column {column}: {message}",
            self.path.display()
        )
    }
}

/// The arguments for a value; the error says what is expected.
fn words(arg: &Arg, value: &DeValue) -> Result<Vec<String>, &'static str> {
    let flag = format!("--{}", arg.get_long().unwrap_or_default());
    let takes_none = arg
        .get_num_args()
        .is_some_and(|count| count.min_values() == 0);
    let number = |value: &DeValue| match value {
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .map(|number| number.to_string()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        _ => None,
    };
    let text = |value: &DeValue| value.as_str().map(str::to_owned);
    let list = |value: &DeValue| match value {
        DeValue::Array(values) => values.iter().map(|value| text(value.get_ref())).collect(),
        value => text(value).map(|text| vec![text]),
    };
    if arg.is_positional() {
        // A name must not be taken as a flag.
        let name = |name: String| match name.starts_with('-') && name != "-" {
            true => format!("./{name}"),
            false => name,
        };
        let names: Option<Vec<String>> = list(value);
        let names = names.ok_or("a string or an array of strings")?;
        return Ok(names.into_iter().map(name).collect());
    }
    if is_switch(arg) {
        return match value.as_bool() {
            Some(true) => Ok(vec![flag]),
            Some(false) => Ok(Vec::new()),
            None => Err("true or false"),
        };
    }
    if matches!(arg.get_action(), ArgAction::Count) {
        let times = match value.as_bool() {
            Some(times) => Some(usize::from(times)),
            None => number(value).and_then(|times| times.parse().ok()),
        };
        let times = times.filter(|times| *times <= usize::from(u8::MAX));
        return Ok(vec![flag; times.ok_or("a small number, true or false")?]);
    }
    if takes_none {
        return match (value.as_bool(), list(value)) {
            (Some(true), _) => Ok(vec![flag]),
            (Some(false), _) => Ok(Vec::new()),
            (None, Some(values)) => Ok(vec![format!("{flag}={}", values.join(","))]),
            (None, None) => Err("true, false, a string or an array of strings"),
        };
    }
    if arg.get_value_delimiter().is_some() {
        let values = list(value).ok_or("a string or an array of strings")?;
        // No flag is the same as an empty list.
        let words = (!values.is_empty()).then(|| format!("{flag}={}", values.join(",")));
        return Ok(words.into_iter().collect());
    }
    if matches!(arg.get_action(), ArgAction::Append) {
        let values = list(value).ok_or("a string or an array of strings")?;
        return Ok(values
            .iter()
            .map(|value| format!("{flag}={value}"))
            .collect());
    }
    let value = text(value).or_else(|| number(value));
    Ok(vec![format!(
        "{flag}={}",
        value.ok_or("a string or a number")?
    )])
}

/// The error of a value on one line.
fn in_short(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let lines = text.lines().map(str::trim).take_while(|line| {
        !line.starts_with("Usage:") && !line.starts_with("For more information")
    });
    lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}
