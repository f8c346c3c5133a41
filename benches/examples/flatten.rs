//! One run on one thread, whose instructions `cargo xtask budget` counts: `flatten FILE FORMAT DIRECTORY`.

use std::{env, error::Error};
use transmog::{ArrayMode, IdGeneration, Input, Output, TransmogConfig, flatten_stream};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, format, directory] = &arguments[..] else {
        return Err("expected FILE FORMAT DIRECTORY".into());
    };
    let output = Output::of(format.parse()?)?;
    let config = TransmogConfig::default()
        .with_threads(1)
        .with_id_generation(IdGeneration::Sequence)
        .with_array_mode(ArrayMode::Separate);
    flatten_stream(Input::path(file), directory, &output, &config)?;
    Ok(())
}
