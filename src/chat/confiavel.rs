//! UDP confiável.
