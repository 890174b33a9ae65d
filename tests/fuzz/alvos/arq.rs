//! A entrega confiável, com um roteiro de segmentos e recibos.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz::arq(bytes);
});
