//! A linha de comando.
