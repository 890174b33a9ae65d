//! datagramas.

use libtest_mimic::Trial;

/// As provas deste capítulo.
pub fn provas() -> Vec<Trial> {
    Vec::new()
}
