//! A entrada.
