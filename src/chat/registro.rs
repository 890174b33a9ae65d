//! A transcrição em arquivo.
