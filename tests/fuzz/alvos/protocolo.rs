//! Um corpo de mensagem.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::protocolo(bytes));
