//! Um datagrama UDP.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::datagrama(bytes));
