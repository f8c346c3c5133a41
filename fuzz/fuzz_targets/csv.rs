#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| transmog_fuzz::csv(data));
