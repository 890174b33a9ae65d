//! Mensagens em datagramas UDP.
