//! Um fluxo TCP, cortado em qualquer lugar.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::quadro(bytes));
