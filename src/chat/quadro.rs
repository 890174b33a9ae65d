//! Mensagens em um fluxo.
