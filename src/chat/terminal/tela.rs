//! A tela.
