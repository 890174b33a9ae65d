//! O que se perdeu.
