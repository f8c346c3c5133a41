//! The options of CSV files.

use crate::Compression;
use transmog_model::Error;

/// Between the cells of a line: a comma.
pub const DEFAULT_DELIMITER: u8 = b',';
/// Around the cells that need it: a double quote.
pub const DEFAULT_QUOTECHAR: u8 = b'"';
/// The first line names the columns: yes.
pub const DEFAULT_INCLUDE_HEADER: bool = true;
/// Cells that a spreadsheet would run get a leading `'`: yes.
pub const DEFAULT_FORMULA_GUARD: bool = true;

/// How CSV files are written.
///
/// # Examples
///
/// ```
/// use transmog_csv::Options;
///
/// let options = Options::default().with_delimiter(b'\t');
/// assert!(options.validate().is_ok());
/// assert!(options.with_quotechar(b'\t').validate().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    compression: Compression,
    delimiter: u8,
    quotechar: u8,
    include_header: bool,
    formula_guard: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            compression: Compression::default(),
            delimiter: DEFAULT_DELIMITER,
            quotechar: DEFAULT_QUOTECHAR,
            include_header: DEFAULT_INCLUDE_HEADER,
            formula_guard: DEFAULT_FORMULA_GUARD,
        }
    }
}

impl Options {
    /// Sets the compression; none by default.
    #[must_use]
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Sets the ASCII character between cells; [`DEFAULT_DELIMITER`] by default.
    #[must_use]
    pub fn with_delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// Sets the ASCII character around cells; [`DEFAULT_QUOTECHAR`] by default.
    #[must_use]
    pub fn with_quotechar(mut self, quotechar: u8) -> Self {
        self.quotechar = quotechar;
        self
    }

    /// Sets whether the first line names the columns; [`DEFAULT_INCLUDE_HEADER`] by default.
    #[must_use]
    pub fn with_include_header(mut self, include_header: bool) -> Self {
        self.include_header = include_header;
        self
    }

    /// Sets whether formulas, as [`is_formula`](crate::is_formula) tells them, get a leading `'`;
    /// [`DEFAULT_FORMULA_GUARD`] by default.
    #[must_use]
    pub fn with_formula_guard(mut self, formula_guard: bool) -> Self {
        self.formula_guard = formula_guard;
        self
    }

    /// The compression.
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// The character between cells.
    #[must_use]
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The character around cells.
    #[must_use]
    pub fn quotechar(&self) -> u8 {
        self.quotechar
    }

    /// Whether the first line names the columns.
    #[must_use]
    pub fn include_header(&self) -> bool {
        self.include_header
    }

    /// Whether formulas get a leading `'`.
    #[must_use]
    pub fn formula_guard(&self) -> bool {
        self.formula_guard
    }

    /// Checks that the options make a file that can be read back.
    ///
    /// # Errors
    /// When the delimiter or the quote character is not ASCII, is CR or LF, or
    /// both are the same.
    pub fn validate(&self) -> Result<(), Error> {
        for (name, byte) in [("delimiter", self.delimiter), ("quotechar", self.quotechar)] {
            if !byte.is_ascii() || matches!(byte, b'\r' | b'\n') {
                return Err(Error::unsupported(format!(
                    "the CSV {name} must be one ASCII character other than CR and LF"
                )));
            }
        }
        if self.delimiter == self.quotechar {
            return Err(Error::unsupported(
                "the CSV delimiter and quotechar must differ",
            ));
        }
        Ok(())
    }
}
