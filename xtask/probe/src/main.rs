//! The example of `transmog_flatten::ChunkTable::into_batch`, held against what it must give.

use transmog_flatten::{Flattener, Naming, Options};
use transmog_reader::{ChunkReader, ReadOptions, Source};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let json = r#"{"name":"Acme","teams":[{"size":7},{"size":2.5}]}"#;
    let naming = Naming::default().without_time();
    let mut flattener = Flattener::new(Options::default());
    let sources = vec![Source::bytes("orders", json)];
    let mut reader = ChunkReader::new(sources, ReadOptions::default());
    let mut tables = Vec::new();
    while let Some(chunk) = reader.next_chunk()? {
        chunk.parse(&mut flattener);
        let set = flattener.finish();
        assert!(set.rejected.is_empty());
        for (schema, table) in set.schemas(&naming).iter().zip(set.tables) {
            let batch = table.into_batch(schema)?;
            let shape = (batch.num_rows(), batch.num_columns());
            tables.push((schema.name.clone(), shape));
        }
    }
    let expected = [("data", (1, 2)), ("data_teams", (2, 3))];
    assert_eq!(tables, expected.map(|(name, shape)| (name.to_owned(), shape)));
    Ok(())
}
