//! Integers as ORC's run length encoding, version 2.
//!
//! Runs of at most 512 values are written in the shortest of the four forms of
//! the specification: short repeat, delta, patched base, direct.

/// The longest run.
const MAX_RUN: usize = 512;
/// Equal values from which on they are a run of their own.
const MIN_REPEAT: usize = 3;
/// The longest short repeat; a longer one is a delta of 0.
const MAX_SHORT_REPEAT: usize = 10;
/// The base of a patched run is below: with its sign it fits 8 bytes, and what
/// is less than it fits 63 bits.
const BASE_LIMIT: u64 = 1 << 56;
/// The widest gap between two patches; a wider one takes an empty patch.
const MAX_GAP: usize = 255;

// The two highest bits of a run.
const SHORT_REPEAT: u8 = 0b00 << 6;
const DIRECT: u8 = 0b01 << 6;
const PATCHED_BASE: u8 = 0b10 << 6;
const DELTA: u8 = 0b11 << 6;

/// A stream of integers in progress.
#[derive(Debug)]
pub(crate) struct Integers {
    out: Vec<u8>,
    is_signed: bool,
    run: Vec<i64>,
    /// Values at the end of the run that are equal.
    repeats: usize,
}

impl Integers {
    pub(crate) fn signed() -> Self {
        Self {
            out: Vec::new(),
            is_signed: true,
            run: Vec::new(),
            repeats: 0,
        }
    }

    /// For values that are not negative.
    pub(crate) fn unsigned() -> Self {
        Self {
            is_signed: false,
            ..Self::signed()
        }
    }

    pub(crate) fn push(&mut self, value: i64) {
        match self.run.last() {
            Some(last) if *last == value => {
                self.repeats += 1;
                if self.repeats == MIN_REPEAT && self.run.len() >= MIN_REPEAT {
                    // What stands before the equal values is a run.
                    let before = self.run.len() - (MIN_REPEAT - 1);
                    self.write_run(before);
                    self.run.drain(..before);
                }
            }
            Some(_) if self.repeats >= MIN_REPEAT => {
                self.end_run();
                self.repeats = 1;
            }
            _ => self.repeats = 1,
        }
        self.run.push(value);
        if self.run.len() == MAX_RUN {
            self.end_run();
        }
    }

    /// Bytes that it takes so far.
    pub(crate) fn len(&self) -> usize {
        self.out.len() + size_of_val(&*self.run)
    }

    /// The bytes of the stream, which begins anew.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        self.end_run();
        std::mem::take(&mut self.out)
    }

    fn end_run(&mut self) {
        if self.repeats >= MIN_REPEAT && self.repeats >= self.run.len() {
            self.write_repeat(self.run[0], self.run.len());
        } else {
            self.write_run(self.run.len());
        }
        self.run.clear();
        self.repeats = 0;
    }

    fn write_repeat(&mut self, value: i64, count: usize) {
        if count > MAX_SHORT_REPEAT {
            self.header(DELTA, 0, count);
            self.base(value);
            varint(&mut self.out, zigzag(0));
            return;
        }
        let value = self.encoded(value);
        let bytes = bits(value).div_ceil(8).max(1);
        let header = SHORT_REPEAT | ((bytes - 1) as u8) << 3 | (count - MIN_REPEAT) as u8;
        self.out.push(header);
        self.out
            .extend_from_slice(&value.to_be_bytes()[8 - bytes..]);
    }

    /// Writes the first values of the run.
    fn write_run(&mut self, count: usize) {
        let run = std::mem::take(&mut self.run);
        let values = &run[..count];
        let is_written = values.len() > MIN_REPEAT && self.write_by_difference(values);
        if !is_written && count > 0 {
            self.write_direct(values);
        }
        self.run = run;
    }

    /// Writes the values by what they differ in, if that is shorter.
    fn write_by_difference(&mut self, values: &[i64]) -> bool {
        let (mut min, mut max) = (values[0], values[0]);
        let (mut rises, mut falls) = (true, true);
        for pair in values.windows(2) {
            rises &= pair[0] <= pair[1];
            falls &= pair[0] >= pair[1];
            min = min.min(pair[1]);
            max = max.max(pair[1]);
        }
        // From here on no difference of two values is too wide.
        let Some(spread) = max.checked_sub(min) else {
            return false;
        };
        if (rises || falls) && values[0] != values[1] {
            self.write_delta(values);
            return true;
        }
        self.write_patched(values, min, spread as u64)
    }

    /// Values that rise or fall: the first, the first difference with its sign,
    /// and the others without.
    fn write_delta(&mut self, values: &[i64]) {
        let first = values[1] - values[0];
        let deltas = values[1..].windows(2).map(|pair| pair[0].abs_diff(pair[1]));
        if deltas.clone().all(|delta| delta == first.unsigned_abs()) {
            self.header(DELTA, 0, values.len());
            self.base(values[0]);
            varint(&mut self.out, zigzag(first));
            return;
        }
        // A width of 1 has the code of no width.
        let width = aligned(deltas.clone().map(bits).max().unwrap_or(0)).max(2);
        self.header(DELTA, width_code(width), values.len());
        self.base(values[0]);
        varint(&mut self.out, zigzag(first));
        pack(&mut self.out, deltas, width);
    }

    /// Values of few bits above the least, and patches for the few that have
    /// more; false when that is not shorter than each value by itself.
    fn write_patched(&mut self, values: &[i64], min: i64, spread: u64) -> bool {
        if min.unsigned_abs() >= BASE_LIMIT {
            return false;
        }
        let above = |value: &i64| value.abs_diff(min);
        let mut widths = [0usize; 65];
        for value in values {
            widths[bits(above(value))] += 1;
        }
        // One in twenty values may have a patch, so that a list of patches with
        // its empty ones is never longer than the 31 that its length can say.
        let mut patched = 0;
        let mut width = bits(spread);
        while width > 1 && patched + widths[width] <= values.len() / 20 {
            patched += widths[width];
            width -= 1;
        }
        let mut width = fixed(width);
        // A patch and its gap share 64 bits.
        if bits(spread).saturating_sub(width) > 56 {
            width = 8;
        }
        if patched == 0 || bits(spread) <= width {
            return false;
        }
        let patch_width = fixed(bits(spread) - width);
        let mask = (1 << width) - 1;
        let mut patches: Vec<(usize, u64)> = Vec::new();
        let mut last = 0;
        for (at, value) in values.iter().enumerate() {
            let patch = above(value) >> width;
            if patch == 0 {
                continue;
            }
            let mut gap = at - last;
            while gap > MAX_GAP {
                patches.push((MAX_GAP, 0));
                gap -= MAX_GAP;
            }
            patches.push((gap, patch));
            last = at;
        }
        let gap_width = patches.iter().map(|(gap, _)| bits(*gap as u64)).max();
        let gap_width = gap_width.unwrap_or(0).max(1);
        let entry_width = fixed(patch_width + gap_width);
        // The base is its amount with a sign bit before it.
        let base_bytes = (bits(min.unsigned_abs()) + 1).div_ceil(8);

        let whole = aligned(
            values
                .iter()
                .map(|value| bits(self.encoded(*value)))
                .max()
                .unwrap_or(0),
        );
        let direct = (values.len() * whole).div_ceil(8);
        let parts = (values.len() * width).div_ceil(8) + (patches.len() * entry_width).div_ceil(8);
        if 2 + base_bytes + parts >= direct {
            return false;
        }
        self.header(PATCHED_BASE, width_code(width), values.len());
        self.out
            .push(((base_bytes - 1) as u8) << 5 | width_code(patch_width));
        self.out
            .push(((gap_width - 1) as u8) << 5 | patches.len() as u8);
        let sign = u64::from(min < 0) << (base_bytes * 8 - 1);
        let base = min.unsigned_abs() | sign;
        self.out
            .extend_from_slice(&base.to_be_bytes()[8 - base_bytes..]);
        pack(
            &mut self.out,
            values.iter().map(|value| above(value) & mask),
            width,
        );
        let entries = patches
            .iter()
            .map(|(gap, patch)| (*gap as u64) << patch_width | patch);
        pack(&mut self.out, entries, entry_width);
        true
    }

    fn write_direct(&mut self, values: &[i64]) {
        let is_signed = self.is_signed;
        let encoded = values.iter().map(|value| match is_signed {
            true => zigzag(*value),
            false => *value as u64,
        });
        // The width of all bits together is that of the widest value.
        let width = aligned(bits(encoded.clone().fold(0, |all, value| all | value)));
        self.header(DIRECT, width_code(width), values.len());
        pack(&mut self.out, encoded, width);
    }

    fn header(&mut self, form: u8, width_code: u8, count: usize) {
        let length = (count - 1) as u16;
        self.out.push(form | width_code << 1 | (length >> 8) as u8);
        self.out.push(length as u8);
    }

    fn base(&mut self, value: i64) {
        let value = self.encoded(value);
        varint(&mut self.out, value);
    }

    fn encoded(&self, value: i64) -> u64 {
        match self.is_signed {
            true => zigzag(value),
            false => value as u64,
        }
    }
}

/// The sign at the end, so that small amounts have few bits.
fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

fn varint(out: &mut Vec<u8>, mut rest: u64) {
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Bits that the value takes.
fn bits(value: u64) -> usize {
    (u64::BITS - value.leading_zeros()) as usize
}

/// The least width of at least so many bits that the format has.
fn fixed(width: usize) -> usize {
    match width {
        0 => 1,
        1..=24 => width,
        25..=32 => width.next_multiple_of(2),
        _ => width.next_multiple_of(8),
    }
}

/// The same of those that are quick to read.
fn aligned(width: usize) -> usize {
    match width {
        0..=4 => width.max(1).next_power_of_two(),
        _ => width.next_multiple_of(8),
    }
}

/// How the format says a width that it has.
fn width_code(width: usize) -> u8 {
    let code = match width {
        0..=24 => width - 1,
        25..=32 => 24 + (width - 26) / 2,
        _ => 28 + (width - 40) / 8,
    };
    code as u8
}

/// Values of so many bits side by side, the highest bit first.
fn pack(out: &mut Vec<u8>, values: impl Iterator<Item = u64>, width: usize) {
    match width {
        8 => out.extend(values.map(|value| value as u8)),
        16 => values.for_each(|value| out.extend_from_slice(&(value as u16).to_be_bytes())),
        32 => values.for_each(|value| out.extend_from_slice(&(value as u32).to_be_bytes())),
        64 => values.for_each(|value| out.extend_from_slice(&value.to_be_bytes())),
        _ => {
            let (mut pending, mut count) = (0u128, 0);
            for value in values {
                pending = pending << width | u128::from(value);
                count += width;
                while count >= 8 {
                    count -= 8;
                    out.push((pending >> count) as u8);
                }
            }
            if count > 0 {
                out.push((pending << (8 - count)) as u8);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of the specification's own examples.
    #[test]
    fn runs_are_those_of_the_specification() {
        let unsigned = |values: &[i64]| {
            let mut stream = Integers::unsigned();
            values.iter().for_each(|value| stream.push(*value));
            stream.finish()
        };
        assert_eq!(unsigned(&[10000; 5]), [0x0a, 0x27, 0x10]);
        let direct = [23713, 43806, 57005, 48879];
        let bytes = [0x5e, 0x03, 0x5c, 0xa1, 0xab, 0x1e, 0xde, 0xad, 0xbe, 0xef];
        assert_eq!(unsigned(&direct), bytes);
        let primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29];
        let bytes = [0xc6, 0x09, 0x02, 0x02, 0x22, 0x42, 0x42, 0x46];
        assert_eq!(unsigned(&primes), bytes);
        let mut patched = Integers::signed();
        for value in [
            2030, 2000, 2020, 1000000, 2040, 2050, 2060, 2070, 2080, 2090, 2100, 2110, 2120, 2130,
            2140, 2150, 2160, 2170, 2180, 2190,
        ] {
            patched.push(value);
        }
        let bytes = [
            0x8e, 0x13, 0x2b, 0x21, 0x07, 0xd0, 0x1e, 0x00, 0x14, 0x70, 0x28, 0x32, 0x3c, 0x46,
            0x50, 0x5a, 0x64, 0x6e, 0x78, 0x82, 0x8c, 0x96, 0xa0, 0xaa, 0xb4, 0xbe, 0xfc, 0xe8,
        ];
        assert_eq!(patched.finish(), bytes);
    }
}
