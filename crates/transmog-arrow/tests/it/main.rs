//! Files written and read back.

use transmog_arrow::{Compression, Format, Options};
use transmog_model::TableFormat;
use transmog_testkit::{
    conformance::{
        check_compressions, check_random_tables, check_writer, rows_of_every_type, schema, write,
    },
    read_back,
};

#[test]
fn the_writer_conforms() {
    let format = |compression| Format::new(Options::default().with_compression(compression));
    let formats = Compression::ALL.map(format);
    check_writer(&formats.each_ref().map(|format| format as &dyn TableFormat));
    check_compressions(&Compression::ALL);
}

#[test]
fn random_values_arrive() {
    check_random_tables(&Format::default(), 0..60);
}

#[test]
fn the_schema_is_kept() {
    let schema = schema();
    let rows = rows_of_every_type(&schema, 9);
    let file = write(&Format::default(), &schema, std::slice::from_ref(&rows));
    assert_eq!(read_back("arrow", file), [rows]);
}
