//! Linhas simples.
