//! Quem está lá.
